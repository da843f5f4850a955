"""How one sensor told of life so far, and when nobody living can be behind it: no pause, or clockwork."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules.strict import span

# For how long a person may be seen in one room without a longer pause. In 26 recorded homes (TIHM, 6,964 days
# of a PIR) the longest time without a pause of 3 min was 0.9 h, of 5 min 2.6 h, of 10 min 7.0 h, of 30 min
# 14.9 h, of 60 min 36.2 h. The limits lie above by a third at least, at short pauses by more: many may come.
_STEPS: Final = (("3m", "3h"), ("5m", "5h"), ("10m", "10h"), ("30m", "20h"), ("60m", "48h"))
BEATS: Final = 6  # gaps alike in a row; in those homes it was never more than 4
SLACK: Final = 5.0  # s; two gaps are alike within this …
DRIFT: Final = 0.01  # … and this part of them
FASTEST: Final = 100.0  # s: below it a sensor's own lock-out makes the beat, if somebody keeps moving
TURNS: Final = 3  # a beat may fail so many times less one, and the clock goes on


@dataclass(frozen=True, slots=True)
class Step:
    """Without a pause longer than `pause` nobody lives for `limit`."""

    pause: timedelta
    limit: timedelta


LADDER: Final[Sequence[Step]] = tuple(
    Step(span(pause) or timedelta(0), span(limit) or timedelta(0)) for pause, limit in _STEPS
)
_PAUSES: Final = tuple(step.pause for step in LADDER)


@dataclass(frozen=True, slots=True)
class Witness:
    """The signs that a sensor gave: the newest one, the newest that was believed, since when it has made no
    longer pause than each step of LADDER, and how many gaps in a row were like `gap` (s)."""

    last: datetime
    seen: datetime
    runs: tuple[datetime, ...]
    gap: float = 0.0
    beats: int = 0


def first(at: datetime) -> Witness:
    """The witness after its first sign."""
    return Witness(at, at, (at,) * len(LADDER))


def after(old: Witness, at: datetime) -> Witness:
    """The witness after a sign at `at`, later than the last; taken to be believed."""
    pause = at - old.last
    runs = old.runs
    if broken := bisect_left(_PAUSES, pause):  # as many steps, from the shortest, allow no such pause
        runs = (at,) * broken + runs[broken:]
    gap = pause.total_seconds()
    if alike(gap, old.gap):
        return Witness(at, at, runs, old.gap, old.beats + 1)
    return Witness(at, at, runs, gap, 1)


def restless(witness: Witness, patience: float) -> int | None:
    """The step of LADDER whose limit, times `patience`, the sensor has outlived; None if there is none."""
    last = witness.last
    if (last - witness.runs[-1]) / LADDER[0].limit < patience:  # nearly always: the longest run is short
        return None
    for i, since in enumerate(witness.runs):
        if (last - since) / LADDER[i].limit >= patience:
            return i
    return None


def clockwork(witness: Witness) -> bool:
    """Whether its signs come like those of a clock."""
    return witness.beats >= BEATS and witness.gap >= FASTEST


def alike(gap: float, other: float) -> bool:
    """Whether two spans in seconds are as long as each other."""
    return abs(gap - other) <= SLACK + DRIFT * other


def onbeat(since: float, period: float) -> bool:
    """Whether a sign `since` seconds after a beat falls onto one of the next beats."""
    turns = round(since / period)
    return 1 <= turns <= TURNS and abs(since - turns * period) <= SLACK + DRIFT * since
