"""Fires the alerts' deadlines, each once; one leader at a time, by a lease."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, transaction

from alerts.clock import Clock
from alerts.core.alert import TimeUp
from alerts.desk import desk, models, store
from alerts.desk.process import lives, myself
from alerts.loops import TROUBLES, Beats, Tally, Thread, pause

LEASE = timedelta(seconds=15)
_NAME = "escalator"
_RUNGS = 20  # deadlines of one alert at once after an outage; the rest on the next round


async def run(clock: Clock, wake: asyncio.Event, beats: Beats, tally: Tally) -> None:
    """Fire every deadline at its time, while this process leads."""
    thread = Thread("escalator")
    me = myself()
    while True:
        beats.beat("escalator")
        due = None
        try:
            if await thread.run(lead, me, clock.now()):
                for trouble in (await thread.run(fire, clock.now())).troubles:
                    tally.count("escalator", trouble)
                due = await thread.run(store.next_due)
        except DatabaseError as error:
            tally.count("escalator", error)
        await pause(wake, clock, due)


def lead(holder: str, now: datetime) -> bool:
    """Take or keep the lease; False while another process holds it."""
    lease = models.Lease.objects.filter(name=_NAME).first()
    if lease is None:
        return _found(holder, now)
    if lease.holder != holder and lease.until > now and lives(lease.holder):
        return False
    if lease.holder == holder and lease.until - now > LEASE / 2:
        return True  # no need to write every half second
    same = models.Lease.objects.filter(name=_NAME, holder=lease.holder, until=lease.until)
    return bool(same.update(holder=holder, until=now + LEASE))


def _found(holder: str, now: datetime) -> bool:
    """The very first lease; False if another process was quicker."""
    try:
        with transaction.atomic():
            models.Lease.objects.create(name=_NAME, holder=holder, until=now + LEASE)
    except IntegrityError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Fired:
    """How many deadlines came, and what went wrong with single alerts."""

    deadlines: int
    troubles: tuple[str, ...] = ()


def fire(now: datetime) -> Fired:
    """Tell every alert whose due has come. One that cannot be told never holds up the others."""
    deadlines, troubles = 0, []
    for id_, _ in store.due(now):
        try:
            deadlines += _fire(str(id_), now)
        except TROUBLES as error:
            troubles.append(f"alert {id_}: {type(error).__name__}: {error}")
    return Fired(deadlines, tuple(troubles))


def _fire(alert: str, now: datetime) -> int:
    """After an outage, every deadline that was missed, in its order."""
    for fired in range(1, _RUNGS + 1):
        after = desk.tell(alert, TimeUp(), now)
        if after.due is None or after.due > now:
            return fired
    return _RUNGS
