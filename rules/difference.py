"""What two sets of rules found alike on the same days, and what only one of them found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.rehearsal import Found


class Side(StrEnum):
    """Who found it."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Pair:
    """One occasion: the finding of the left rules, of the right ones, or of both."""

    left: Found | None
    right: Found | None

    @property
    def side(self) -> Side:
        """Who found it."""
        if self.left is None:
            return Side.RIGHT
        return Side.LEFT if self.right is None else Side.BOTH

    @property
    def one(self) -> Found:
        """The finding; the left one if both have it."""
        found = self.left or self.right
        if found is None:
            raise ValueError("a pair without a finding")
        return found

    @property
    def later(self) -> timedelta:
        """How much later the right rules found it; less than nothing if earlier."""
        if self.left is None or self.right is None:
            return timedelta(0)
        return self.right.at - self.left.at


def differ(left: Sequence[Found], right: Sequence[Found], end: datetime) -> tuple[Pair, ...]:
    """Each occasion once, by its time. Findings of one key are the same occasion where they overlap."""
    others: dict[str, list[Found]] = defaultdict(list)
    for found in right:
        others[found.key].append(found)
    pairs = []
    for found in left:
        fellow = next((other for other in others[found.key] if _overlap(found, other, end)), None)
        if fellow is not None:
            others[found.key].remove(fellow)
        pairs.append(Pair(found, fellow))
    pairs += [Pair(None, found) for row in others.values() for found in row]
    return tuple(sorted(pairs, key=lambda pair: pair.one.at))


def _overlap(one: Found, two: Found, end: datetime) -> bool:
    return one.at <= (two.until or end) and two.at <= (one.until or end)
