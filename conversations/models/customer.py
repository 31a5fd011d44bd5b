"""Who writes to the dealership, and how each is known again."""

from functools import cache

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from inventory import prepared
from inventory.prepared import Gap, Select


class Customer(models.Model):
    """Someone who writes to the dealership, and the state of the work owed to them.

    Due time, waiting time and lease are times of the database's clock: only it may be compared with them.
    """

    class Channel(models.TextChoices):
        WHATSAPP = "whatsapp", "WhatsApp"
        TERMINAL = "terminal", _("Terminal")

    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.WHATSAPP)
    address = models.CharField(
        _("address"), max_length=180, blank=True, help_text=_("Where replies go, as the last message came in.")
    )
    profile_name = models.CharField(_("profile name"), max_length=255, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    created_at = models.DateTimeField(_("first wrote"), db_default=Now())
    last_inbound_at = models.DateTimeField(_("last wrote"), null=True, blank=True)
    owner = models.ForeignKey(
        "auth.User",
        on_delete=models.SET_NULL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Whose customer it is; a seller sees their own and those that are nobody's."),
    )
    proposes = models.BooleanField(
        _("Karlos only proposes"),
        default=False,
        db_default=False,
        help_text=_("Answers to this customer wait for approval, whatever is set for all."),
    )
    told_phone = models.CharField(
        _("phone they gave"),
        max_length=20,
        blank=True,
        db_default="",
        help_text=_("As the customer wrote it, to be called on: whose it is has not been checked."),
    )
    opted_out_at = models.DateTimeField(_("opted out"), null=True, blank=True)
    privacy_told_at = models.DateTimeField(
        _("told of privacy"), null=True, blank=True, help_text=_("When the privacy notice went with an answer.")
    )
    unread = models.PositiveIntegerField(
        _("unread"), default=0, editable=False, help_text=_("Messages since a member of staff last looked.")
    )

    due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    slowed_until = models.DateTimeField(
        _("slowed down until"), null=True, blank=True, help_text=_("Too many messages came in one minute.")
    )
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    fence = models.PositiveBigIntegerField(_("fence"), default=0)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("view_every_customer", "Can see everyone's conversations"),
            ("export_customer", "Can take out all data of a customer"),
            ("erase_customer", "Can erase all data of a customer"),
        ]
        indexes = [
            models.Index("due_at", name="customer_due", condition=Q(due_at__isnull=False)),
            models.Index(F("last_inbound_at").desc(), name="customer_recent"),
            models.Index(F("last_inbound_at").desc(), name="customer_unread", condition=Q(unread__gt=0)),
            models.Index("owner", F("last_inbound_at").desc(), name="customer_of_owner"),
            models.Index("id", name="customer_of_terminal", condition=Q(channel="terminal")),
        ]

    def __str__(self) -> str:
        return self.profile_name or str(_("Customer %(id)s") % {"id": self.pk})

    @property
    def phone(self) -> str:
        """Where to call them: the number they gave or, if they gave none, the one that WhatsApp shows."""
        if self.told_phone:
            return self.told_phone
        return next((value for (value,) in _phones().rows(customer=self.pk)), "")

    @property
    def can_be_called(self) -> bool:
        """Whether the team has a number; who is talked to in the terminal needs none."""
        return self.channel != Customer.Channel.WHATSAPP or bool(self.phone)

    @property
    def is_with_person(self) -> bool:
        return bool(_with_person().rows(customer=self.pk))


@cache
def _with_person() -> Select[Customer]:
    with_person = Customer.objects.filter(pk=Gap("customer"), handoffs__isnull=False, handoffs__closed_at=None)
    return prepared.select(with_person.values_list("pk")[:1])


@cache
def _phones() -> "Select[Identity]":
    phones = Identity.objects.filter(customer=Gap("customer"), kind=Identity.Kind.PHONE)
    return prepared.select(phones.order_by("pk").values_list("value")[:1])


class Identity(models.Model):
    """One way to know a customer again. A phone may change hands, a business-scoped id doesn't."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        BUSINESS_USER = "business_user", _("business-scoped user id")
        TERMINAL = "terminal", _("terminal")

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="identities"
    )
    kind = models.CharField(_("kind"), max_length=13, choices=Kind)
    value = models.CharField(_("value"), max_length=160)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="identity_once")]

    def __str__(self) -> str:
        return self.value
