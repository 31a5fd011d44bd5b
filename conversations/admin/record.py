"""What Karlos keeps of every answer: turns with their receipts, and messages with their state."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from conversations.admin.rows import ReadOnly
from conversations.models import Message, ToolUse, Turn


class ToolUseInline(TabularInline):  # type: ignore[misc] # unfold has no types
    """What was looked up in a turn."""

    model = ToolUse
    fields = readonly_fields = ("name", "arguments", "result")
    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Turn)
class TurnAdmin(ReadOnly):
    """Turns, with their receipts."""

    list_display = ("id", "who", "state", "model", "opened_at", "seconds", "rounds", "lookups", "tokens", "attempts")
    list_filter = ("state", "model")
    inlines = (ToolUseInline,)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.annotate(uses=Count("tool_uses"))

    @admin.display(description=_("lookups"))
    def lookups(self, turn: Any) -> int:
        return int(turn.uses)

    @admin.display(description=_("tokens"))
    def tokens(self, turn: Turn) -> int:
        return turn.input_tokens + turn.output_tokens


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Every message with its state."""

    list_display = ("created_at", "who", "author", "shown_text", "model", "handling", "delivery", "error")
    list_filter = ("author", "model", "handling", "delivery", "possible_duplicate")
    search_fields = ("text", "sid")
    ordering = ("-id",)

    @admin.display(description=_("text"))
    def shown_text(self, message: Message) -> str:
        return str(message)
