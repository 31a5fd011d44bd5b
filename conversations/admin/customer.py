"""The inbox: every customer's page, with what was said, on what ground, what is to be done, and a place to answer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from conversations import access, staff
from conversations.models import Customer, Handoff, Visit

TRANSCRIPT_MOST = 100
QUOTES_MOST = 5
_LANGUAGES = {"es": _("Spanish"), "en": _("English")}
_OPEN = Handoff.objects.filter(closed_at=None)


def _is_with_person() -> Exists:
    return Exists(_OPEN.filter(customer=OuterRef("pk")))


def _is_overdue() -> Exists:
    return Exists(_OPEN.filter(customer=OuterRef("pk"), taken_at=None, due_at__lt=Now()))


class WithPerson(admin.SimpleListFilter):
    """Whether a person has the conversation."""

    title = _("who answers")
    parameter_name = "with"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("person", _("a person")), ("overdue", _("a person, overdue")), ("karlos", _("Karlos"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        if self.value() == "person":
            return queryset.filter(_is_with_person())
        if self.value() == "overdue":
            return queryset.filter(_is_overdue())
        if self.value() == "karlos":
            return queryset.exclude(_is_with_person())
        return queryset


class Spoken(admin.SimpleListFilter):
    """The language that the customer writes."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(_LANGUAGES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return queryset.filter(language=self.value()) if self.value() else queryset


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable where it runs
    """The customer's page: staff write in it and change nothing else."""

    reply = forms.CharField(
        label=_("Reply"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Goes to the customer's WhatsApp when you save; from then on the conversation is yours."),
    )

    class Meta:
        model = Customer
        fields = ()


@admin.register(Customer)
class CustomerAdmin(ModelAdmin):  # type: ignore[misc]
    """Those who wrote: who has waited too long for a person first, then who is with one."""

    form = CustomerForm
    change_form_before_template = "conversations/conversation.html"
    list_display = ("__str__", "last_inbound_at", "answers", "overdue", "spoken", "opted_out_at")
    list_filter = (WithPerson, Spoken, "channel")
    search_fields = ("profile_name", "identities__value", "messages__text")
    readonly_fields = ("answers", "known_by", "spoken", "last_inbound_at", "opted_out_at")
    fieldsets = (
        (None, {"fields": ("reply",)}),
        (_("Customer"), {"fields": ("answers", "known_by", "spoken", "last_inbound_at", "opted_out_at")}),
    )
    actions = ("take_over", "give_back")

    class Media:
        css = {"all": ("conversations/conversation.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        customers: QuerySet[Customer] = super().get_queryset(request)
        if not request.user.has_perm("conversations.view_every_customer"):
            customers = customers.filter(pk__in=access.customers_of(request.user))
        open_handoff = Prefetch("handoffs", queryset=_OPEN.all(), to_attr="open_handoffs")
        customers = customers.annotate(with_person=_is_with_person(), is_overdue=_is_overdue())
        return customers.prefetch_related(open_handoff).order_by("-is_overdue", "-with_person", "-last_inbound_at")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The last messages, each of Karlos's with what it was based on, and what people must see to."""
        customer = kwargs["obj"]
        said = customer.messages.select_related("turn").order_by("-id")
        context |= {
            "said": list(said[:TRANSCRIPT_MOST])[::-1],
            "handoff": _OPEN.filter(customer=customer).select_related("taken_by").first(),
            "visits": customer.visits.filter(state__in=Visit.OPEN).select_related("vehicle", "owner"),
            "quotes": customer.quotes.order_by("-made_at", "-pk")[:QUOTES_MOST],
            "leads": customer.leads.filter(done_at=None).select_related("vehicle", "owner").order_by("due_at"),
            "now": timezone.now(),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("who answers"))
    def answers(self, customer: Any) -> str:
        for handoff in customer.open_handoffs:
            return str(_("a person (%(reason)s)") % {"reason": handoff.get_reason_display()})
        return str(_("Karlos"))

    @display(description=_("overdue"), label={"late": "danger"})  # type: ignore[untyped-decorator] # unfold has no types
    def overdue(self, customer: Any) -> Any:
        """Whether nobody has taken the conversation in time."""
        return ("late", _("overdue")) if customer.is_overdue else None

    @admin.display(description=_("language"), ordering="language")
    def spoken(self, customer: Customer) -> str:
        return str(_LANGUAGES.get(customer.language, customer.language or "-"))

    @admin.display(description=_("known by"))
    def known_by(self, customer: Customer) -> str:
        return ", ".join(identity.value for identity in customer.identities.all())

    def save_model(self, request: HttpRequest, obj: Customer, form: CustomerForm, change: bool) -> None:
        """Send the reply; nothing else of a customer is staff's to change."""
        if text := form.cleaned_data["reply"].strip():
            staff.reply(obj, text, request.user.pk)
            messages.success(request, _("Your reply is on its way; the conversation is yours until you give it back."))

    @admin.action(description=_("Take over from Karlos"), permissions=["change"])
    def take_over(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        taken = list(queryset)
        for customer in taken:
            staff.take_over(customer, request.user.pk)
            self.log_change(request, customer, gettext_noop("Took the conversation over"))
        self._say(request, len(taken), "taken")

    @admin.action(description=_("Give back to Karlos"), permissions=["change"])
    def give_back(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        given = [customer for customer in queryset if staff.give_back(customer, request.user.pk)]
        for customer in given:
            self.log_change(request, customer, gettext_noop("Gave the conversation back to Karlos"))
        self._say(request, len(given), "given")

    def _say(self, request: HttpRequest, count: int, what: str) -> None:
        said = (
            ngettext("%(count)d conversation is with a person.", "%(count)d conversations are with a person.", count)
            if what == "taken"
            else ngettext(
                "%(count)d conversation is Karlos's again.", "%(count)d conversations are Karlos's again.", count
            )
        )
        messages.success(request, escape(said % {"count": count}))
