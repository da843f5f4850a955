"""Old readings are thinned at the start and every day after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from alerts.loops import Tally
from alerts.timeline import thinning
from alerts.timeline.sql import SqlTimeline
from rules.model import DeviceId, HomeId, Kind, Reading

T = datetime(2026, 11, 12, tzinfo=UTC)
HOME = HomeId("h-1")


@dataclass
class Days:
    """A clock on which each sleep ends at once; the service stops with the third."""

    at: datetime = T
    slept: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        self.slept.append(at)
        self.at = at
        if len(self.slept) == 3:
            raise asyncio.CancelledError


def test_each_day_what_turned_thirty_days_old_is_thinned(empty: None) -> None:
    timeline, clock = SqlTimeline(), Days()
    since, day = T - timedelta(days=31), timedelta(days=1)
    often = [since + timedelta(minutes=10 * n) for n in range(6 * 24 * 5)]
    timeline.append(HOME, [Reading(DeviceId("d"), Kind.MOTION, 1, at) for at in often])
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(thinning.run(timeline, clock, Tally()))
    assert clock.slept == [T + timedelta(days=n) for n in (1, 2, 3)]
    kept = [len(timeline.span(HOME, since + n * day, since + (n + 1) * day)) for n in range(5)]
    assert kept == [24, 24, 24, 144, 144]
