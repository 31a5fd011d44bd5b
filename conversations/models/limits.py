"""How long a customer waits for a person, and how much one may ask of Karlos: one row, which staff edit."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory import stamp

MILLION = 1_000_000
_NOT_NEGATIVE = [MinValueValidator(Decimal(0))]
_AT_LEAST_ONE = [MinValueValidator(1)]
# The figures of the last days are counted anew.
_A_WEEK = [MinValueValidator(7)]


class Limits(models.Model):
    """Deadlines of a handoff, how visits are received, bounds for one customer, and what the dealership spends a day. The defaults hold until staff edit them."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    take_minutes = models.PositiveSmallIntegerField(
        _("minutes until a person answers"),
        default=30,
        validators=_AT_LEAST_ONE,
        help_text=_(
            "Counted from opening while the dealership is closed. Then the customer is told, and staff are alerted."
        ),
    )
    resume_minutes = models.PositiveSmallIntegerField(
        _("further minutes until Karlos goes on"),
        default=120,
        validators=_AT_LEAST_ONE,
        help_text=_("Counted like the others. What the customer wanted of a person stays as a lead."),
    )
    proposes = models.BooleanField(
        _("Karlos proposes, staff approve"),
        default=False,
        help_text=_(
            "His answers wait in the conversation until somebody sends, edits or discards them. If nobody does within the"
            " minutes until a person answers, the customer is told and staff are alerted."
        ),
    )
    alert_email = models.EmailField(
        _("e-mail for alerts"),
        blank=True,
        help_text=_(
            "Whom to write to when nobody has taken a conversation in time, a promise is overdue, or a car has come that a customer waits for."
        ),
    )

    visit_minutes = models.PositiveSmallIntegerField(
        _("minutes of a visit"),
        default=60,
        validators=_AT_LEAST_ONE,
        help_text=_("Meanwhile neither the car nor whoever receives can have another visit."),
    )
    visits_at_once = models.PositiveSmallIntegerField(
        _("visits at once"),
        default=3,
        validators=_AT_LEAST_ONE,
        help_text=_("How many customers the dealership can receive at the same time."),
    )

    messages_per_minute = models.PositiveSmallIntegerField(
        _("messages per minute"),
        default=20,
        validators=_AT_LEAST_ONE,
        help_text=_("Of one customer. What is more is kept, and answered together a little later."),
    )
    characters_per_message = models.PositiveIntegerField(
        _("longest message, characters"),
        default=2000,
        validators=_AT_LEAST_ONE,
        help_text=_("Karlos reads the beginning of a longer one and says so; all of it is kept."),
    )
    turns_per_day = models.PositiveSmallIntegerField(
        _("answers per day"),
        default=60,
        help_text=_("Of the language model, to one customer. After them the rules answer, which cost nothing."),
    )
    tokens_per_day = models.PositiveIntegerField(
        _("tokens per day"),
        default=500_000,
        help_text=_("Of the language model, for one customer. After them the rules answer."),
    )
    turns_per_day_most = models.PositiveSmallIntegerField(
        _("most answers per day"),
        default=150,
        help_text=_("Of Karlos, to one customer. After them a person gets the conversation."),
    )

    budget_mxn = models.DecimalField(
        _("daily budget, MXN"),
        max_digits=10,
        decimal_places=2,
        default=Decimal(200),
        validators=_NOT_NEGATIVE,
        help_text=_(
            "For the language model, all customers together. Once it is spent the rules answer until midnight."
        ),
    )
    input_mxn = models.DecimalField(
        _("a million tokens of input, MXN"),
        max_digits=10,
        decimal_places=4,
        default=Decimal(2),
        validators=_NOT_NEGATIVE,
        help_text=_("What the provider asks, in pesos. To begin with: gpt-6-luna at 20 pesos to the dollar."),
    )
    cached_mxn = models.DecimalField(
        _("a million tokens of cached input, MXN"),
        max_digits=10,
        decimal_places=4,
        default=Decimal("0.2"),
        validators=_NOT_NEGATIVE,
    )
    output_mxn = models.DecimalField(
        _("a million tokens of output, MXN"),
        max_digits=10,
        decimal_places=4,
        default=Decimal(10),
        validators=_NOT_NEGATIVE,
    )
    whatsapp_message_mxn = models.DecimalField(
        _("a message by WhatsApp, MXN"),
        max_digits=8,
        decimal_places=4,
        default=Decimal("0.17"),
        validators=_NOT_NEGATIVE,
        help_text=_(
            "Meta charges each answer that is delivered, since October 2026 at its rate for utility messages in Mexico; "
            "see Meta's rate card or your invoice. To begin with: an estimate of November 2026 (0.0085 dollars at 20 "
            "pesos). The first 1,000 a month are free and not taken off here."
        ),
    )
    template_mxn = models.DecimalField(
        _("an approved template, MXN"),
        max_digits=8,
        decimal_places=4,
        default=Decimal("0.61"),
        db_default=Decimal("0.61"),
        validators=_NOT_NEGATIVE,
        help_text=_(
            "What Meta charges when staff write with one after the 24 hours. To begin with: an estimate for marketing in "
            "Mexico (0.0305 dollars at 20 pesos); one for utility costs less."
        ),
    )
    twilio_in_mxn = models.DecimalField(
        _("a message received through Twilio, MXN"),
        max_digits=8,
        decimal_places=4,
        default=Decimal("0.10"),
        validators=_NOT_NEGATIVE,
        help_text=_(
            "Twilio's own fee, from its price list for WhatsApp. To begin with: 0.005 dollars at 20 pesos, November 2026."
        ),
    )
    twilio_out_mxn = models.DecimalField(
        _("a message sent through Twilio, MXN"),
        max_digits=8,
        decimal_places=4,
        default=Decimal("0.10"),
        validators=_NOT_NEGATIVE,
        help_text=_("The same list, for what is sent."),
    )
    replay_percent = models.PositiveSmallIntegerField(
        _("answers as good as before at least, %"),
        default=0,
        validators=[MaxValueValidator(100)],
        help_text=_(
            "Before a change of what customers are told comes into force, the latest answers are given again with it. If "
            "fewer are as good as then, the change is held back until a manager lets it through. 0: changes come into force at once."
        ),
    )
    replay_turns = models.PositiveSmallIntegerField(
        _("answers given again"),
        default=100,
        validators=_AT_LEAST_ONE,
        help_text=_("How many of the latest. With a language model each costs about what it cost then."),
    )
    attachment_days = models.PositiveSmallIntegerField(
        _("days that pictures and voice notes are kept"),
        default=90,
        validators=_AT_LEAST_ONE,
        help_text=_(
            "What customers sent is deleted after them; what was said in a voice note stays with the conversation."
        ),
    )
    conversation_days = models.PositiveSmallIntegerField(
        _("days that conversations are kept"),
        default=730,
        validators=_A_WEEK,
        help_text=_("Messages, what Karlos looked up for them, and notes. The figures of past days stay."),
    )
    quote_days = models.PositiveSmallIntegerField(
        _("days that quotes are kept"),
        default=730,
        validators=_A_WEEK,
        help_text=_("After them the address of a quote's document leads nowhere."),
    )
    work_days = models.PositiveSmallIntegerField(
        _("days that finished work is kept"),
        default=730,
        validators=_A_WEEK,
        help_text=_("Leads, visits and handoffs that are closed, and questions without an answer."),
    )
    customer_days = models.PositiveSmallIntegerField(
        _("days that customers are kept"),
        default=1095,
        validators=_A_WEEK,
        help_text=_("Who has not written for so long is erased, at Twilio too."),
    )
    trace_days = models.PositiveSmallIntegerField(
        _("days that logins and actions are kept"),
        default=1825,
        validators=_A_WEEK,
        help_text=_("Of staff, and the reports of what was deleted each night."),
    )
    privacy_days = models.PositiveSmallIntegerField(
        _("days to answer about personal data"),
        default=10,
        validators=_AT_LEAST_ONE,
        help_text=_("By when staff see to customers who ask which data there are, or want them erased."),
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("limits")
        verbose_name_plural = _("limits")
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1), name="limits_one_row", violation_error_message=_("There is one set of limits.")
            ),
            models.CheckConstraint(condition=Q(replay_percent__lte=100), name="limits_percent"),
        ]

    def __str__(self) -> str:
        return str(_("Limits"))

    @classmethod
    @stamp.kept
    def current(cls) -> "Limits":
        """The limits staff set or, until they do, the defaults, unsaved."""
        return cls.objects.first() or cls()

    def cost_mxn(self, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> Decimal:
        """What the tokens of a turn cost; those from the cache are among those of the input."""
        fresh = input_tokens - cached_tokens
        cost = fresh * self.input_mxn + cached_tokens * self.cached_mxn + output_tokens * self.output_mxn
        return Decimal(cost) / MILLION
