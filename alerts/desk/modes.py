"""What people say of a home: at home, away, in hospital, a visitor, a test; and whether the home knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from alerts.desk import desk, store
from alerts.desk.models import HomeMode
from alerts.registry.models import Home
from rules.model import Mode, ModeSet
from rules.wire import Wish

USUAL: Final = {Mode.VISITOR: timedelta(hours=12), Mode.TEST: timedelta(minutes=30)}  # if nobody says when
LONGEST: Final = {Mode.VISITOR: timedelta(days=14), Mode.TEST: timedelta(hours=4)}  # nobody may be forgotten
_EVER = timedelta(days=366)


class ModeError(ValueError):
    """A mode that cannot be said so; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it: "user:1" and how that person is called."""

    id: str
    name: str
    note: str = ""


def say(home: str, mode: Mode, who: Speaker, now: datetime, until: datetime | None = None) -> HomeMode:
    """Say it; the home is told until it confirms. Raises ModeError, Home.DoesNotExist."""
    if until is None and mode in USUAL:
        until = now + USUAL[mode]
    longest = now + LONGEST.get(mode, _EVER)
    until = None if mode is Mode.HOME else until
    if until is not None and not now < until <= longest:
        raise ModeError(f"{mode} must end after now, and by {longest:%Y-%m-%d %H:%M} UTC")
    with transaction.atomic():
        return _write(home, ModeSet(mode, now, who.name[:80], until), who, None)


def wish(home: str) -> Wish | None:
    """What the home must be told; None if nothing was ever said."""
    row = HomeMode.objects.filter(home_id=home).order_by("-order").first()
    return Wish(row.order, Mode(row.mode), row.name, row.said_at, row.until) if row else None


def heard(home: str, said: ModeSet, now: datetime) -> None:
    """The home's journal shows this mode: what was said has arrived, has ended, or was said over there."""
    row = HomeMode.objects.filter(home_id=home, order=said.order).first() if said.order else None
    if row is None:
        _write(home, said, Speaker("", said.by), now)
    elif said.mode == row.mode:
        HomeMode.objects.filter(pk=row.pk, reached_at=None).update(reached_at=now)
    else:
        HomeMode.objects.filter(pk=row.pk, ended_at=None).update(ended_at=said.at)
    if said.mode is not Mode.TEST:
        desk.tried(home, now)


def running(now: datetime) -> QuerySet[HomeMode]:
    """What holds now and is not simply HOME, at most one a home."""
    lasts = Q(until=None) | Q(until__gt=now)
    return HomeMode.objects.filter(lasts, ended_at=None).exclude(mode=Mode.HOME.value)


def _write(home: str, said: ModeSet, who: Speaker, reached: datetime | None) -> HomeMode:
    Home.objects.select_for_update().get(pk=home)  # one after the other
    mine = HomeMode.objects.filter(home_id=home)
    last = mine.order_by("-order").first()
    order = said.order or max(last.order + 1 if last else 1, int(said.at.timestamp() * 1000))
    mine.filter(order__lt=order, ended_at=None).update(ended_at=said.at)
    row = HomeMode.objects.create(
        home_id=home,
        order=order,
        mode=said.mode.value,
        by=who.id,
        name=who.name[:80],
        note=who.note[:200],
        said_at=said.at,
        until=said.until,
        reached_at=reached,
        ended_at=said.at if last and last.order > order else None,
    )
    store.home_changed(home)
    return row
