"""The inbox: who waits for a person first, then who wrote last; and the way into each conversation."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from conversations import access, inbox, search
from conversations.admin import conversation
from conversations.models import Customer, Handoff, Lead, Message
from inventory.admin.exported import Exported

_OPEN = Handoff.objects.filter(closed_at=None)
LANGUAGES = {"es": _("Spanish"), "en": _("English")}


def _has(rows: QuerySet[Any]) -> Exists:
    return Exists(rows.filter(customer=OuterRef("pk")))


class Filter(admin.SimpleListFilter):
    """A filter of few choices, each a method of narrowing."""

    choices_of: dict[str, Any]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.choices_of.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return self.narrowed(request, queryset) if self.value() in self.choices_of else queryset

    def narrowed(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Those of the choice that was made."""
        raise NotImplementedError


class WithPerson(Filter):
    """Whether a person has the conversation."""

    title = _("who answers")
    parameter_name = "with"
    choices_of = {"person": _("a person"), "overdue": _("a person, overdue"), "karlos": _("Karlos")}

    def narrowed(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        late = _OPEN.filter(taken_at=None, due_at__lt=Now())
        if self.value() == "karlos":
            return customers.exclude(_has(_OPEN))
        return customers.filter(_has(late if self.value() == "overdue" else _OPEN))


class ToSee(Filter):
    """What there is to see to."""

    title = _("to do")
    parameter_name = "see"
    choices_of = {"unread": _("unread"), "proposed": _("to be approved"), "failed": _("failed"), "lead": _("lead")}

    def narrowed(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        match self.value():
            case "proposed":
                return customers.filter(_has(Message.objects.filter(delivery=Message.Delivery.PROPOSED)))
            case "failed":
                return customers.filter(_has(Message.objects.filter(inbox.has_failed())))
            case "lead":
                return customers.filter(_has(Lead.objects.filter(done_at=None)))
            case _:
                return customers.filter(unread__gt=0)


class Owned(Filter):
    """Whose customer it is."""

    title = _("owner")
    parameter_name = "owner"
    choices_of = {"me": _("mine"), "nobody": _("nobody's")}

    def narrowed(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        return customers.filter(owner=request.user.pk if self.value() == "me" else None)


class Spoken(Filter):
    """The language that the customer writes."""

    title = _("language")
    parameter_name = "language"
    choices_of = LANGUAGES

    def narrowed(self, request: HttpRequest, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        return customers.filter(language=self.value())


class InboxList(ChangeList):
    """A page of the inbox: found by where the one before ended, and never counted."""

    page: inbox.Page

    def get_results(self, request: HttpRequest) -> None:
        """In place of Django's pages, which count everything and skip what comes before."""
        self.page = inbox.page(self.queryset, request.GET.get(PAGE_VAR, ""))
        self.result_list = [row.customer for row in self.page.rows]
        self.result_count = len(self.result_list)
        self.full_result_count = self.result_count  # nothing is said of how many there are
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.next_page = self.get_query_string({PAGE_VAR: self.page.next}) if self.page.next else ""
        self.is_cut = bool(self.query) and search.find(self.query).is_cut


@admin.register(Customer)
class CustomerAdmin(Exported, ModelAdmin):  # type: ignore[misc] # unfold has no types
    """The conversations that this member of staff sees."""

    change_list_template = "conversations/inbox.html"
    list_display = ("__str__",)
    list_filter = (WithPerson, ToSee, Owned, Spoken)
    list_filter_sheet = True
    search_fields = ("profile_name",)
    export_columns = (
        *("profile_name", "known_by", "language", "owner", "created_at", "last_inbound_at", "unread"),
        *("proposes", "opted_out_at"),
    )
    search_help_text = _("Name, number or words")
    show_full_result_count = False
    actions = None

    class Media:
        css = {"all": ("conversations/conversation.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return InboxList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return access.customers_of(request.user).select_related("owner")

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """Who wrote last comes first."""
        found: QuerySet[Customer] = super().get_export_queryset(request)
        return found.order_by("-last_inbound_at", "-pk").prefetch_related("identities")

    @admin.display(description=_("known by"))
    def known_by(self, customer: Customer) -> str:
        return ", ".join(identity.value for identity in customer.identities.all())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """By indexes of their own: no join over all messages."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=search.find(search_term.strip()).customer_ids), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """What the page of a conversation asks for and sends, before Django's own addresses."""
        own = [
            path(
                f"<int:customer_id>/{view.address}/",
                self.admin_site.admin_view(partial(self._enter, view)),
                name=f"conversations_customer_{view.name}",
            )
            for view in conversation.VIEWS
        ]
        return own + list(super().get_urls())

    def _enter(self, view: conversation.View, request: HttpRequest, customer_id: int, **names: Any) -> HttpResponseBase:
        """Another's customer is not found; who may only look, only looks."""
        customer = get_object_or_404(self.get_queryset(request), pk=customer_id)
        is_allowed = self.has_change_permission if view.writes else self.has_view_permission
        if not is_allowed(request, customer) or (view.permission and not request.user.has_perm(view.permission)):
            raise PermissionDenied
        return view.respond(request, customer, **names)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The conversation."""
        customer = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_view_permission(request, customer):
            raise PermissionDenied
        may_write = self.has_change_permission(request, customer)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return conversation.page.show(request, customer, context, may_write=may_write)
