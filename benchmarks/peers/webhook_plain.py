"""The usual way: a DRF view, rows by the ORM in one transaction, and `.delay()`."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.views import APIView

from conversations.models import Identity, Message


@shared_task(name="benchmarks.answer")
def answer(customer_id: int) -> None:
    """Never run: only its ringing is measured."""


class Form(serializers.Serializer[Any]):
    """What a message must have."""

    MessageSid = serializers.CharField(max_length=34)
    From = serializers.CharField(max_length=180)
    Body = serializers.CharField(allow_blank=True)
    ProfileName = serializers.CharField(allow_blank=True)


class InboundView(APIView):
    """A customer's message."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (FormParser,)

    def post(self, request: Request) -> HttpResponse:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        told = form.validated_data
        with transaction.atomic():
            identity = Identity.objects.select_related("customer").get(
                kind="phone", value=told["From"].removeprefix("whatsapp:")
            )
            customer = identity.customer
            customer.profile_name = told["ProfileName"]
            customer.address = told["From"]
            customer.save()
            Message.objects.create(
                customer=customer,
                author=Message.Author.CUSTOMER,
                text=told["Body"],
                sid=told["MessageSid"],
                handling=Message.Handling.WAITING,
            )
            transaction.on_commit(lambda: answer.delay(customer.pk))
        return HttpResponse("<Response/>", content_type="text/xml")


urlpatterns = [path("api/twilio/inbound", InboundView.as_view())]
