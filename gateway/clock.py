"""The gateway's time, and how it notices that somebody set the clock."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from rules.model import ClockStepped
from rules.pace import Pace

SLACK = timedelta(seconds=2)  # smaller differences are NTP slewing, followed silently
LONG = timedelta(days=7)  # across a reboot, a longer gap is taken for a clock that was set, not for an outage
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The wall clock, UTC."""

    def uptime(self) -> timedelta:
        """A clock that nobody sets: time since boot, suspend included."""

    async def sleep_until(self, at: datetime) -> None:
        """Wait until the wall clock shows `at`."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.now(UTC)

    def uptime(self) -> timedelta:
        """Time since boot, suspend included."""
        return timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))

    async def sleep_until(self, at: datetime) -> None:
        """Wait until the wall clock shows `at`."""
        await asyncio.sleep(max(0.0, (at - self.now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class PacedClock:
    """A demonstration's time: the story of a `Pace`, told along the machine's clock."""

    pace: Pace

    def now(self) -> datetime:
        """The story's instant."""
        return self.pace.told(datetime.now(UTC))

    def uptime(self) -> timedelta:
        """The story's clock is never set."""
        return self.now() - EPOCH

    async def sleep_until(self, at: datetime) -> None:
        """Wait until the story reaches `at`."""
        await asyncio.sleep(max(0.0, (self.pace.real(at) - datetime.now(UTC)).total_seconds()))


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
        self.offset = clock.now() - clock.uptime()  # the wall clock at boot

    def look(self) -> tuple[datetime, ClockStepped | None]:
        """The time now, and the step if the clock was set since the last look."""
        now = self._clock.now()
        offset = now - self._clock.uptime()
        step = offset - self.offset
        self.offset = offset
        return now, ClockStepped(step, now) if abs(step) > SLACK else None


def restarted(last: datetime, now: datetime, offset: datetime | None, watch: Watch) -> ClockStepped | None:
    """The step that happened while the gateway was down.

    `last` is the newest instant on record, `offset` the wall clock at boot as it was then (None if the
    machine has booted since, so that nothing but `last` is known).
    """
    if offset is not None:
        step = watch.offset - offset
        return ClockStepped(step, now) if abs(step) > SLACK else None
    gap = now - last
    if gap < timedelta(0) or gap > LONG:
        return ClockStepped(gap, now)
    return None
