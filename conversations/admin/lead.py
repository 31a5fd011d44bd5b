"""Leads in the admin, and the list of everything that somebody must see to."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from assistant import sentences
from conversations import todo, visits
from conversations.admin import receipt, todo_page
from conversations.admin.commitment import Work
from conversations.admin.figure import OfFigure
from conversations.admin.visit import taken
from conversations.models import Lead
from inventory.admin import exported


class LeadsLeft(admin.SimpleListFilter):
    """Whether there is something to do for a lead."""

    title = _("to do")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to do")), ("overdue", _("overdue")), ("waits", _("waits for a car")), ("done", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        left = {
            "open": Q(done_at=None, due_at__isnull=False),
            "waits": Q(done_at=None, due_at=None),
            "overdue": Q(done_at=None, due_at__lt=Now()),
            "done": Q(done_at__isnull=False),
        }
        return queryset.filter(left.get(self.value() or "", Q()))


@admin.register(Lead)
class LeadAdmin(Work):
    """What customers want that a person must see to, the most urgent first."""

    list_editable = ("owner",)
    list_display = ("kind", "who", "vehicle", "amount", "note", "owner", "due_at", "left")
    list_filter = (OfFigure, LeadsLeft, "kind", ("owner", admin.RelatedOnlyFieldListFilter))
    search_fields = ("customer__profile_name", "customer__identities__value", "note")
    fields = (
        *("customer", "kind", "vehicle", "amount_mxn", "note", "wished", "arrived"),
        *("owner", "due_at", "done_at", "created_at", "turn"),
    )
    readonly_fields = ("customer", "kind", "wished", "arrived", "created_at", "turn")
    ordering = (Case(When(done_at=None, then="due_at")).asc(nulls_last=True), "-done_at")
    actions = ("mark_done",)

    @admin.display(description=_("amount, MXN"), ordering="amount_mxn", empty_value="-")
    def amount(self, lead: Lead) -> str | None:
        return None if lead.amount_mxn is None else sentences.pesos(lead.amount_mxn)

    @admin.display(description=_("car wished for"), empty_value="-")
    def wished(self, lead: Lead) -> str:
        """As the stock is searched by it when cars come."""
        return receipt.in_words({name.removesuffix("_mxn"): value for name, value in lead.wish.items()})

    @admin.display(description=_("cars that came"), empty_value="-")
    def arrived(self, lead: Lead) -> SafeString:
        cars = [arrival.vehicle for arrival in lead.arrivals.select_related("vehicle")]
        links = ((reverse("admin:inventory_vehicle_change", args=[car.pk]), car) for car in cars)
        return format_html_join(", ", '<a class="text-link" href="{}">{}</a>', links)

    @display(  # type: ignore[untyped-decorator] # unfold has no types
        description=_("state"),
        ordering="done_at",
        label={"late": "danger", "open": "warning", "waits": "info", "done": "success"},
    )
    def left(self, lead: Lead) -> Any:
        if lead.done_at:
            return "done", _("done")
        if lead.due_at is None:
            return "waits", _("waits for a car")
        return ("late", _("overdue")) if lead.due_at < timezone.now() else ("open", _("to do"))

    @admin.action(description=_("Mark as done"), permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Lead]) -> None:
        leads = list(queryset.filter(done_at=None))
        Lead.objects.filter(pk__in=[lead.pk for lead in leads], done_at=None).update(done_at=Now())
        for lead in leads:
            self.log_change(request, lead, [{"changed": {"fields": [str(_("done"))]}}])
        told = ngettext("%(count)d lead is done.", "%(count)d leads are done.", len(leads))
        self.message_user(request, told % {"count": len(leads)}, messages.SUCCESS)

    # --- The list of things to do ------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        site = self.admin_site.admin_view
        own = [
            path("todo/", site(self.todo), name="conversations_lead_todo"),
            path("todo/export/", site(self.todo_export), name="conversations_lead_todo_export"),
            path("todo/<str:what>/<int:pk>/", site(self.see_to), name="conversations_lead_see_to"),
        ]
        return [*own, *super().get_urls()]

    def todo(self, request: HttpRequest) -> HttpResponse:
        """Everything that somebody must see to, of every kind."""
        if not todo.kinds_for(request.user):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | todo_page.context(request)
        return TemplateResponse(request, "conversations/todo.html", context)

    def todo_export(self, request: HttpRequest) -> HttpResponse:
        """The same list as a file."""
        if not todo.kinds_for(request.user):
            raise PermissionDenied
        headings, rows = todo_page.exported_rows(request)
        exported.keep(request, Lead, len(rows))
        return exported.workbook("todo", headings, rows)

    def see_to(self, request: HttpRequest, what: str, pk: int) -> HttpResponse:
        """A button of that list."""
        if request.method != "POST":
            raise PermissionDenied
        row = todo_page.changeable(request, what, pk)
        try:
            done = todo_page.act(request, row)
        except visits.Taken as e:
            messages.error(request, taken(e))
        else:
            self.log_change(request, row, [{"changed": {"fields": [str(done)]}}])
        return redirect(f"{reverse('admin:conversations_lead_todo')}?{request.GET.urlencode()}")
