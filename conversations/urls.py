"""The addresses under /api/."""

from django.urls import URLPattern, path

from conversations import webhooks

urlpatterns: list[URLPattern] = [
    path("twilio/inbound", webhooks.InboundView.as_view(), name="inbound"),
    path("twilio/status", webhooks.StatusView.as_view(), name="status"),
    path("twilio/conversations", webhooks.ConversationsView.as_view(), name="conversations"),
    path("messages/<str:sid>/author", webhooks.AuthorView.as_view(), name="author"),
]
