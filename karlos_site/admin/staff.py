"""Staff in the admin: each with one role."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_totp.admin import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminRadioSelectWidget

from inventory.admin.exported import Exported
from inventory.admin.traced import Traced
from karlos_site import roles, second_factor

# These registrations came with the imports above. Groups are made from the roles; devices hold secrets.
admin.site.unregister((User, Group, TOTPDevice))


class _WithRole(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """One click tells what somebody may do."""

    role = forms.ChoiceField(
        label=_("Role"), choices=tuple(roles.SHOWN.items()), widget=UnfoldAdminRadioSelectWidget, initial=roles.SELLER
    )


class StaffForm(_WithRole, UserChangeForm):  # type: ignore[misc] # unfold has no types
    """Whoever takes the last administrator's role away would lock everyone out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["role"] = roles.of(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        stays = cleaned.get("role") == roles.ADMINISTRATOR and cleaned.get("is_active")
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=self.instance.pk)
        if self.instance.is_superuser and not stays and not others.exists():
            self.add_error("role", _("Nobody else is an administrator: make another one first."))
        return cleaned


class NewStaffForm(_WithRole, UserCreationForm):  # type: ignore[misc]
    """A name, a password and a role."""


@admin.register(User)
class StaffAdmin(Exported, Traced, UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    """Who works here. Nobody is deleted: whoever has left is made inactive, and what they did keeps their name."""

    form = StaffForm
    add_form = NewStaffForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "role", "has_second_factor", "is_active")
    list_filter = ("is_active", "is_superuser", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password", "role", "is_active")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "role", "password1", "password2")}),)
    filter_horizontal = ()
    actions = ("reset_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "role" in form.cleaned_data:
            roles.give(obj, form.cleaned_data["role"])

    @admin.display(description=_("role"))
    def role(self, user: User) -> Any:
        return roles.SHOWN.get(roles.of(user), "-")

    @admin.display(description=_("second factor"), boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return second_factor.is_set_up(user)

    @admin.action(description=_("Reset the second factor (lost phone)"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """They set it up anew at their next login."""
        for user in users:
            if second_factor.forget([user]):
                self.log_change(request, user, second_factor.WAS_RESET)
        told = ngettext(
            "%(count)d person sets up the second factor anew.",
            "%(count)d people set up the second factor anew.",
            len(users),
        )
        messages.success(request, told % {"count": len(users)})
