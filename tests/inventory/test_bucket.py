"""Photos in a bucket that several machines share: the same photos, by the same addresses."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django.fixtures import Settings

from conversations import attachments
from conversations.models import Attachment, Customer, Message
from inventory import photos
from inventory.models import Vehicle
from tests.conversations.test_attachments import picture
from tests.inventory import bucket as stand_in
from tests.inventory.bucket import Bucket
from tests.site import programs

# Each client of the library leaves its pool of connections to the collector.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def bucket(settings: Settings) -> Iterator[Bucket]:
    with stand_in.served() as served:
        options = {
            "bucket_name": "karlos",
            "endpoint_url": served.url,
            "addressing_style": "path",
            "region_name": "us-east-1",
            "access_key": "the-key",
            "secret_key": "the-secret",
            "signature_version": "s3v4",
            "file_overwrite": False,
            "default_acl": None,
        }
        default = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": default}
        yield served


def test_a_photo_is_kept_in_the_bucket_and_served_by_our_own_address(
    bucket: Bucket, client: Client, stock: dict[int, Vehicle]
) -> None:
    (photo,) = photos.add(stock[201], [photos.prepare(ContentFile(picture(), name="x.jpg"))])
    assert set(bucket.files) == {photo.image.name, photo.thumbnail.name}
    served = client.get(photos.address(photo))
    assert served.content == bucket.files[str(photo.image.name)]
    assert bucket.unsigned == [], "nobody gets anything from it without the key"


def test_what_customers_sent_is_found_and_deleted_there(bucket: Bucket) -> None:
    customer = Customer.objects.create()
    message = Message.objects.create(customer=customer, author="customer", handling="answered")
    kept = Attachment(message=message, content_type="image/jpeg", state="stored")
    kept.file.save("x", ContentFile(picture()), save=False)
    kept.save()
    (name,) = bucket.files
    assert name.startswith("attachments/")
    assert attachments.forget_old() == 0
    Attachment.objects.update(created_at="2020-01-01T00:00Z")
    assert attachments.forget_old() == 1
    assert not bucket.files
    assert not default_storage.exists(name)


def test_the_environment_names_it(tmp_path: Any) -> None:
    told = programs.run(
        "-c",
        "from karlos_site.settings import STORAGES as s; print(s['default']['BACKEND'], s['default']['OPTIONS'])",
        environment=programs.surroundings(tmp_path, MEDIA_BUCKET="fotos", MEDIA_BUCKET_URL="https://minio.example.com"),
    )
    assert "storages.backends.s3.S3Storage" in told.stdout, told.stderr
    for expected in ("'fotos'", "https://minio.example.com", "'path'"):
        assert expected in told.stdout
