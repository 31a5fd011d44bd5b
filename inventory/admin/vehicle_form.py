"""The forms of a vehicle: its own page with the reason of a price and new photos, and its row in the list."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from inventory import photos
from inventory.admin.simultaneous import CautiousForm
from inventory.models import Vehicle

# What the history keeps of it.
REASON_MOST = 100


class PhotosInput(UnfoldAdminFileFieldWidget):  # type: ignore[misc] # unfold has no types
    """Several files at once."""

    allow_multiple_selected = True
    template_name = "inventory/photos_input.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class PhotosField(forms.FileField):
    """Uploaded photos, checked and made ready to be kept."""

    widget = PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data: Any, initial: Any = None) -> list[photos.Prepared]:
        """Every file that can't be taken is named; then none is."""
        prepared, refused = [], []
        for upload in data if isinstance(data, Sequence) else [data]:
            checked = super().clean(upload, initial) if upload else None
            if checked:
                try:
                    prepared.append(photos.prepare(checked))
                except photos.PhotoError as e:
                    refused.append(str(e))
        if refused:
            raise forms.ValidationError([*refused, _("None of the photos was kept: choose them again.")])
        return prepared

    def has_changed(self, initial: Any, data: Any) -> bool:
        return any(isinstance(upload, UploadedFile) for upload in data or ())


class VehicleForm(CautiousForm):
    """A vehicle's own page."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=REASON_MOST,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Needed when you change the price; the history keeps it."),
    )
    new_photos = PhotosField(
        label=gettext_lazy("Files"),
        required=False,
        help_text=gettext_lazy(
            "JPEG, PNG or WebP, up to 20 MB each; several at once. Customers get them on WhatsApp in the order below."
        ),
    )

    # How the photos were when the page was loaded: `photos.PhotosFormSet` looks at what was posted of it.
    arranged = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Vehicle
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A page that is shown again tells how the photos are now."""
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        self.initial["arranged"] = photos.arrangement(self.instance)
        if self.is_bound:
            given = cast(QueryDict, self.data).copy()
            given[self.add_prefix("arranged")] = self.initial["arranged"]
            self.data = given

    def clean_new_photos(self) -> list[photos.Prepared]:
        added: list[photos.Prepared] = self.cleaned_data["new_photos"]
        has = self.instance.photos.count() if self.instance.pk and added else 0
        if has + len(added) > photos.MOST_PER_VEHICLE:
            raise forms.ValidationError(
                _(
                    "A vehicle has %(most)s photos at most, and this one has %(has)s. Choose fewer, or remove some first."
                )
                % {"most": photos.MOST_PER_VEHICLE, "has": has}
            )
        return added

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk and "price_mxn" in self.changed_data and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why the price changes; the history keeps it."))
        return cleaned

    @property
    def change_reason(self) -> str | None:
        """What the history shall keep beside this version."""
        return self.cleaned_data["reason"] or None


class VehicleRow(CautiousForm):
    """A vehicle in the list: price and status."""

    may_price = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # The column's heading is no label to who can't see it.
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"
        if not self.may_price:
            self.fields["price_mxn"].disabled = True

    @property
    def change_reason(self) -> str | None:
        """Nobody is asked for one here."""
        return _("Edited in the list") if "price_mxn" in self.changed_data else None
