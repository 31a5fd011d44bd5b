"""Whose conversations a member of staff sees."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

from conversations import access
from conversations.models import Customer

pytestmark = pytest.mark.django_db


def test_a_seller_sees_their_own_customers_and_those_that_are_nobodys() -> None:
    ana, luis = (User.objects.create_user(name) for name in ("ana", "luis"))
    hers, his, nobodys = (Customer.objects.create(owner=owner) for owner in (ana, luis, None))
    assert set(access.customers_of(ana)) == {hers, nobodys}
    assert set(access.customers_of(luis)) == {his, nobodys}


def test_who_has_the_permission_sees_everyones() -> None:
    manager = User.objects.create_user("manager")
    manager.user_permissions.add(Permission.objects.get(codename="view_every_customer"))
    of_another = Customer.objects.create(owner=User.objects.create_user("luis"))
    assert list(access.customers_of(manager)) == [of_another]


def test_who_is_not_logged_in_sees_nobody() -> None:
    Customer.objects.create()
    assert not access.customers_of(AnonymousUser()).exists()
