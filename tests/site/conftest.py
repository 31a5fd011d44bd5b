"""Members of staff, each with a role."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from karlos_site import roles

Staff = Callable[[str], User]
PASSWORD = "una frase larga y propia"


@pytest.fixture
def staff(db: None) -> Staff:
    """Somebody with this role, by its name; without one, somebody who only may log in."""
    roles.seed()

    def staff(role: str) -> User:
        user = User.objects.create_user(role or "nobody", password=PASSWORD, is_staff=True)
        if role:
            roles.give(user, role)
        return User.objects.get(pk=user.pk)

    return staff


As = Callable[[str], Client]


@pytest.fixture
def seen_by(staff: Staff) -> As:
    """A browser in which somebody with this role is logged in."""

    def seen_by(role: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(staff(role))
        return client

    return seen_by
