"""Photos of cars: what is uploaded is checked, turned upright and made into JPEGs that WhatsApp takes and lists can show."""

import hashlib
import uuid
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from django.core import signing
from django.core.files.base import ContentFile, File
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from inventory.models import Vehicle, VehiclePhoto

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_PER_VEHICLE = 30
# What phones, cameras and websites make. Nothing else of Pillow's many readers ever sees an upload.
FORMATS = ("JPEG", "PNG", "WEBP")
# WhatsApp takes JPEGs of 5 MB: at this size even noise stays below 4.
LONGEST_SIDE = 1600
THUMBNAIL_SIZE = (320, 240)
# Whoever has the address has the photo, for this long.
ADDRESS_LASTS = timedelta(days=30)
_SALT = "inventory.photos"

# Pillow refuses what would fill the memory, before it unpacks it.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class PhotoError(ValueError):
    """A file that can't be taken; the message tells staff why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A photo as it will be kept."""

    image: bytes
    thumbnail: bytes


def prepare(upload: "File[bytes]") -> Prepared:
    """The JPEGs of an uploaded file, upright and without what the camera wrote into it. Raises PhotoError."""
    name = upload.name or ""
    if (upload.size or 0) > MOST_BYTES:
        raise PhotoError(
            _("%(name)s is larger than %(most)s MB. Send it smaller.")
            % {"name": name, "most": MOST_BYTES // 1024 // 1024}
        )
    if upload.read(12)[4:] in {b"ftypheic", b"ftypheix", b"ftypmif1"}:
        raise PhotoError(
            _(
                "%(name)s is an iPhone's HEIC file. Upload it from the iPhone itself, or set Settings, Camera, Formats "
                'to "Most Compatible".'
            )
            % {"name": name}
        )
    upload.seek(0)
    try:
        with Image.open(upload, formats=FORMATS) as image:
            # A JPEG is unpacked no larger than it is needed.
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = _opaque(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise PhotoError(
            _("%(name)s has more than %(most)s megapixels. Send it smaller.")
            % {"name": name, "most": MOST_PIXELS // 1_000_000}
        ) from e
    except UnidentifiedImageError as e:
        raise PhotoError(_("%(name)s is no photo that can be read. Send a JPEG, PNG or WebP.") % {"name": name}) from e
    except (OSError, SyntaxError, ValueError, OverflowError) as e:  # what Pillow raises at damaged files
        raise PhotoError(_("%(name)s is damaged. Open it, save it anew as JPEG and send that.") % {"name": name}) from e
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = ImageOps.fit(upright, THUMBNAIL_SIZE)
    return Prepared(image=_jpeg(upright, 85), thumbnail=_jpeg(small, 80))


def _opaque(image: Image.Image) -> Image.Image:
    """As RGB; what is transparent becomes white."""
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        return Image.alpha_composite(white, layers).convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    """Only the picture: place, time and camera are not passed on."""
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
    return file.getvalue()


def add(vehicle: Vehicle, prepared: Iterable[Prepared]) -> list[VehiclePhoto]:
    """Keep these photos after those that the car has."""
    last = vehicle.photos.aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    return [_keep(vehicle, position, photo) for position, photo in enumerate(prepared, first)]


def _keep(vehicle: Vehicle, position: int, prepared: Prepared) -> VehiclePhoto:
    photo = VehiclePhoto(vehicle=vehicle, position=position)
    name = f"photos/{vehicle.pk}/{uuid.uuid4().hex}"
    photo.image.save(f"{name}.jpg", ContentFile(prepared.image), save=False)
    photo.thumbnail.save(f"{name}-thumbnail.jpg", ContentFile(prepared.thumbnail), save=False)
    photo.save()
    return photo


def arrangement(vehicle: Vehicle) -> str:
    """Stands for which photos the car has, in which order, and what is said of them: it changes when they do."""
    rows = vehicle.photos.order_by("pk").values_list("pk", "position", "caption")
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:16]


def address(photo: VehiclePhoto) -> str:
    """Where WhatsApp can fetch the photo as JPEG, below our public address."""
    return reverse("photo", args=[signing.TimestampSigner(salt=_SALT).sign(str(photo.pk))])


def at(token: str) -> VehiclePhoto | None:
    """The photo whose address holds this token; None if it is not ours, too old, or the photo is gone."""
    try:
        pk = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=ADDRESS_LASTS)
    except signing.BadSignature:
        return None
    return VehiclePhoto.objects.filter(pk=pk).first()
