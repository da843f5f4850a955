"""The gateway's time, and how it notices that somebody set the clock."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from rules.model import ClockStepped
from rules.pace import Pace

MOMENT = 0.1  # seconds between two readings that count as one
SLACK = timedelta(seconds=2)  # smaller differences are NTP slewing, followed silently
LONG = timedelta(days=7)  # across a reboot, a longer gap is taken for a clock that was set, not for an outage
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The wall clock, UTC."""

    def read(self) -> tuple[datetime, timedelta]:
        """The wall clock, and at the same moment one that nobody sets: time since boot, suspend included."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.now(UTC)

    def read(self) -> tuple[datetime, timedelta]:
        """The wall clock and the time since boot; read again if we were interrupted in between."""
        while True:
            before = time.clock_gettime(time.CLOCK_BOOTTIME)
            now = datetime.now(UTC)
            after = time.clock_gettime(time.CLOCK_BOOTTIME)
            if after - before < MOMENT:
                return now, timedelta(seconds=after)


@dataclass(frozen=True, slots=True)
class PacedClock:
    """A demonstration's time: the story of a `Pace`, told along the machine's clock."""

    pace: Pace

    def now(self) -> datetime:
        """The story's instant."""
        return self.pace.told(datetime.now(UTC))

    def read(self) -> tuple[datetime, timedelta]:
        """The story's clock is never set."""
        now = self.now()
        return now, now - EPOCH


def clock() -> Clock:
    """The machine's clock, or the story's whose points the file SHOUWANG_PACE lists as [[real, told], …]."""
    path = os.environ.get("SHOUWANG_PACE")
    if not path:
        return SystemClock()
    points = json.loads(Path(path).read_text())
    return PacedClock(
        Pace([(datetime.fromisoformat(real), datetime.fromisoformat(told)) for real, told in points])
    )


def boot_id() -> str:
    """Names this boot of the machine; two uptimes compare only within one."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"


class Watch:
    """Holds the wall clock against the one that nobody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        now, uptime = clock.read()
        self.offset = now - uptime  # the wall clock at boot

    def look(self) -> tuple[datetime, ClockStepped | None]:
        """The time now, and the step if the clock was set since the last look."""
        now, uptime = self._clock.read()
        offset = now - uptime
        step = offset - self.offset
        self.offset = offset
        return now, ClockStepped(step, now) if abs(step) > SLACK else None


def restarted(last: datetime, now: datetime, offset: datetime | None, watch: Watch) -> ClockStepped | None:
    """The step that happened while the gateway was down.

    `last` is the newest instant on record, `offset` the wall clock at boot as it was then (None if the
    machine has booted since, so that nothing but `last` is known).
    """
    gap = now - last
    if offset is not None:
        step = watch.offset - offset
        if last + step > now + SLACK:  # whatever was noted: a home in the future would stand still
            step = gap
        return ClockStepped(step, now) if abs(step) > SLACK else None
    if gap < timedelta(0) or gap > LONG:
        return ClockStepped(gap, now)
    return None
