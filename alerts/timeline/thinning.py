"""Once a day, thins what the timeline holds from more than 30 days ago."""

from __future__ import annotations

from datetime import timedelta

from alerts.clock import Clock
from alerts.loops import TROUBLES, Tally, Thread
from alerts.timeline.port import Timeline

WHOLE = timedelta(days=30)  # how long every reading is kept
DAILY = timedelta(days=1)


async def run(timeline: Timeline, clock: Clock, tally: Tally) -> None:
    """At the start and every day after, as long as the service runs."""
    thread = Thread("thinning")
    while True:
        now = clock.now()
        try:
            await thread.run(timeline.thin, now - WHOLE)
        except TROUBLES as error:
            tally.count("thinning", error)
        await clock.sleep_until(now + DAILY)
