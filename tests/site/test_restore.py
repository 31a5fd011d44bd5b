"""The rehearsal of a restore: what the deployment page says, on a real PostgreSQL, up to an answer that knows what was said before."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.site import programs

pytestmark = [
    pytest.mark.servers,
    pytest.mark.anywhere,
    pytest.mark.skipif(not os.environ.get("KARLOS_TEST_DATABASE_URL"), reason="PostgreSQL is not reachable"),
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="pg_dump is not installed"),
]

_BEFORE = """
from io import BytesIO
from django.core.files.base import ContentFile
from PIL import Image
from conversations import inbound, turns
from conversations.models import Attachment, Customer, Message
from conversations.whatsapp import Inbound
from inventory import photos
from inventory.models import Vehicle

def written(sid, text):
    kinds = (("phone", "+525512345678"),)
    inbound.store(Inbound(sid=sid, address="whatsapp:+525512345678", identities=kinds, profile_name="Ana", kind="text", text=text))
    customer = Customer.objects.get()
    Customer.objects.update(due_at=customer.created_at)
    turn = turns.run(customer.pk, lambda _: None)
    return turn.messages.filter(author="assistant").first().text
"""
_PLANTED = (
    _BEFORE
    + """
file = BytesIO()
Image.new("RGB", (80, 60), "navy").save(file, "JPEG")
car = Vehicle.objects.for_sale().order_by("stock_id").first()
(photo,) = photos.add(car, [photos.prepare(ContentFile(file.getvalue(), name="x.jpg"))])
said = written("SM" + "0" * 32, f"me interesa el auto con id {car.stock_id}")
kept = Attachment(message=Message.objects.filter(author="customer").get(), content_type="image/jpeg", state="stored")
kept.file.save("x", ContentFile(file.getvalue()), save=False)
kept.save()
print(json.dumps({"said": said, "photo": photos.address(photo), "car": str(car), "messages": Message.objects.count()}))
"""
)
_RESTORED = (
    _BEFORE
    + """
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
photo = Client().get(sys.argv[1])
messages = Message.objects.count()
kept = Attachment.objects.get().file.open().read()
said = written("SM" + "1" * 32, "¿cuánto pagaría al mes con 20% de enganche a 48 meses?")
print(json.dumps({"photo": photo.status_code, "file": len(kept), "messages": messages, "said": said}))
"""
)


class Machine:
    """A place where Karlos lives: a database of its own and a folder."""

    def __init__(self, server: str, name: str, folder: Path) -> None:
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        self.folder = folder
        folder.mkdir()
        self.environment = programs.surroundings(
            folder,
            DATABASE_URL=self.url,
            REDIS_URL="redis://127.0.0.1:1/0",
            SECRET_KEY=programs.PRODUCTION["SECRET_KEY"],
            LOG_LEVEL="error",
        )

    def runs(self, script: str, *words: str) -> dict[str, object]:
        begin = "import json, sys, django\ndjango.setup()\n"
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "karlos_site.settings"}
        told = programs.run("-c", begin + script, *words, environment=environment)
        assert told.returncode == 0, told.stderr[-2000:]
        found: dict[str, object] = json.loads(told.stdout.strip().splitlines()[-1])
        return found


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    """One that was backed up, and an empty one."""
    server = os.environ["KARLOS_TEST_DATABASE_URL"]
    names = [f"karlos_{what}_{os.getpid()}" for what in ("kept", "restored")]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
        yield Machine(server, names[0], tmp_path / "kept"), Machine(server, names[1], tmp_path / "restored")
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_restored_karlos_has_everything_and_answers_what_was_begun(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    kept, restored = machines
    prepared = programs.run("manage.py", "prepare", environment=kept.environment)
    assert prepared.returncode == 0, prepared.stderr
    before = kept.runs(_PLANTED)

    dump, media = tmp_path / "karlos.dump", tmp_path / "media.tar.gz"
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", kept.url], check=True)
    with tarfile.open(media, "w:gz") as archive:
        archive.add(kept.folder / "media", "media")

    subprocess.run(["pg_restore", "--no-owner", f"--dbname={restored.url}", str(dump)], check=True)
    with tarfile.open(media) as archive:
        archive.extractall(restored.folder, filter="data")
    again = programs.run("manage.py", "prepare", environment=restored.environment)
    assert again.returncode == 0, again.stderr

    after = restored.runs(_RESTORED, str(before["photo"]))
    assert (after["photo"], after["messages"]) == (200, before["messages"])
    assert after["file"]
    assert "al mes" in str(after["said"]), after
    assert "48 meses" in str(after["said"]), after
