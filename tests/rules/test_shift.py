"""Every instant of a state moves, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rules.shift import shifted

T = datetime(2026, 11, 21, tzinfo=UTC)
D = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Inner:
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Outer:
    by_device: dict[str, Inner]
    several: tuple[datetime, ...]
    some: frozenset[datetime]
    none: datetime | None
    length: timedelta
    text: str


def test_instants_move_wherever_they_stand() -> None:
    before = Outer({"a": Inner(T, 3)}, (T, T), frozenset({T}), None, D, "x")
    after = Outer({"a": Inner(T + D, 3)}, (T + D, T + D), frozenset({T + D}), None, D, "x")
    assert shifted(before, D) == after
    assert shifted(after, -D) == before
