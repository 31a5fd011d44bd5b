"""A vehicle's photos on its page: their order, what they show, and away with them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from inventory import photos, values
from inventory.models import Vehicle, VehiclePhoto


def picture_address(photo: VehiclePhoto, size: str) -> str:
    """Where staff see it: `size` is image or thumbnail."""
    return reverse("admin:inventory_photo", args=[photo.pk, size])


class PhotoForm(ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """Carries how its photo was when the page was loaded: what was not touched is not saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"caption", "position"} & self.fields.keys():
            carried = self.add_initial_prefix(name)
            self.fields[name].show_hidden_initial = not self.is_bound or carried in self.data


class PhotosFormSet(BaseInlineFormSet):  # type: ignore[type-arg] # generic only to the type checker
    """The photos of one car. Whoever saves second is told that somebody has changed them since the page was loaded."""

    def clean(self) -> None:
        super().clean()
        if not self.has_changed():
            return
        vehicle = Vehicle.objects.select_for_update().get(pk=self.instance.pk)
        if self.data.get("arranged", "") in {"", photos.arrangement(vehicle)}:
            return
        last = vehicle.history.select_related("history_user").first()
        told = _(
            "Not saved: meanwhile %(who)s changed the photos, %(when)s. What you did is still here: look at it and save "
            "again to keep it."
        )
        who, when = values.who(last.history_user if last else None), last.history_date if last else vehicle.updated_at
        raise ValidationError(told % {"who": who, "when": values.when(when)})


class PhotoInline(TabularInline):  # type: ignore[misc] # unfold has no types
    """They are put in order by dragging, or by their numbers; new ones come through the field above."""

    model = VehiclePhoto
    form = PhotoForm
    formset = PhotosFormSet
    fields = ("picture", "caption", "position")
    readonly_fields = ("picture",)
    ordering_field = "position"
    hide_title = True
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("inventory.view_vehicle") or self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Photos belong to the vehicle: who may change it may change them."""
        return request.user.has_perm("inventory.change_vehicle")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request)

    @admin.display(description=_("photo"))
    def picture(self, photo: VehiclePhoto) -> SafeString:
        """The thumbnail, with the way to the whole photo."""
        return format_html(
            '<a href="{}" target="_blank"><img class="photo" src="{}" alt="{}" width="160" height="120"></a>',
            picture_address(photo, "image"),
            picture_address(photo, "thumbnail"),
            photo,
        )
