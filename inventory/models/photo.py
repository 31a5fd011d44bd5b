"""Photos of the stock: each file is a JPEG of our own making, which never changes once it is kept."""

from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _


class VehiclePhotoQuerySet(models.QuerySet["VehiclePhoto"]):
    """Photos whose files go with them."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Also takes the files away, once it is certain that the rows are gone."""
        files = [name for pair in self.values_list("image", "thumbnail") for name in pair]
        deleted = super().delete()
        for name in files:
            transaction.on_commit(partial(default_storage.delete, name))
        return deleted


class VehiclePhoto(models.Model):
    """One photo of a car; the first by position stands for the car. `inventory.photos` makes them."""

    vehicle = models.ForeignKey("inventory.Vehicle", models.CASCADE, related_name="photos", verbose_name=_("vehicle"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    image = models.FileField(_("photo"), max_length=200, editable=False)
    thumbnail = models.FileField(_("thumbnail"), max_length=200, editable=False)
    caption = models.CharField(
        _("caption"), max_length=120, blank=True, help_text=_("What it shows, such as the dashboard.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = VehiclePhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["vehicle", "position", "id"]

    def __str__(self) -> str:
        return self.caption or str(_("Photo"))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Also takes the files away."""
        return VehiclePhoto.objects.filter(pk=self.pk).delete()
