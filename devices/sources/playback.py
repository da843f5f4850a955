"""A source that plays a recording as if its sensors were there now, at any speed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import isinf
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from devices.port import Emit
from devices.sources.recording import events
from rules.model import Reading

BURST = 256  # readings a pass at most


class Clock(Protocol):
    """What playing needs of a clock."""

    def now(self) -> datetime:
        """The instant, UTC-aware."""

    async def sleep_until(self, at: datetime) -> None:
        """Return at this instant or later."""


class Playback:
    """Plays one home of a recording once; `speed` 60 plays an hour in a minute, infinity all at once.

    A reading's `at` becomes the instant at which it is played.
    """

    def __init__(
        self, name: str, path: Path, home: str | None, zone: ZoneInfo, clock: Clock, speed: float = 1.0
    ) -> None:
        if not speed > 0:
            raise ValueError(f"speed {speed}: write a number above 0, such as 60 for an hour a minute")
        self.name = name
        self._path, self._home, self._zone = path, home, zone
        self._clock = clock
        self._speed = speed

    async def run(self, emit: Emit) -> None:
        """Play to the end. Raises devices.sources.recording.BadRecordingError."""
        start = self._clock.now()
        due: list[list[Reading]] = []
        for reading, after in self._readings():
            at = start + after
            if due and (at > self._clock.now() or len(due) >= BURST):
                emit(due)
                due = []
            await self._clock.sleep_until(at)
            due.append([replace(reading, at=max(at, start))])
        if due:
            emit(due)

    def _readings(self) -> Iterator[tuple[Reading, timedelta]]:
        """Each with the time since the first at which it is to be played."""
        first: datetime | None = None
        for event, now in events(self._path, self._home, self._zone):
            if not isinstance(event, Reading):
                continue
            if first is None:
                first = now
            yield event, timedelta() if isinf(self._speed) else (now - first) / self._speed
