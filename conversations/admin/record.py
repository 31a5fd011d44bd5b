"""What Karlos keeps of every answer: conversations, turns with their receipts, and messages with their state."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from assistant.llm import RULES
from conversations import figures, staff
from conversations.admin import receipt
from conversations.admin.dashboard import duration
from conversations.admin.figure import OfFigure
from conversations.admin.receipt import Receipt
from conversations.admin.rows import ReadOnly
from conversations.models import Message, Thread, ToolUse, Turn


class WrittenBy(admin.SimpleListFilter):
    """Who wrote it, without asking a large table which models there were."""

    title = _("written by")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("rules", _("the rules")), ("model", _("language model"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        by_rules = {"rules": queryset.filter(model=RULES), "model": queryset.exclude(model__in=(RULES, ""))}
        return by_rules.get(self.value() or "", queryset)


@admin.register(Thread)
class ThreadAdmin(ReadOnly):
    """Conversations as the figures count them; what was said stands on the customer's page."""

    list_display = ("started_at", "who", "first_reply", "used_at")
    list_display_links = None
    list_filter = (OfFigure, "started_at")
    ordering = ("-started_at",)
    fields = ("who", "started_at", "used_at")
    readonly_fields = ("who",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thread]:
        return figures.with_first_reply(super().get_queryset(request))

    @admin.display(description=_("first reply"))
    def first_reply(self, thread: Any) -> str | None:
        if not (thread.asked_at and thread.replied_at):
            return None
        return duration((thread.replied_at - thread.asked_at).total_seconds())


@admin.register(Turn)
class TurnAdmin(ReadOnly):
    """Turns, with their receipts."""

    change_form_before_template = "conversations/receipts.html"
    list_display = ("id", "who", "state", "model", "opened_at", "seconds", "rounds", "lookups", "tokens", "cost")
    list_filter = (OfFigure, "state", WrittenBy, "limit")
    ordering = ("-id",)
    fields = (
        ("who", "state", "model"),
        ("agent_version", "settings_version", "limit"),
        ("opened_at", "closed_at", "seconds"),
        ("rounds", "attempts", "cost"),
        ("input_tokens", "cached_tokens", "output_tokens"),
    )
    readonly_fields = ("who", "agent_version", "cost")
    actions = ("answer_again",)

    class Media:
        css = {"all": ("conversations/conversation.css",)}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """What was said, on what ground, and what became of those cars."""
        turn = kwargs["obj"]
        uses = list(turn.tool_uses.order_by("position"))
        context |= {
            "turn": turn,
            "said": turn.messages.order_by("id"),
            "receipts": [Receipt.of(use) for use in uses],
            "cars": receipt.cars(turn, uses),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        turns: QuerySet[Turn] = super().get_queryset(request)
        uses = ToolUse.objects.filter(turn=OuterRef("pk")).order_by().values("turn").annotate(n=Count("pk")).values("n")
        return turns.annotate(uses=Coalesce(Subquery(uses), 0))

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Turns are not written in, but who may answer a customer may let Karlos try again."""
        return request.user.has_perm("conversations.change_customer")

    @admin.action(description=_("Let Karlos try again what failed"), permissions=["retry"])
    def answer_again(self, request: HttpRequest, queryset: QuerySet[Turn]) -> None:
        tried = [turn for turn in queryset if staff.answer_again(turn)]
        for turn in tried:
            self.log_change(request, turn, gettext_noop("Karlos tries again"))
        said = ngettext("%(count)d turn is tried again.", "%(count)d turns are tried again.", len(tried))
        messages.success(request, said % {"count": len(tried)})

    @admin.display(description=_("lookups"))
    def lookups(self, turn: Any) -> int:
        return int(turn.uses)

    @admin.display(description=_("cost, MXN"), ordering="cost_mxn")
    def cost(self, turn: Turn) -> str:
        """Cents are seldom reached."""
        return f"${turn.cost_mxn:,.4f}"

    @admin.display(description=_("agent"))
    def agent_version(self, turn: Turn) -> SafeString | str:
        """As it was then, with its instructions and tools."""
        if turn.agent is None:
            return "-"
        page = reverse("admin:assistant_agent_change", args=[turn.agent_id])
        return format_html('<a class="text-link" href="{}">{}</a>', page, turn.agent)

    @admin.display(description=_("tokens"))
    def tokens(self, turn: Turn) -> int:
        return turn.input_tokens + turn.output_tokens


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Every message with its state."""

    list_display = ("created_at", "who", "author", "shown_text", "model", "handling", "delivery", "error")
    list_filter = (OfFigure, "author", WrittenBy, "handling", "delivery", "possible_duplicate")
    search_fields = ("text", "sid")
    export_columns = ("created_at", "who", "author", "text", "model", "handling", "delivery", "error", "sid")
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """By words or by the whole SID: both have an index."""
        found = Q(sid=search_term) | Q(text__icontains=search_term)
        return (queryset.filter(found) if search_term else queryset), False

    @admin.display(description=_("text"))
    def shown_text(self, message: Message) -> str:
        return str(message)
