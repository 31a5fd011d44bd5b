"""A vehicle's photos on its page: their order, what they show, and away with them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from inventory.models import VehiclePhoto


def picture_address(photo: VehiclePhoto, size: str) -> str:
    """Where staff see it: `size` is image or thumbnail."""
    return reverse("admin:inventory_photo", args=[photo.pk, size])


class PhotoInline(TabularInline):  # type: ignore[misc] # unfold has no types
    """They are put in order by dragging, or by their numbers; new ones come through the field above."""

    model = VehiclePhoto
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
