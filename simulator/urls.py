"""Addresses of the phone in the browser and, under twilio/, of the stand-in for Twilio's API."""

from django.urls import path

from simulator import content, conversation, page, rest

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
    path(f"{_account}Messages/<str:sid>/Media.json", rest.media_list, name="twilio-media-list"),
    path(f"{_account}Messages/<str:sid>/Media/<str:media_sid>.json", rest.erase_media, name="twilio-media-erased"),
    path(f"{_account}Messages/<str:sid>/Media/<str:media_sid>", rest.media, name="twilio-media"),
    path("twilio/v1/Content", content.create, name="twilio-content"),
    path("twilio/v1/Conversations", conversation.conversations, name="twilio-conversations"),
    path("twilio/v1/Conversations/<str:sid>", conversation.conversation, name="twilio-conversation"),
    path("twilio/v1/Conversations/<str:sid>/Messages", conversation.messages, name="twilio-conversation-messages"),
    path("twilio/v1/Conversations/<str:sid>/Messages/<str:message_sid>", conversation.erase_message),
    path("twilio/v1/ParticipantConversations", conversation.of_participant, name="twilio-participant"),
    path("twilio/v1/Configuration/Addresses", conversation.add_address, name="twilio-addresses"),
    path("twilio/v1/Configuration/Addresses/<str:sid>", conversation.address, name="twilio-address"),
    path("twilio/v1/Services/<str:service_sid>/Media", conversation.add_media, name="twilio-media-service"),
    path("twilio/v1/Services/<str:service_sid>/Media/<str:sid>", conversation.media, name="twilio-service-media"),
    path("twilio/media-content/<str:sid>", conversation.media_content, name="twilio-media-content"),
    path("twilio/v2/Indicators/Typing.json", rest.typing, name="twilio-typing"),
]
