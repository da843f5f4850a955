"""Notices the homes that nothing is heard from: the centre's own finding, gateway.silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from alerts.clock import Clock
from alerts.conf import conf
from alerts.desk import desk, models
from alerts.loops import TROUBLES, Beats, Round, Tally, Thread, each, pause
from rules.model import Fact, Raise, Severity

SILENT = "gateway.silent"


async def run(
    clock: Clock, wake: asyncio.Event, beats: Beats, tally: Tally, deaf: Callable[[], bool]
) -> None:
    """Miss the homes that fall silent; not while we are deaf ourselves."""
    thread = Thread("watch")
    was_deaf = True
    while True:
        beats.beat("watch")
        due = None
        try:
            now, is_deaf = clock.now(), deaf()
            found = Round() if is_deaf else await thread.run(_look, was_deaf, now)
            was_deaf = is_deaf
            for trouble in found.troubles:
                tally.count("watch", trouble)
            if not is_deaf and not found.troubles:
                due = await thread.run(next_due)
        except TROUBLES as error:
            tally.count("watch", error)
        await pause(wake, clock, due)


def _look(was_deaf: bool, now: datetime) -> Round:
    if was_deaf:
        grace(now)
    return missed(now)


def missed(now: datetime, limit: int = 100) -> Round:
    """Raise a finding for each home that has been silent past its due; how many there were."""
    late = models.Pulse.objects.filter(due__lte=now).order_by("due")[:limit]
    return each(late, lambda pulse: _miss(pulse, now))


def grace(now: datetime) -> None:
    """We were deaf ourselves until now: every home gets the whole time anew."""
    due = now + conf().watch.silent
    models.Pulse.objects.filter(due__lt=due).update(due=due)


def next_due() -> datetime | None:
    """When the next home is missed, if it stays silent."""
    rows = models.Pulse.objects.filter(due__isnull=False).order_by("due")
    return rows.values_list("due", flat=True).first()


def _miss(pulse: models.Pulse, now: datetime) -> bool:
    with transaction.atomic():
        if not models.Pulse.objects.filter(pk=pulse.pk, due=pulse.due).update(due=None):
            return False  # heard of in this moment
        minutes = round((now - pulse.heard_at).total_seconds() / 60, 1)
        facts: dict[str, Fact] = {"heard": pulse.heard_at.isoformat(), "minutes": minutes}
        desk.open_or_worsen(pulse.pk, Raise(SILENT, Severity.TROUBLE, pulse.due or now, facts), now)
    return True
