"""Who Karlos is, the agents that answered, each as it was, and what the dealership says of itself."""

import re
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assistant import sentences
from assistant.llm import retirement
from inventory import stamp

GREETING_MOST = NOTICE_MOST = 300
_GAPS = frozenset(("{name}", "{dealership}"))


def default_name() -> str:
    """The name to begin with, from the settings."""
    return str(settings.ASSISTANT_NAME)


def default_model() -> str:
    """The language model to begin with, from the settings."""
    return str(settings.OPENAI_MODEL)


def default_effort() -> str:
    """How long it may think to begin with, from the settings."""
    return str(settings.OPENAI_EFFORT)


def default_greeting_spanish() -> str:
    """The greeting to begin with, from the files."""
    return sentences.every("es")["hello"]


def default_greeting_english() -> str:
    """The same in English."""
    return sentences.every("en")["hello"]


def default_privacy_spanish() -> str:
    """The privacy notice to begin with, from the files."""
    return sentences.every("es")["privacy_notice"]


def default_privacy_english() -> str:
    """The same in English."""
    return sentences.every("en")["privacy_notice"]


def validate_link(notice: str) -> None:
    """A notice leads to the whole of it, and has no other gap."""
    if notice.count("{link}") != 1 or re.search(r"[{}]", notice.replace("{link}", "")):
        raise ValidationError(_("Write {link} once, where the address goes, and no other braces."), code="gaps")


def validate_gaps(greeting: str) -> None:
    """In a greeting only the names are put in."""
    if re.search(r"[{}]", re.sub("|".join(map(re.escape, _GAPS)), "", greeting)):
        raise ValidationError(_("Only {name} and {dealership} are filled in: take other braces out."), code="gaps")


def validate_model(model: str) -> None:
    """Another server than OpenAI's may call its models what it likes."""
    if not settings.OPENAI_BASE_URL and retirement.is_retired(model):
        raise ValidationError(
            _("OpenAI switches %(model)s off: write %(instead)s."),
            code="retired",
            params={"model": model, "instead": retirement.REPLACEMENT},
        )


class AssistantSettings(models.Model):
    """Who Karlos is and which language model speaks for him: one row, which staff edit."""

    class Effort(models.TextChoices):
        NONE = "none", _("none: the quickest")
        LOW = "low", _("low")
        MEDIUM = "medium", _("medium")
        HIGH = "high", _("high: the slowest and dearest")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(
        _("name"), max_length=80, default=default_name, help_text=_("What the assistant calls himself.")
    )
    greeting_spanish = models.CharField(
        _("greeting in Spanish"),
        max_length=GREETING_MOST,
        default=default_greeting_spanish,
        validators=[validate_gaps],
        help_text=_(
            "Begins the first answer of a conversation; it is no message of its own. Say that it is a virtual assistant. "
            "The names take the places of {name} and {dealership}."
        ),
    )
    greeting_english = models.CharField(
        _("greeting in English"),
        max_length=GREETING_MOST,
        default=default_greeting_english,
        validators=[validate_gaps],
        help_text=_("The same for customers who write English."),
    )
    model = models.CharField(
        _("language model"),
        max_length=80,
        default=default_model,
        validators=[
            RegexValidator(r"^[\w.:/@-]+\Z", _("A model's name has letters, digits, dots and hyphens, and no spaces.")),
            validate_model,
        ],
        help_text=_("As the provider writes it, such as gpt-6-luna. If it fails, the rules answer."),
    )
    effort = models.CharField(
        _("how long it may think"),
        max_length=6,
        choices=Effort,
        default=default_effort,
        help_text=_("More is slower and costs more."),
    )
    privacy_spanish = models.CharField(
        _("privacy notice in Spanish"),
        max_length=NOTICE_MOST,
        default=default_privacy_spanish,
        validators=[validate_link],
        help_text=_("Ends the first answer that a customer ever gets. The address takes the place of {link}."),
    )
    privacy_english = models.CharField(
        _("privacy notice in English"),
        max_length=NOTICE_MOST,
        default=default_privacy_english,
        validators=[validate_link],
        help_text=_("The same for customers who write English."),
    )
    privacy_link = models.CharField(
        _("address of the whole privacy notice"),
        max_length=200,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("Empty: a page of Karlos's own, which shows the dealership text of that name."),
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("assistant's settings")
        verbose_name_plural = _("assistant's settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="assistant_settings_one_row",
                violation_error_message=_("There is one set of settings."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    @stamp.kept
    def current(cls) -> "AssistantSettings":
        """The settings staff made or, until they do, those of the environment and the files, unsaved."""
        return cls.objects.first() or cls()

    def greeting(self, language: str, dealership: str) -> str:
        """How the first answer of a conversation begins."""
        written = self.greeting_english if language == "en" else self.greeting_spanish
        return written.replace("{name}", self.name).replace("{dealership}", dealership)

    def privacy(self, language: str, link: str) -> str:
        """The short privacy notice, with the address of the whole."""
        written = self.privacy_english if language == "en" else self.privacy_spanish
        return written.replace("{link}", self.privacy_link or link)


class Agent(models.Model):
    """One distinct set of name, model, instructions, tools and settings. Never changed: another set is another agent."""

    name = models.CharField(_("name"), max_length=80)
    model = models.CharField(_("model"), max_length=80)
    instructions = models.TextField(_("instructions"))
    tools = models.JSONField(_("tools"))
    settings = models.JSONField(_("settings"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("first used"), db_default=Now())

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.fingerprint[:8]} ({self.model})"


class DealershipText(models.Model):
    """What customers may be told about the dealership, one topic a row. What is not here is not known."""

    class Topic(models.TextChoices):
        NAME = "name", _("name of the dealership")
        ADDRESS = "address", _("address")
        HOURS = "hours", _("opening hours")
        PHONE = "phone", _("phone")
        WARRANTY = "warranty", _("warranty")
        RETURNS = "returns", _("returns")
        DOCUMENTS = "documents", _("documents for a credit")
        PAYMENT_METHODS = "payment_methods", _("ways to pay")
        CREDIT = "credit", _("credit conditions")
        TRADE_IN = "trade_in", _("cars taken in part exchange")
        TEST_DRIVE = "test_drive", _("test drives")
        DELIVERY = "delivery", _("delivery")
        PRIVACY = "privacy", _("privacy notice")
        ABOUT = "about", _("about the dealership")

    topic = models.CharField(_("topic"), max_length=16, choices=Topic, unique=True)
    spanish = models.TextField(
        _("in Spanish"), blank=True, help_text=_("Empty: not known; customers are offered a person.")
    )
    english = models.TextField(_("in English"), blank=True, help_text=_("Empty: customers get the Spanish text."))
    is_example = models.BooleanField(
        _("still the example"),
        default=False,
        help_text=_("Karlos came with this text. Write your own and take this mark away."),
    )

    class Meta:
        verbose_name = _("dealership text")
        verbose_name_plural = _("dealership texts")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.get_topic_display()


class Question(models.Model):
    """A question that customers ask, with the dealership's answer."""

    asked = models.TextField(
        _("question"),
        max_length=1000,
        help_text=_("As customers ask it. Other ways to ask the same: each on a line of its own."),
    )
    spanish = models.TextField(_("answer in Spanish"), max_length=1000)
    english = models.TextField(
        _("answer in English"), max_length=1000, blank=True, help_text=_("Empty: customers get the Spanish answer.")
    )
    is_example = models.BooleanField(
        _("still the example"),
        default=False,
        help_text=_("Karlos came with this text. Write your own and take this mark away."),
    )

    class Meta:
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.asked.strip().partition("\n")[0].strip()


class Place(models.Model):
    """Where the dealership is: one row, for distances and the way there."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
        help_text=_("Decimal degrees, as Google Maps shows them at a right click: 19.432608."),
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
        help_text=_("Decimal degrees; west of Greenwich it is negative: -99.133209."),
    )

    class Meta:
        verbose_name = _("place of the dealership")
        verbose_name_plural = _("place of the dealership")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="place_one_row"),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="place_on_earth"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.latitude}, {self.longitude}"


class OpeningHours(models.Model):
    """When the dealership is open, one row for each day of the week that it is. Visits are noted within these hours."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday, unique=True)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering: ClassVar = ["weekday"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=models.F("closes")),
                name="opening_hours_in_order",
                violation_error_message=_("It must open before it closes."),
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"
