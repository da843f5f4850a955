"""Counts a rehearsal's findings: by their kind, and on the whole. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from rules.difference import Pair, Side
from rules.model import Severity
from rules.rehearsal import Found

MONTH = 30.0  # days
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Count:
    """One kind of finding."""

    kind: str
    severity: Severity  # the worst
    left: int  # only the left rules found it; where there is but one set of rules, all are `both`
    both: int
    right: int
    median: float  # minutes it held
    longest: float

    @property
    def times(self) -> int:
        """How often, whoever found it."""
        return self.left + self.both + self.right


def counts(pairs: Sequence[Pair], end: datetime) -> tuple[Count, ...]:
    """The kinds, the most urgent and then the most frequent first."""
    kinds: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        kinds[pair.one.kind].append(pair)
    rows = (_count(kind, row, end) for kind, row in kinds.items())
    return tuple(sorted(rows, key=lambda row: (_RANK[row.severity], -row.times, row.kind)))


def alone(found: Sequence[Found]) -> tuple[Pair, ...]:
    """The findings of one set of rules, as pairs that agree."""
    return tuple(Pair(one, one) for one in found)


def calm(pairs: Sequence[Pair], days: int, zone: ZoneInfo) -> int:
    """On how many of the days nothing was raised."""
    return days - len({pair.one.at.astimezone(zone).date() for pair in pairs})


def grave(pairs: Sequence[Pair]) -> int:
    """How many call somebody out of the house."""
    return sum(pair.one.severity in (Severity.EMERGENCY, Severity.URGENT) for pair in pairs)


def monthly(times: int, days: float) -> float:
    """Per 30 days; of less than one day, as if it were one."""
    return times * MONTH / max(days, 1.0)


def _count(kind: str, pairs: Sequence[Pair], end: datetime) -> Count:
    sides = [pair.side for pair in pairs]
    held = [pair.one.minutes(end) for pair in pairs]
    worst = min((pair.one.severity for pair in pairs), key=lambda severity: _RANK[severity])
    left, both, right = (sides.count(side) for side in (Side.LEFT, Side.BOTH, Side.RIGHT))
    return Count(kind, worst, left, both, right, median(held), max(held))
