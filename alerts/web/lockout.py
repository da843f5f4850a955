"""Keeps whoever guesses passwords waiting: after a few wrong ones from one address none is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

WRONG = 5  # tries that are looked at
WAIT = 300  # seconds from the first of them until the next is


class Lockout:
    """Asked before the password is. By name *and* address, so that nobody can lock the centre's own people
    out from afar."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> None:
        """Raises PermissionDenied, at which Django asks no other backend; else it has no opinion."""
        if request is not None and cache.get(_key(request, username or ""), 0) >= WRONG:
            raise PermissionDenied


def failed(credentials: Mapping[str, object], request: HttpRequest | None = None, **_: object) -> None:
    """One more wrong try. For Django's signal, which hands over more than that."""
    if request is not None:
        key = _key(request, str(credentials.get("username", "")))
        cache.add(key, 0, WAIT)
        cache.incr(key)


def entered(request: HttpRequest | None = None, user: object = None, **_: object) -> None:
    """The right password: the count begins anew."""
    if request is not None:
        cache.delete(_key(request, str(user)))


def _key(request: HttpRequest, name: str) -> str:
    who = f"{request.META.get('REMOTE_ADDR', '')} {name}"
    return f"login-{who.encode().hex()[:200]}"
