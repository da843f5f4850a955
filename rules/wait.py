"""How long a silence may last: what every rule that waits for a sign of life tells of its wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from rules.model import DeviceId


@dataclass(frozen=True, slots=True)
class Wait:
    """Since when a rule waits for a sign of life, and until when it does, past that instant too. `end` is
    None while nobody is expected at home."""

    last: datetime
    device: DeviceId  # of the last sign
    limit: timedelta
    end: datetime | None
    usual: timedelta | None = None  # the longest silence that is usual now, where that is learned


@runtime_checkable
class Waits(Protocol):
    """A rule that can tell of its wait."""

    def waiting(self, state: Any) -> Wait:
        """What it waits for in this state."""
