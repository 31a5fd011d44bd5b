"""Addresses of the phone in the browser and, under twilio/, of the stand-in for Twilio's API."""

from django.urls import path

from simulator import page, rest

app_name = "simulator"

_account = "twilio/2010-04-01/Accounts/<str:account_sid>/"
urlpatterns = [
    path("", page.show, name="page"),
    path("state", page.changes, name="state"),
    path("customers", page.add_customer, name="add-customer"),
    path("customers/<int:customer_id>/messages", page.send, name="send"),
    path("customers/<int:customer_id>/read", page.open_chat, name="read"),
    path("messages/<str:sid>/retry", page.retry, name="retry"),
    path("faults", page.switch_fault, name="faults"),
    path("media/<str:sid>", page.media, name="media"),
    path(f"{_account}Messages.json", rest.messages, name="twilio-messages"),
    path(f"{_account}Messages/<str:sid>.json", rest.message, name="twilio-message"),
    path(f"{_account}Messages/<str:sid>/Media/<str:media_sid>", rest.media, name="twilio-media"),
    path("twilio/v2/Indicators/Typing.json", rest.typing, name="twilio-typing"),
]
