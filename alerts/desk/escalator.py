"""Fires the alerts' deadlines, each once; one leader at a time, by a lease."""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, transaction

from alerts.clock import Clock
from alerts.core.alert import TimeUp
from alerts.desk import desk, models, store
from alerts.loops import Beats, Tally, Thread, pause

LEASE = timedelta(seconds=15)
_NAME = "escalator"
_RUNGS = 20  # deadlines of one alert at once after an outage; the rest on the next round


async def run(clock: Clock, wake: asyncio.Event, beats: Beats, tally: Tally) -> None:
    """Fire every deadline at its time, while this process leads."""
    thread = Thread("escalator")
    me = holder()
    while True:
        beats.beat("escalator")
        due = None
        try:
            if await thread.run(lead, me, clock.now()):
                await thread.run(fire, clock.now())
                due = await thread.run(store.next_due)
        except (DatabaseError, store.ConflictError) as error:
            tally.count("escalator", error)
        await pause(wake, clock, due)


def holder() -> str:
    """This process, as it signs its lease."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def lead(holder: str, now: datetime) -> bool:
    """Take or keep the lease; False while another process holds it."""
    with transaction.atomic():
        lease = models.Lease.objects.filter(name=_NAME).first()
        if lease is not None and lease.holder != holder and lease.until > now and _lives(lease.holder):
            return False
        if lease is not None and lease.holder == holder and lease.until - now > LEASE / 2:
            return True  # no need to write every half second
    try:
        models.Lease.objects.update_or_create(name=_NAME, defaults={"holder": holder, "until": now + LEASE})
    except IntegrityError:
        return False
    return True


def fire(now: datetime) -> int:
    """Tell every alert whose due has come; how many deadlines that were."""
    return sum(_fire(str(id_), now) for id_, _ in store.due(now))


def _fire(alert: str, now: datetime) -> int:
    """After an outage, every deadline that was missed, in its order."""
    for fired in range(1, _RUNGS + 1):
        after = desk.tell(alert, TimeUp(), now)
        if after.due is None or after.due > now:
            return fired
    return _RUNGS


def _lives(holder: str) -> bool:
    """False only for a process of this machine that is no more: its lease need not run out."""
    host, _, pid = holder.rpartition(":")
    if host != socket.gethostname()[:60] or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
