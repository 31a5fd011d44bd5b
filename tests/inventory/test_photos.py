"""What becomes of a photo: from what a phone sends to what WhatsApp fetches."""

import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from inventory import photos
from inventory.models import Vehicle, VehiclePhoto
from tests.inventory.conftest import picture

Add = Callable[..., Vehicle]

ORIENTATION, PLACE = 0x0112, 0x8825


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg), formats=("JPEG",))


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("JPEG", "L")])  # fmt: skip
def test_whatever_comes_in_a_jpeg_that_whatsapp_takes_comes_out(kind: str, mode: str) -> None:
    prepared = photos.prepare(picture(kind=kind, mode=mode, size=(3000, 2000), colour="white"))
    image = opened(prepared.image)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1600, 1067))
    assert opened(prepared.thumbnail).size == photos.THUMBNAIL_SIZE


def test_the_worst_photo_stays_below_whatsapps_five_megabytes() -> None:
    noise = BytesIO()
    Image.frombytes("RGB", (1600, 1600), os.urandom(1600 * 1600 * 3)).save(noise, "PNG")
    assert len(photos.prepare(SimpleUploadedFile("noise.png", noise.getvalue())).image) < 5_000_000


def test_a_phone_held_upright_gives_an_upright_photo_that_does_not_tell_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # lay on its side
    exif.get_ifd(PLACE)[1] = "N"
    image = opened(photos.prepare(picture(size=(400, 300), exif=exif)).image)
    assert image.size == (300, 400)
    assert not image.getexif()


def test_what_is_transparent_becomes_white() -> None:
    prepared = photos.prepare(picture(kind="PNG", mode="RGBA", colour="#00000000"))
    assert opened(prepared.image).getpixel((10, 10)) == (255, 255, 255)


def said_to_measure(width: int, height: int) -> SimpleUploadedFile:
    """A few bytes that would be unpacked to gigabytes."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    picture_itself = struct.pack(">I", 60) + b"IDAT" + bytes(64)
    return SimpleUploadedFile("front.png", b"\x89PNG\r\n\x1a\n" + chunk + picture_itself)


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (SimpleUploadedFile("front.jpg", b"<svg/>"), "JPEG, PNG"),
        (SimpleUploadedFile("front.jpg", picture(kind="GIF").read()), "JPEG, PNG"),
        (SimpleUploadedFile("front.jpg", picture(size=(900, 900), kind="PNG").read()[:700]), "JPEG"),
        (SimpleUploadedFile("front.heic", b"\x00\x00\x00\x18ftypheic\x00"), "iPhone"),
        (said_to_measure(10_000, 5_001), "50 mega"),
        (said_to_measure(65_000, 65_000), "50 mega"),
        (SimpleUploadedFile("front.jpg", bytes(photos.MOST_BYTES + 1)), "20 MB"),
        (SimpleUploadedFile("front.jpg", b""), "JPEG, PNG"),
    ],
    ids=["other", "kind", "cut", "heic", "bomb", "great bomb", "large", "empty"],
)
def test_a_file_that_cannot_be_taken_is_named_with_what_to_do(upload: SimpleUploadedFile, says: str) -> None:
    with pytest.raises(photos.PhotoError, match=says) as refused:
        photos.prepare(upload)
    assert "front." in str(refused.value)


def test_photos_come_in_the_order_in_which_they_were_added(add: Add, media: Path) -> None:
    vehicle = add()
    first, second = photos.add(vehicle, [photos.prepare(picture()), photos.prepare(picture())])
    (third,) = photos.add(vehicle, [photos.prepare(picture())])
    assert list(vehicle.photos.all()) == [first, second, third]


def test_whoever_has_the_signed_address_gets_the_photo_for_a_month(client: Client, add: Add, media: Path) -> None:
    (photo,) = photos.add(add(), [photos.prepare(picture())])
    address = photos.address(photo)
    assert address.startswith("/media/photos/")
    assert address.endswith(".jpg")
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert opened(answer.content).size == (640, 480)
    assert client.get(address.replace(".jpg", "x.jpg")).status_code == 404
    assert client.get(f"/media/photos/{photo.pk}.jpg").status_code == 404
    with time_machine.travel("2027-06-01"):
        assert client.get(address).status_code == 404


def test_a_photo_that_is_gone_is_not_found(client: Client, add: Add, media: Path) -> None:
    kept, deleted = photos.add(add(), [photos.prepare(picture()), photos.prepare(picture())])
    address = photos.address(deleted)
    deleted.delete()
    assert client.get(address).status_code == 404
    for file in media.rglob("*.jpg"):
        file.unlink()
    assert client.get(photos.address(kept)).status_code == 404


def files(media: Path) -> int:
    return len(list(media.rglob("*.jpg")))


@pytest.mark.parametrize(
    "delete",
    [
        lambda vehicle: vehicle.delete(),
        lambda vehicle: Vehicle.objects.filter(pk=vehicle.pk).delete(),
        lambda vehicle: vehicle.photos.all().delete(),
        lambda vehicle: [photo.delete() for photo in vehicle.photos.all()],
    ],
    ids=["vehicle", "vehicles", "photos", "photo"],
)
def test_files_go_with_their_photos_and_not_before_it_is_certain(
    delete: Callable[[Vehicle], object],
    add: Add,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    vehicle = add()
    photos.add(vehicle, [photos.prepare(picture()), photos.prepare(picture())])
    photos.add(add(), [photos.prepare(picture())])
    assert files(media) == 6
    with django_capture_on_commit_callbacks(execute=True):
        delete(vehicle)
        assert files(media) == 6
    assert files(media) == 2
    assert VehiclePhoto.objects.count() == 1
