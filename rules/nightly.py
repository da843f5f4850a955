"""When the clock on a home's wall next shows a time of day: the hour of learning, the end of a night."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

STUDY: Final = time(3, 30)  # the quietest hour of the homes recorded: habits are learned then
MEMORY: Final = 28  # days that are remembered: four weeks hold each weekday four times


def following(after: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """The next instant, later than `after`, at which the wall clock shows `clock`; in UTC."""
    day = after.astimezone(zone).date()
    while True:
        at = datetime.combine(day, clock, zone).astimezone(UTC)
        if at > after:
            return at
        day += timedelta(days=1)


def within(at: datetime, start: time, end: time, zone: ZoneInfo) -> bool:
    """Whether the wall clock shows `start` or later and less than `end`, over midnight if `end` is earlier;
    equal times mean always."""
    clock = at.astimezone(zone).time()
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end
