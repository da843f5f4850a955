"""How often a device speaks, learned from itself, so that its silence is judged by its own habit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rules.home import Supervision

WEEK: Final = timedelta(days=7)  # what is learned counts from then on, and is learned anew each week
_ROOM: Final = WEEK * 3
MOST: Final = timedelta(hours=26)  # Zigbee2MQTT's own limit for battery devices is 25 h


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was heard of one device since `since`.

    A gap of at most a third of the table's `warn` can never move the median above that third, so such gaps
    are only counted, and only as far as the count can matter; the few longer ones are kept.
    """

    since: datetime
    short: int = 0
    long: tuple[timedelta, ...] = ()
    learned: timedelta | None = None  # after how long it is in doubt; None until a week was heard


def heard(rhythm: Rhythm, gap: timedelta, at: datetime, window: Supervision) -> Rhythm:
    """The rhythm after a word that came `gap` after the one before, at `at`. The same object if it says
    nothing new. A gap for which the device was taken for dead is an outage and no habit."""
    if at - rhythm.since >= WEEK:
        rhythm = Rhythm(at, learned=_learned(rhythm, window))
    if gap * 3 <= window.warn:  # nearly always: every reading of a device passes here
        enough = rhythm.short * window.warn > _ROOM  # more long gaps than these do not fit into a week
        return rhythm if enough else Rhythm(rhythm.since, rhythm.short + 1, rhythm.long, rhythm.learned)
    if gap > _fault(rhythm, window):
        return rhythm
    return replace(rhythm, long=(*rhythm.long, gap))


def own(rhythm: Rhythm | None, window: Supervision) -> Supervision:
    """The window by which the device is judged: the table's, moved to what was learned."""
    if rhythm is None or rhythm.learned is None or rhythm.learned == window.warn:
        return window
    return Supervision(rhythm.learned, _fault(rhythm, window), window.learn)


def _fault(rhythm: Rhythm, window: Supervision) -> timedelta:
    return window.fault + ((rhythm.learned or window.warn) - window.warn)


def _learned(rhythm: Rhythm, window: Supervision) -> timedelta | None:
    """max(3 × median gap, 1.5 × longest gap), but not below the table's `warn` and not above MOST; what an
    earlier week taught if this one taught nothing."""
    if not rhythm.short and not rhythm.long:
        return rhythm.learned
    gaps = [timedelta(0)] * rhythm.short + sorted(rhythm.long)
    half = len(gaps) // 2
    median = (gaps[half] + gaps[~half]) / 2
    return max(window.warn, min(MOST, max(median * 3, gaps[-1] * 1.5)))
