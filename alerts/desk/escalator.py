"""Fires the alerts' deadlines, each once; one leader at a time, by a lease."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from alerts.clock import Clock
from alerts.core.alert import TimeUp
from alerts.desk import desk, models, store
from alerts.desk.process import lives, myself
from alerts.loops import TROUBLES, Beats, Round, Tally, Thread, each, pause

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
                troubles = (await thread.run(fire, clock.now())).troubles
                for trouble in troubles:
                    tally.count("escalator", trouble)
                if not troubles:  # what broke is due still: it is looked at again, but not without a pause
                    due = await thread.run(store.next_due)
        except TROUBLES as error:
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


def fire(now: datetime) -> Round:
    """Tell every alert whose due has come; how many deadlines there were."""
    return each(store.due(now), lambda id_: _fire(id_, now))


def _fire(alert: UUID, now: datetime) -> int:
    """After an outage, every deadline that was missed, in its order."""
    for fired in range(1, _RUNGS + 1):
        after = desk.tell(alert, TimeUp(), now)
        if after.due is None or after.due > now:
            return fired
    return _RUNGS
