"""Karlos's own settings in the admin: whatever is changed here makes a version, which can be gone back to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from assistant.admin import (
    AssistantSettingsAdmin,
    AssistantSettingsForm,
    DealershipTextAdmin,
    OpeningHoursAdmin,
    QuestionAdmin,
)
from assistant.models import AssistantSettings, DealershipText, OpeningHours, Place, Question
from assistant.sentences import pesos
from conversations import approval, limits, versions
from conversations.models import Limits, Replay, SettingsVersion, Template
from inventory.admin.credit_terms import CreditTermsAdmin, CreditTermsForm
from inventory.models import CreditTerms

_REASON = "change_reason"
REASON_MOST = 200


class Reasoned(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """A form in which staff may say why."""

    change_reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=REASON_MOST,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Stands beside the version that this change makes."),
    )


class Versioned(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """What is saved, added or deleted here makes a version, in the same transaction."""

    form: type[Any] = Reasoned

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        """The reason comes last."""
        shown = [(title, dict(options)) for title, options in super().get_fieldsets(request, obj)]
        for _title, options in shown:
            options["fields"] = [field for field in options["fields"] if field != _REASON]
        if self.has_change_permission(request, obj):
            shown.append((_("Why this change"), {"fields": [_REASON]}))
        return shown

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._keeping(request, super().changeform_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._keeping(request, super().changelist_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._keeping(request, super().delete_view, *args, **kwargs)

    def _keeping(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        reason = request.POST.get(_REASON, "")
        with transaction.atomic():
            before = versions.current()
            response = view(request, *args, **kwargs)
            after = versions.snapshot()
            waits = approval.is_asked_for(before.settings, after)
            if waits:
                # Nothing of it is kept but what is asked for, until the replay is done.
                transaction.set_rollback(True)
            else:
                made = versions.record(request.user.pk, reason)
        if waits:
            return held_back(request, approval.ask(after, versions.current(), request.user, reason))  # type: ignore[arg-type] # the admin lets nobody else in
        if made != before:
            tell_of(request, made)
        return response


def held_back(request: HttpRequest, asked: Replay) -> HttpResponse:
    """To the page of the replay that a change waits for; what was said of its being saved is not so yet."""
    list(messages.get_messages(request))
    if asked.state == Replay.State.LIVE:
        messages.success(request, _("The change is in force: there are no past answers to try it on."))
    else:
        messages.info(
            request, _("The change waits for its replay: it comes into force by itself if it is good enough.")
        )
    return HttpResponseRedirect(reverse("admin:conversations_replay_change", args=[asked.pk]))


def tell_of(request: HttpRequest, made: SettingsVersion) -> None:
    """What is another than before, and where it can be taken back."""
    page = reverse("admin:conversations_settingsversion_change", args=[made.pk])
    messages.info(request, format_html('<a class="underline" href="{}">{}</a>. {}', page, made, said(made)))


def said(version: SettingsVersion, most: int = 3) -> str:
    """The first of its differences in one line."""
    found = versions.changes(version)
    told = [f"{d.what}: {_short(d.before)} → {_short(d.after)}" for d in found[:most]]
    return "; ".join([*told, *(["…"] if len(found) > most else [])])


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return f"{text[:most]}…" if len(text) > most else text or "—"


class OneRow(Versioned):
    """One row: added once, then edited, never deleted. Its list would be one line long, so the row itself is shown."""

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        row = self.model._default_manager.first()
        if row is not None:
            return HttpResponseRedirect(reverse(f"{name}_change", args=[row.pk]))
        if self.has_add_permission(request):
            return HttpResponseRedirect(reverse(f"{name}_add"))
        response: HttpResponse = super().changelist_view(request, *args, **kwargs)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while there is none."""
        return super().has_add_permission(request) and not self.model._default_manager.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Without a row the defaults would come back unnoticed."""
        return False


class _AssistantForm(Reasoned, AssistantSettingsForm):
    class Meta(AssistantSettingsForm.Meta):
        pass


class _CreditForm(Reasoned, CreditTermsForm):
    class Meta(CreditTermsForm.Meta):
        pass


@admin.register(AssistantSettings)
class AssistantSettingsPage(OneRow, AssistantSettingsAdmin):
    """Karlos's name, greeting and language model."""

    form = _AssistantForm


@admin.register(CreditTerms)
class CreditTermsPage(OneRow, CreditTermsAdmin):
    """The terms on which instalments are computed."""

    form = _CreditForm


@admin.register(DealershipText)
class DealershipTextPage(Versioned, DealershipTextAdmin):
    """What customers may be told."""


@admin.register(Question)
class QuestionPage(Versioned, QuestionAdmin):
    """What customers ask besides."""


@admin.register(OpeningHours)
class OpeningHoursPage(Versioned, OpeningHoursAdmin):
    """The hours within which visits are noted."""


@admin.register(Place)
class PlacePage(OneRow):
    """Where the dealership is."""


@admin.register(Template)
class TemplatePage(Versioned):
    """What staff may send when a customer's 24 hours are over."""

    list_display = ("name", "language", "text", "sid")
    fields = ("name", ("sid", "language"), "text")


@admin.register(Limits)
class LimitsPage(OneRow):
    """Handoff times, bounds, budget and rates, with what today has cost so far."""

    list_display = ("__str__", "spent_today", "budget_mxn", "take_minutes", "resume_minutes", "updated_at")
    readonly_fields = ("spent_today",)
    fieldsets = (
        (
            _("When a person is needed"),
            {"fields": (("take_minutes", "resume_minutes"), "proposes", "alert_email")},
        ),
        (_("Visits"), {"fields": (("visit_minutes", "visits_at_once"),)}),
        (
            _("What one customer may ask"),
            {
                "fields": (
                    ("messages_per_minute", "characters_per_message"),
                    ("turns_per_day", "tokens_per_day"),
                    "turns_per_day_most",
                )
            },
        ),
        (_("Changes of what customers are told"), {"fields": (("replay_percent", "replay_turns"),)}),
        (
            _("What is kept, and for how long"),
            {
                "fields": (
                    ("attachment_days", "conversation_days"),
                    ("quote_days", "work_days"),
                    ("customer_days", "trace_days"),
                    "privacy_days",
                )
            },
        ),
        (
            _("What the language model may cost"),
            {"fields": (("budget_mxn", "spent_today"), "input_mxn", "cached_mxn", "output_mxn")},
        ),
        (
            _("What a message costs"),
            {"fields": (("whatsapp_message_mxn", "template_mxn"), ("twilio_in_mxn", "twilio_out_mxn"))},
        ),
    )

    @admin.display(description=_("spent today, MXN"))
    def spent_today(self, _row: Limits) -> str:
        return pesos(round(limits.spent_mxn(), 2))
