"""What people of the dealership have to see to: conversations handed over, visits and leads."""

from functools import cache

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.customer import Customer
from conversations.models.turn import Turn
from inventory import prepared
from inventory.prepared import Gap, Select


class Handoff(models.Model):
    """A conversation given to a person: Karlos is silent until it is closed."""

    class Reason(models.TextChoices):
        ASKED = "asked", _("the customer asked for a person")
        COMPLAINT = "complaint", _("complaint")
        AFTER_SALES = "after_sales", _("after-sales")
        DOCUMENTS = "documents", _("documents of a car")
        CREDIT = "credit", _("credit approval")
        PRIVACY = "privacy", _("personal data")
        NOT_UNDERSTOOD = "not_understood", _("not understood twice")
        LIMIT = "limit", _("very many messages in one day")
        OTHER = "other", _("other reason")
        FAILED = "failed", _("Karlos could not answer")
        NOT_APPROVED = "not_approved", _("nobody approved Karlos's answer")
        TAKEN = "taken", _("taken over by staff")

    class Ending(models.TextChoices):
        GIVEN_BACK = "given_back", _("given back by staff")
        NOT_TAKEN = "not_taken", _("nobody took it in time")

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="handoffs"
    )
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=40, choices=Reason)
    summary = models.TextField(_("summary"), blank=True)
    opened_at = models.DateTimeField(_("since"), db_default=Now())
    due_at = models.DateTimeField(_("to be taken by"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    taken_by = models.ForeignKey(
        "auth.User", on_delete=models.SET_NULL, verbose_name=_("taken by"), null=True, blank=True, related_name="+"
    )
    told_at = models.DateTimeField(
        _("customer told of the delay"), null=True, blank=True, help_text=_("Then staff were alerted, too.")
    )
    resume_at = models.DateTimeField(_("Karlos goes on"), null=True, blank=True)
    ending = models.CharField(_("how it ended"), max_length=10, choices=Ending, blank=True)
    closed_at = models.DateTimeField(_("given back"), null=True, blank=True)
    closed_by = models.ForeignKey(
        "auth.User", on_delete=models.SET_NULL, verbose_name=_("given back by"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("handoff")
        verbose_name_plural = _("handoffs")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(closed_at__isnull=True), name="handoff_one_open_per_customer"
            )
        ]
        indexes = [
            models.Index("due_at", name="handoff_waits", condition=Q(closed_at__isnull=True, taken_at__isnull=True)),
            models.Index("opened_at", name="handoff_by_day"),
            models.Index("taken_at", name="handoff_taken_by_day"),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()


class Visit(models.Model):
    """A visit to the dealership that a customer asked for: noted by Karlos, confirmed by a person."""

    class State(models.TextChoices):
        ASKED = "asked", _("to be confirmed")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("called off")
        DONE = "done", _("took place")
        MISSED = "missed", _("did not come")

    OPEN = (State.ASKED, State.CONFIRMED)

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="visits")
    vehicle = models.ForeignKey(
        "inventory.Vehicle", on_delete=models.SET_NULL, verbose_name=_("vehicle"), null=True, blank=True
    )
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), null=True, blank=True)
    starts_at = models.DateTimeField(_("when"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ASKED)
    owner = models.ForeignKey(
        "auth.User", on_delete=models.SET_NULL, verbose_name=_("owner"), null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(_("to be confirmed by"))
    told_at = models.DateTimeField(_("customer told"), null=True, blank=True, editable=False)
    alerted_at = models.DateTimeField(_("staff alerted"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), db_default=Now())

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=["asked", "confirmed"]), name="visit_one_open_per_customer"
            )
        ]
        indexes = [
            models.Index("created_at", name="visit_by_day"),
            models.Index("starts_at", name="visit_ahead", condition=Q(state__in=["asked", "confirmed"])),
            models.Index("starts_at", name="visit_over", condition=Q(state__in=["done", "missed"])),
        ]

    def __str__(self) -> str:
        return formats.date_format(timezone.localtime(self.starts_at), "DATETIME_FORMAT")

    @property
    def has_begun(self) -> bool:
        """Before that nobody can have failed to come."""
        return self.starts_at <= timezone.now()

    @classmethod
    def open_of(cls, customer: Customer) -> "Visit | None":
        """The visit that the customer still has ahead."""
        return _open_visit().first(customer=customer.pk)


@cache
def _open_visit() -> Select[Visit]:
    return prepared.select(Visit.objects.filter(customer=Gap("customer"), state__in=Visit.OPEN))


class Lead(models.Model):
    """Something a customer wants that a person must see to, by a time."""

    class Kind(models.TextChoices):
        CALLBACK = "callback", _("call back")
        OFFER = "offer", _("offer")
        TRADE_IN = "trade_in", _("trade-in")
        WATCH = "watch", _("tell when it arrives")
        HOLD = "hold", _("hold a car")
        ACCESS = "access", _("tell which data we have")
        ERASURE = "erasure", _("erase their data")

    # What the law gives customers, and no business to be counted.
    PRIVACY = (Kind.ACCESS, Kind.ERASURE)

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="leads")
    vehicle = models.ForeignKey(
        "inventory.Vehicle", on_delete=models.SET_NULL, verbose_name=_("vehicle"), null=True, blank=True
    )
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    amount_mxn = models.DecimalField(_("amount, MXN"), max_digits=12, decimal_places=2, null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    wish = models.JSONField(
        _("car wished for"), default=dict, blank=True, editable=False, help_text=_("As the stock is searched by it.")
    )
    owner = models.ForeignKey(
        "auth.User", on_delete=models.SET_NULL, verbose_name=_("owner"), null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(
        _("due"), null=True, blank=True, help_text=_("Empty while nothing is to be done: until such a car arrives.")
    )
    alerted_at = models.DateTimeField(_("staff alerted"), null=True, blank=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes = [
            models.Index("due_at", name="lead_open", condition=Q(done_at__isnull=True)),
            models.Index("created_at", name="lead_by_day"),
            models.Index("kind", name="lead_watches", condition=Q(done_at__isnull=True, kind="watch")),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
