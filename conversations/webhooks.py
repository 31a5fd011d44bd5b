"""The addresses that Twilio calls, and one that tells the simulator who wrote a message."""

import logging
import re
from collections.abc import Mapping
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

from conversations import delivery, inbound, staff
from conversations.models import Message
from conversations.whatsapp import Elsewhere, Inbound, Status, account, transport
from conversations.whatsapp.conversations import EVENTS

logger = logging.getLogger(__name__)

FORM_BYTES_MOST = 64 * 1024


def form_of(request: Request) -> QueryDict:
    """The form that was posted; the view's only parser makes nothing else."""
    return cast(QueryDict, request.data)


def fields_of(request: Request) -> dict[str, str]:
    """The form's fields, of a repeated one the last."""
    return {name: str(value) for name, value in form_of(request).items()}


class IsSigned(BasePermission):
    """The request carries Twilio's signature over our public address and its form."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        url = settings.PUBLIC_BASE_URL + request.get_full_path()
        form = form_of(request) if request.method == "POST" else {}
        return account.is_signed(url, form, request.headers.get("X-Twilio-Signature", ""))


class IsForUs(BasePermission):
    """The form is for our account and, where it names a receiver, our number."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return transport.current().is_ours(form_of(request))


class IsInUse(BasePermission):
    """Our number is on the way that this address belongs to: what comes by the other would be answered twice."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        is_in_use = transport.is_conversations() == getattr(view, "is_of_conversations", False)
        if not is_in_use:
            logger.warning("A webhook of the way that TWILIO_TRANSPORT does not name is refused: %s", request.path)
        return is_in_use


class InboundForm(serializers.Serializer[Any]):
    """What a message must have; everything else is taken as it comes."""

    MessageSid = serializers.RegexField(r"^(SM|MM)[0-9a-fA-F]{32}$")
    From = serializers.RegexField(r"^whatsapp:\S{1,160}$")


class StatusForm(serializers.Serializer[Any]):
    """What a delivery report must have."""

    message = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    MessageSid = serializers.RegexField(r"^(SM|MM)[0-9a-fA-F]{32}$")
    MessageStatus = serializers.CharField(max_length=40)


class EventForm(serializers.Serializer[Any]):
    """What an event of a conversation must have; a message from WhatsApp also its author."""

    EventType = serializers.ChoiceField(choices=EVENTS)
    MessageSid = serializers.RegexField(r"^IM[0-9a-fA-F]{32}$")
    ConversationSid = serializers.RegexField(r"^CH[0-9a-fA-F]{32}$")
    Source = serializers.CharField(required=False, allow_blank=True, max_length=40)
    Author = serializers.CharField(required=False, allow_blank=True, max_length=180)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_from_customer = attrs.get("Source", "").casefold() == "whatsapp"
        if is_from_customer and not re.fullmatch(r"whatsapp:\S{1,160}", attrs.get("Author", "")):
            raise ValidationError({"Author": "A message from WhatsApp has the customer's address."})
        return attrs


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
    permission_classes: tuple[Any, ...] = (IsSigned,)
    is_of_conversations = False
    parser_classes = (SmallFormParser,)

    def validated(self, form: serializers.Serializer[Any]) -> None:
        """Raises ValidationError (400), logged with the names of the fields and without what they hold."""
        try:
            form.is_valid(raise_exception=True)
        except ValidationError as e:
            logger.warning("A malformed %s: %s", type(form).__name__, e.get_codes())
            raise

    def obey(self, fields: Mapping[str, str], message_id: int | None = None) -> None:
        """Store what the form tells; anything that takes longer is rung for. The id is ours, of the message that a report is about."""
        match transport.current().event(fields, message_id):
            case Inbound() as message:
                inbound.receive(message)
            case Status() as status:
                delivery.record(status.message_id, status)
            case Elsewhere() as words:
                staff.wrote_elsewhere(words.address, words.text, words.sid)


class InboundView(TwilioView):
    """A customer's message, by Programmable Messaging."""

    permission_classes = (IsSigned, IsInUse, IsForUs)

    def post(self, request: Request) -> HttpResponse:
        self.validated(InboundForm(data=request.data))
        self.obey(fields_of(request))
        return HttpResponse("<Response/>", content_type="text/xml; charset=utf-8")


class StatusView(TwilioView):
    """How far a message of ours has come, by Programmable Messaging."""

    permission_classes = (IsSigned, IsInUse)

    def post(self, request: Request) -> HttpResponse:
        fields = fields_of(request)
        form = StatusForm(data={**fields, "message": request.query_params.get("message", "")})
        self.validated(form)
        self.obey(fields, form.validated_data["message"])
        return HttpResponse(status=204)


class ConversationsView(TwilioView):
    """What happens in a customer's conversation, by Conversations, which waits five seconds."""

    permission_classes = (IsSigned, IsInUse, IsForUs)
    is_of_conversations = True

    def post(self, request: Request) -> HttpResponse:
        self.validated(EventForm(data=request.data))
        self.obey(fields_of(request))
        return HttpResponse(status=204)


class AuthorView(APIView):
    """Who wrote the message with this SID: for staff, and for the simulator, which signs as Twilio does. In development only."""

    permission_classes = (IsAdminUser | IsSigned,)

    def get(self, request: Request, sid: str) -> Response:
        if not settings.DEBUG:
            raise Http404
        message = get_object_or_404(Message, sid=sid)
        return Response({"author": message.author, "model": message.model})
