"""The addresses of photos: a signed one that anybody may fetch, and those that only staff can."""

from typing import Literal

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from inventory import photos
from inventory.models import VehiclePhoto

# A photo never changes: another one has another address.
_A_DAY = 24 * 60 * 60


@require_safe
def photo(_request: HttpRequest, token: str) -> HttpResponse:
    """A photo for WhatsApp and the customer. Who knows the address may fetch it."""
    found = photos.at(token)
    if found is None:
        raise Http404
    return _served(found.image)


@require_safe
def for_staff(_request: HttpRequest, photo_id: str, size: Literal["image", "thumbnail"]) -> HttpResponse:
    """A photo or its thumbnail; the admin lets only those in who may see the stock."""
    return _served(getattr(get_object_or_404(VehiclePhoto, pk=photo_id), size))


def _served(file: FieldFile) -> HttpResponse:
    """Whole: it is a megabyte at most, and storage may be far away."""
    try:
        with file.open() as opened:
            content = opened.read()
    except FileNotFoundError as e:
        raise Http404 from e
    response = HttpResponse(content, content_type="image/jpeg", headers={"X-Robots-Tag": "noindex"})
    patch_cache_control(response, private=True, max_age=_A_DAY)
    return response
