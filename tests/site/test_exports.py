"""Whatever list staff filter can be taken along as a file: the rows that they see, and no others."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from openpyxl import load_workbook

from conversations.models import Customer, Identity, Lead, Message, Visit
from inventory.admin import exported
from karlos_site import roles
from tests.site.conftest import As, Staff

pytestmark = pytest.mark.django_db

CSV, XLSX = "0", "1"
LISTS = (
    *("customer", "lead", "visit", "handoff", "quote", "gap", "message", "turn", "thread"),
    *("stockimport", "vehicle", "logentry", "accesslog", "user"),
)


def export(client: Client, model: str, query: str = "", kind: str = CSV) -> Any:
    address = f"/admin/conversations/{model}/export/?{query}"
    return client.post(address, {"format": kind, "resource": "0"}, headers={"accept-language": "es"})


def lines(client: Client, model: str, query: str = "") -> list[str]:
    return str(export(client, model, query).content.decode("utf-8-sig")).splitlines()


@pytest.fixture
def customers(staff: Staff) -> dict[str, Customer]:
    """The seller's own, nobody's, and another seller's; each with a lead."""
    owners = {"Mía": staff(roles.SELLER), "De nadie": None, "Ajena": User.objects.create_user("otra", is_staff=True)}
    found = {}
    for number, (name, owner) in enumerate(owners.items()):
        found[name] = Customer.objects.create(profile_name=name, owner=owner, language="es", last_inbound_at=Now())
        Identity.objects.create(customer=found[name], kind="phone", value=f"+52155000{number}")
        Lead.objects.create(
            customer=found[name], kind="offer", note="=1+1", due_at=timezone.now(), amount_mxn=Decimal(5)
        )
    return found


def test_every_list_with_filters_offers_an_export_of_what_it_shows(seen_by: As) -> None:
    client = seen_by(roles.ADMINISTRATOR)
    for app in ("conversations", "inventory", "admin", "axes", "auth"):
        for model in LISTS:
            try:
                address = reverse(f"admin:{app}_{model}_changelist")
            except NoReverseMatch:
                continue
            assert f"{address}export/" in client.get(address).content.decode(), model


def test_a_file_has_the_rows_that_the_filters_leave_in_the_readers_words(
    seen_by: As, customers: dict[str, Customer]
) -> None:
    Lead.objects.filter(customer=customers["Mía"]).update(kind="callback", done_at=Now())
    heading, *rows = lines(seen_by(roles.MANAGER), "lead", "left=done")
    assert heading.startswith("Tipo,Cliente,")
    (row,) = rows
    assert row.startswith("llamar,Mía,") or row.casefold().startswith("llamar")
    assert "'=1+1" in row, "a text that a spreadsheet would run is shown"


def test_a_seller_takes_along_their_own_conversations_and_nobodys(
    client: Client, customers: dict[str, Customer]
) -> None:
    client.force_login(User.objects.get(username=roles.SELLER))
    for model in ("customer", "lead"):
        taken = "\n".join(lines(client, model))
        assert [name in taken for name in customers] == [True, True, False], model
    todo = client.get("/admin/conversations/lead/todo/export/").content
    names = {row[1] for row in load_workbook(BytesIO(todo)).worksheets[0].values}
    assert {"Mía", "De nadie"} < names
    assert "Ajena" not in names
    assert "'+521550000" in "\n".join(lines(client, "customer"))


def test_who_may_not_see_a_list_exports_nothing(client: Client, staff: Staff) -> None:
    client.force_login(staff(""))
    assert {export(client, model).status_code for model in ("customer", "lead", "quote")} == {403}


def test_that_something_was_exported_is_kept(seen_by: As, customers: dict[str, Customer]) -> None:
    client = seen_by(roles.MANAGER)
    export(client, "customer", "owner=nobody")
    client.get("/admin/conversations/lead/todo/export/?kind=offer", headers={"accept-language": "es"})
    traces = LogEntry.objects.order_by("pk").values_list("user__username", "object_repr", "change_message")
    assert list(traces) == [(roles.MANAGER, "Clientes: 1", "Exported"), (roles.MANAGER, "Prospectos: 3", "Exported")]
    assert "Exportado" in client.get("/admin/admin/logentry/", headers={"accept-language": "es"}).content.decode()


def test_times_and_amounts_stay_what_they_are_in_a_workbook(seen_by: As, customers: dict[str, Customer]) -> None:
    moment = timezone.now() - timedelta(days=1)
    Visit.objects.create(customer=customers["Mía"], starts_at=moment, due_at=moment)
    Message.objects.create(customer=customers["Mía"], author="customer", handling="answered", text="a\x0bb")
    client = seen_by(roles.MANAGER)
    book = load_workbook(BytesIO(export(client, "visit", kind=XLSX).content))
    assert list(book.worksheets[0].values)[1][0] == timezone.make_naive(moment).replace(microsecond=0)
    assert export(client, "message", kind=XLSX).status_code == 200


def test_more_rows_than_a_page_writes_are_refused_with_what_to_do(seen_by: As) -> None:
    names = (Customer(profile_name=f"C{n}", last_inbound_at=Now()) for n in range(exported.ROWS_MOST + 1))
    Customer.objects.bulk_create(names, batch_size=5_000)
    refused = export(seen_by(roles.MANAGER), "customer")
    assert "20,000" in refused.content.decode()
    assert not LogEntry.objects.exists()
