"""What a rehearsal came to: the course of things, the rules, and their findings in pairs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rehearsal.said import Said
from gateway.rehearsal.variants import Variant
from rules.difference import Pair, Side
from rules.rehearsal import Course


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the report and the tables tell of, and the language they tell it in."""

    course: Course
    variants: tuple[Variant, ...]
    pairs: tuple[Pair, ...]
    said: Said
    notes: tuple[str, ...] = ()  # what was left out

    @property
    def two(self) -> bool:
        """Whether two sets of rules are compared."""
        return len(self.variants) == 2

    @property
    def alike(self) -> bool:
        """Whether the two find exactly the same."""
        return self.two and all(pair.side is Side.BOTH and not pair.later for pair in self.pairs)


def side(said: Said, pair: Pair) -> str:
    """Which set of rules found it, and how much later the second."""
    minutes = pair.later.total_seconds() / 60
    if abs(minutes) < 1:
        return said.word(pair.side)
    moved = said.word("later" if minutes > 0 else "sooner", {"span": said.span(abs(minutes))})
    return f"{said.word(pair.side)} · {moved}"
