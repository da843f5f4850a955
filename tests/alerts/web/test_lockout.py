"""Passwords cannot be tried for ever, and nobody can lock out the centre's own people from afar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from alerts.web import lockout


@pytest.fixture(autouse=True)
def desk(home: Any) -> Iterator[None]:
    """An operator with a password."""
    cache.clear()
    User.objects.create_user("desk", password="right and long", is_staff=True)
    yield
    cache.clear()


def enters(password: str, address: str = "192.0.2.7", page: str = "/login") -> bool:
    """Whether the password opens the door."""
    form = {"username": "desk", "password": password}
    return Client().post(page, form, REMOTE_ADDR=address).status_code == 302


@pytest.mark.parametrize("page", ["/login", "/admin/login/"])
def test_after_some_wrong_passwords_not_even_the_right_one_opens(page: str) -> None:
    for _ in range(lockout.WRONG):
        assert not enters("wrong", page=page)
    assert not enters("right and long", page=page)
    assert enters("right and long", "198.51.100.1", page)  # the operator sits elsewhere


def test_the_right_password_begins_the_count_anew() -> None:
    for _ in range(3):
        assert not any(enters("wrong") for _ in range(lockout.WRONG - 1))
        assert enters("right and long")
