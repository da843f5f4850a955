"""Why a sensor is not believed, and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rules.witness import LADDER, TURNS, Witness, alike, clockwork, onbeat, restless

_HALF: Final = 0.5  # of a period: then the beat after the last one that may fail has failed too


class Why(StrEnum):
    """What is wrong with a sensor."""

    HELD = "held"  # it says that somebody is there, and does not end
    RUN = "run"  # it gives signs without a pause for longer than anybody lives so
    CLOCK = "clock"  # its signs come at even distances
    CHATTER = "chatter"  # the sieve found it chattering


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a sensor is not believed, and since when it lies. `calm`: since when it behaves, None while it does
    not; `rest`: how long it has to behave to be believed again."""

    why: Why
    since: datetime
    calm: datetime | None
    rest: timedelta
    period: float = 0.0  # s, of a clock
    pause: timedelta = timedelta(0)  # it makes no longer one
    lie: bool = True  # whether its newest sign was one

    @property
    def over(self) -> datetime | None:
        """When it is believed again, if it behaves until then."""
        return None if self.calm is None else self.calm + self.rest


def judged(
    doubt: Doubt | None, new: Witness, before: datetime, patience: float, rest: timedelta
) -> Doubt | None:
    """What to think of a sensor after its newest sign; the sign before came at `before`."""
    if doubt is None:
        return _found(new, patience, rest)
    if doubt.why is Why.RUN:
        return replace(doubt, calm=new.last)
    if doubt.why is Why.CLOCK and doubt.calm is not None:
        since, gap = (new.last - doubt.calm).total_seconds(), (new.last - before).total_seconds()
        beat = onbeat(since, doubt.period) or alike(gap, doubt.period)
        doubt = replace(doubt, calm=new.last, lie=True) if beat else replace(doubt, lie=False)
    return _run(new, patience, rest) or doubt


def _found(new: Witness, patience: float, rest: timedelta) -> Doubt | None:
    if clockwork(new):
        period = timedelta(seconds=new.gap)
        rest = max(rest, period * (TURNS + _HALF))
        return Doubt(Why.CLOCK, new.last - new.beats * period, new.last, rest, new.gap, period)
    return _run(new, patience, rest)


def _run(new: Witness, patience: float, rest: timedelta) -> Doubt | None:
    step = restless(new, patience)
    if step is None:
        return None
    pause = LADDER[step].pause
    return Doubt(Why.RUN, new.runs[step], new.last, max(rest, 2 * pause), pause=pause)
