"""The centre's time: the machine's own, or a demonstration's story."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from rules.pace import Pace

ENV = "SHOUWANG_PACE"


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The wall clock, UTC."""

    async def sleep_until(self, at: datetime) -> None:
        """Wait until the wall clock shows `at`."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.now(UTC)

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

    async def sleep_until(self, at: datetime) -> None:
        """Wait until the story reaches `at`."""
        await asyncio.sleep(max(0.0, (self.pace.real(at) - datetime.now(UTC)).total_seconds()))


@cache
def clock() -> Clock:
    """This process's clock: the story whose points the file SHOUWANG_PACE lists, or the machine's."""
    path = os.environ.get(ENV)
    if not path:
        return SystemClock()
    points = json.loads(Path(path).read_text())
    pairs = [(datetime.fromisoformat(real), datetime.fromisoformat(told)) for real, told in points]
    return PacedClock(Pace(pairs))
