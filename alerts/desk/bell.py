"""Rings when something was committed that a loop may act on; without it the loops look every half second."""

from __future__ import annotations

from django.db import transaction
from django.dispatch import Signal

rung = Signal()


def ring() -> None:
    """Ring once the open transaction is committed; at once if none is open."""
    transaction.on_commit(_ring)


def _ring() -> None:
    rung.send(sender=None)
