"""The addresses that Twilio calls, and one that tells the simulator who wrote a message."""

import logging
from io import BytesIO
from typing import IO, Any, cast

from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import FormParser
from rest_framework.permissions import BasePermission, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations import delivery, inbound
from conversations.models import Message
from conversations.whatsapp import messaging

logger = logging.getLogger(__name__)

FORM_BYTES_MOST = 64 * 1024


def form_of(request: Request) -> QueryDict:
    """The form that was posted; the view's only parser makes nothing else."""
    return cast(QueryDict, request.data)


class IsSigned(BasePermission):
    """The request carries Twilio's signature over our public address and its form."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        url = settings.PUBLIC_BASE_URL + request.get_full_path()
        form = form_of(request) if request.method == "POST" else {}
        return messaging.is_signed(url, form, request.headers.get("X-Twilio-Signature", ""))


class IsForUs(BasePermission):
    """The form is for our account and, where it names a receiver, our number."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return messaging.is_ours(form_of(request))


class InboundForm(serializers.Serializer[Any]):
    """What a message must have; everything else is taken as it comes."""

    MessageSid = serializers.RegexField(r"^(SM|MM)[0-9a-fA-F]{32}$")
    From = serializers.RegexField(r"^whatsapp:\S{1,160}$")


class StatusForm(serializers.Serializer[Any]):
    """What a delivery report must have."""

    message = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    MessageSid = serializers.RegexField(r"^(SM|MM)[0-9a-fA-F]{32}$")
    MessageStatus = serializers.CharField(max_length=40)


class SmallFormParser(FormParser):
    """A form that is never read beyond what Twilio sends."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(FORM_BYTES_MOST + 1)
        if len(body) > FORM_BYTES_MOST:
            raise ParseError("The form is too large.")
        return super().parse(BytesIO(body), media_type, parser_context)


class TwilioView(APIView):
    """A form POST from Twilio: signature first, then shape."""

    authentication_classes = ()
    permission_classes: tuple[Any, ...] = (IsSigned, IsForUs)
    parser_classes = (SmallFormParser,)

    def validated(self, form: serializers.Serializer[Any]) -> None:
        """Raises ValidationError (400), logged with the names of the fields and without what they hold."""
        try:
            form.is_valid(raise_exception=True)
        except ValidationError as e:
            logger.warning("A malformed %s: %s", type(form).__name__, e.get_codes())
            raise


class InboundView(TwilioView):
    """A customer's message."""

    def post(self, request: Request) -> HttpResponse:
        self.validated(InboundForm(data=request.data))
        inbound.receive(messaging.parse(form_of(request)))
        return HttpResponse("<Response/>", content_type="text/xml")


class StatusView(TwilioView):
    """How far a message of ours has come."""

    permission_classes = (IsSigned,)

    def post(self, request: Request) -> HttpResponse:
        form = StatusForm(data={**form_of(request).dict(), "message": request.query_params.get("message")})
        self.validated(form)
        if status := messaging.parse_status(form_of(request)):
            delivery.record(form.validated_data["message"], status)
        return HttpResponse(status=204)


class AuthorView(APIView):
    """Who wrote the message with this SID: for staff, and for the simulator, which signs as Twilio does. In development only."""

    permission_classes = (IsAdminUser | IsSigned,)

    def get(self, request: Request, sid: str) -> Response:
        if not settings.DEBUG:
            raise Http404
        message = get_object_or_404(Message, sid=sid)
        return Response({"author": message.author, "model": message.model})
