"""Staff see on every page when customers have to wait for Karlos, and which messages he gave up."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client, RequestFactory

from conversations import queue
from conversations.models import Customer, Handoff, Message, Turn
from karlos_site import sidebar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis")]


def shown(client: Client) -> str:
    """The list of vehicles: a page that has nothing to do with it."""
    return client.get("/admin/inventory/vehicle/", headers={"accept-language": "en"}).content.decode()


def due_for(**time: int) -> Customer:
    return Customer.objects.create(due_at=Now() - timedelta(**time))


def test_who_has_waited_longer_than_they_should_is_told_of_on_every_page(admin_client: Client) -> None:
    due_for(minutes=3)
    due_for(seconds=20)
    assert "2 customers wait for Karlos, the first of them for 3 min." in shown(admin_client)


def test_a_queue_that_moves_is_counted_and_needs_no_notice(admin_client: Client) -> None:
    due_for(seconds=20)
    due_for(seconds=1)
    page = shown(admin_client)
    assert "for Karlos," not in page
    assert queue.state().customers.count == 1


def test_whom_a_worker_has_does_not_wait(admin_client: Client) -> None:
    customer = due_for(minutes=3)
    Customer.objects.filter(pk=customer.pk).update(lease_until=Now() + timedelta(seconds=60))
    assert queue.customers() == queue.Line(count=0, oldest_seconds=0.0)


def test_what_karlos_gave_up_is_counted_until_it_is_seen_to(admin_client: Client) -> None:
    customer = Customer.objects.create()
    turn = Turn.objects.create(customer=customer, state=Turn.State.FAILED)
    for _ in range(2):
        Message.objects.create(customer=customer, turn=turn, author="customer", handling="failed")
    handoff = Handoff.objects.create(customer=customer, turn=turn, reason="failed")
    assert queue.parked().count() == 1
    assert "bg-red-500" in shown(admin_client)
    Handoff.objects.filter(pk=handoff.pk).update(closed_at=Now())
    assert queue.parked().count() == 0


def test_it_costs_a_page_nothing_within_the_same_seconds(
    admin_client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    queue.state()
    with django_assert_num_queries(0):  # type: ignore[operator]
        queue.state()


def test_a_page_looks_at_it_once_and_tells_of_one_moment(rf: RequestFactory, admin_user: User) -> None:
    request, next_page = rf.get("/admin/"), rf.get("/admin/")
    request.user = next_page.user = admin_user
    assert sidebar.notices(request) == {}
    due_for(minutes=3)
    cache.clear()
    assert sidebar.notices(request) == {}
    assert sidebar.notices(next_page) != {}
