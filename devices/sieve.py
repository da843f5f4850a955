"""Keeps of one device's readings what is news, and marks what is only a sign that the device lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.model import Kind, Reading

SAME = timedelta(seconds=2)
PRESS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Last:
    """The newest accepted reading of one kind."""

    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What was accepted of one device so far; it depends on accepted readings only."""

    at: datetime | None = None
    last: Mapping[Kind, Last] = field(default_factory=dict)


def sift(seen: Seen, readings: Sequence[Reading], now: datetime) -> tuple[Seen, Sequence[Reading]]:
    """What is to be written down of one message's readings (all of one device), and the state after it."""
    kept = [reading for reading in readings if _news(seen, reading)]
    for reading in kept:
        seen = seen_again(seen, reading)
    return seen, kept


def seen_again(seen: Seen, reading: Reading) -> Seen:
    """Fold one accepted reading, as after a restart from the journal."""
    return Seen(reading.at, {**seen.last, reading.kind: Last(reading.value, reading.at)})


def _news(seen: Seen, reading: Reading) -> bool:
    last = seen.last.get(reading.kind)
    wait = PRESS if reading.kind in (Kind.SOS, Kind.BUTTON) else SAME
    return last is None or last.value != reading.value or not timedelta() <= reading.at - last.at < wait
