"""The inbox: who comes first, what is seen of each at a glance, and how somebody is found."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from conversations import inbox
from conversations.models import Customer, Handoff, Identity, Lead, Message
from tests.conversations.conftest import Write, age

pytestmark = pytest.mark.django_db(transaction=True)

INBOX = "/admin/conversations/customer/"


def customer(name: str, *, minutes_ago: int = 0, **fields: Any) -> Customer:
    """Someone who wrote so long ago."""
    made = Customer.objects.create(profile_name=name, **fields)
    age(made, last_inbound_at=timedelta(minutes=minutes_ago))
    Message.objects.create(customer=made, author="customer", handling="answered", text=f"Soy {name}")
    return made


def handed_over(to: Customer, *, due_in_minutes: int = 30, **fields: Any) -> Handoff:
    due_at = timezone.now() + timedelta(minutes=due_in_minutes)
    return Handoff.objects.create(customer=to, reason="asked", due_at=due_at, **fields)


def names(client: Client, **asked: str) -> list[str]:
    """Whom the list shows, in order."""
    page = client.get(INBOX, asked, headers={"accept-language": "en"}).content.decode()
    return [part.split("<")[0] for part in page.split('<span class="name">')[1:]]


def test_who_waits_for_a_person_comes_first_the_longest_overdue_on_top_then_who_wrote_last(
    admin_client: Client,
) -> None:
    customer("Newest")
    handed_over(customer("Waits", minutes_ago=90))
    handed_over(customer("Overdue", minutes_ago=200), due_in_minutes=-5)
    now = timezone.now()
    handed_over(customer("Taken, wrote again", minutes_ago=60, unread=1), taken_at=now)
    handed_over(customer("Taken and read", minutes_ago=50), taken_at=now)
    assert names(admin_client) == ["Overdue", "Waits", "Taken, wrote again", "Newest", "Taken and read"]


def test_what_there_is_to_see_stands_beside_each(admin_client: Client, admin_user: User) -> None:
    somebody = customer("Ana Pérez", unread=3, opted_out_at=timezone.now(), owner=admin_user)
    handed_over(somebody, due_in_minutes=-1)
    Lead.objects.create(customer=somebody, kind="offer", due_at=timezone.now())
    Message.objects.create(customer=somebody, author="assistant", text="Hola", delivery="failed")
    Message.objects.create(customer=somebody, author="assistant", text="¿Te ayudo?", delivery="proposed")
    age(somebody, last_inbound_at=timedelta(days=2))
    page = admin_client.get(INBOX, headers={"accept-language": "en"}).content.decode()
    row = page.split('class="inbox"')[1].split("</ul>")[0]
    for seen in (
        "AP",
        ">3<",
        "overdue",
        "to be approved",
        "failed",
        "lead",
        "opted out",
        "window closed",
        "Karlos: Hola",
    ):
        assert seen in row, seen
    assert "¿Te ayudo?" not in row


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"with": "person"}, {"Handed over"}),
        ({"with": "overdue"}, {"Handed over"}),
        ({"with": "karlos"}, {"Unread", "Proposed", "Failed", "Lead", "Mine", "English"}),
        ({"see": "unread"}, {"Unread"}),
        ({"see": "proposed"}, {"Proposed"}),
        ({"see": "failed"}, {"Failed"}),
        ({"see": "lead"}, {"Lead"}),
        ({"owner": "me"}, {"Mine"}),
        ({"language": "en"}, {"English"}),
    ],
)
def test_conversations_are_filtered(
    admin_client: Client, admin_user: User, asked: dict[str, str], found: set[str]
) -> None:
    handed_over(customer("Handed over"), due_in_minutes=-1)
    customer("Unread", unread=1)
    Message.objects.create(customer=customer("Proposed"), author="assistant", delivery="proposed")
    Message.objects.create(customer=customer("Failed"), author="assistant", delivery="failed")
    old = Message.objects.create(customer=customer("Mine", owner=admin_user), author="staff", delivery="failed")
    Message.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=8))
    Lead.objects.create(customer=customer("Lead"), kind="offer", due_at=timezone.now())
    customer("English", language="en")
    assert set(names(admin_client, **asked)) == found


@pytest.mark.parametrize("words", ["ana pér", "55 1234-5678", "camioneta roja", "Ana Pérez"])
def test_somebody_is_found_by_name_number_or_words(admin_client: Client, words: str) -> None:
    ana = customer("Ana Pérez")
    Identity.objects.create(customer=ana, kind="phone", value="+525512345678")
    Message.objects.create(customer=ana, author="assistant", text="Tenemos una camioneta roja", delivery="sent")
    customer("Luis Gómez")
    assert names(admin_client, q=words) == ["Ana Pérez"]


def test_two_letters_are_looked_for_in_names_only(admin_client: Client) -> None:
    customer("Bo")
    customer("Luis")
    Message.objects.create(
        customer=Customer.objects.get(profile_name="Luis"), author="staff", text="robo", delivery="sent"
    )
    assert names(admin_client, q="bo") == ["Bo"]


def test_older_conversations_follow_page_by_page_with_nobody_twice_or_left_out(admin_client: Client) -> None:
    made = [customer(f"C{n:02d}", minutes_ago=n // 2) for n in range(inbox.PAGE + 10)]
    Customer.objects.update(last_inbound_at=Now())  # at the very same moment, too
    first = inbox.page(Customer.objects.all())
    second = inbox.page(Customer.objects.all(), first.next)
    seen = [row.customer for row in (*first.rows, *second.rows)]
    assert (len(first.rows), second.next) == (inbox.PAGE, "")
    assert len(seen) == len(set(seen)) == len(made)
    assert len(names(admin_client, p=first.next)) == 10
    assert len(names(admin_client, p="nonsense")) == inbox.PAGE


def test_a_page_takes_as_many_queries_whoever_is_on_it(
    django_assert_num_queries: DjangoAssertNumQueries, admin_user: User
) -> None:
    def look() -> None:
        for row in inbox.page(Customer.objects.select_related("owner")).rows:
            assert row.customer.owner == admin_user
            assert row.last
            assert row.handoff

    handed_over(customer("One", owner=admin_user))
    with django_assert_num_queries(9):
        look()
    for n in range(20):
        handed_over(customer(f"Another {n}", owner=admin_user))
    with django_assert_num_queries(9):
        look()


def test_a_seller_sees_their_own_and_nobodys_and_finds_no_page_of_anothers(client: Client) -> None:
    ana, luis = (User.objects.create_user(name, is_staff=True) for name in ("ana", "luis"))
    ana.user_permissions.set(Permission.objects.filter(codename__in=["change_customer", "view_turn", "view_handoff"]))
    client.force_login(ana)
    customer("Hers", owner=ana)
    customer("Nobody's")
    his = customer("His", owner=luis)
    handoff = handed_over(his)
    assert sorted(names(client)) == ["Hers", "Nobody&#x27;s"]
    assert names(client, q="His") == []
    for path in ("change", "news", "earlier", "looked-up", "cars", "history"):
        assert client.get(f"{INBOX}{his.pk}/{path}/").status_code in {302, 404}, path
    assert client.get(f"{INBOX}{his.pk}/change/").status_code == 404
    for act in ("reply", "approve", "discard", "take-over", "give-back", "assign", "note"):
        assert client.post(f"{INBOX}{his.pk}/{act}/", {"text": "x", "note": "x"}).status_code == 404, act
    assert client.get(f"/admin/conversations/handoff/{handoff.pk}/change/").status_code == 404
    assert "His" not in client.get("/admin/conversations/handoff/").content.decode()
    handoff.refresh_from_db()
    assert handoff.taken_at is None


def test_a_message_is_unread_until_a_member_of_staff_looks(admin_client: Client, write: Write) -> None:
    somebody = write("hola")
    write("¿hay alguien?")
    somebody.refresh_from_db()
    assert somebody.unread == 2
    admin_client.get(f"{INBOX}{somebody.pk}/change/")
    somebody.refresh_from_db()
    assert somebody.unread == 0


def test_what_a_customer_writes_is_shown_as_text_in_the_list(admin_client: Client, write: Write) -> None:
    write("<script>alert(1)</script>", ProfileName="<b>Ana</b>")
    shown = admin_client.get(INBOX).content.decode()
    assert "<script>alert(1)" not in shown
    assert "<b>Ana</b>" not in shown
