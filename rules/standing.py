"""How a home stands at an instant: well, in doubt, or it cannot be told, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rules import evidence
from rules.engine import Engine, HomeState
from rules.evidence import Blind, Room
from rules.facts import minutes
from rules.hearing import Hearing
from rules.home import Home
from rules.model import Fact, Mode, Severity
from rules.wait import Wait, Waits

_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_SILENCES: Final = frozenset({"inactivity", "rise", "absence"})  # findings that blind sensors make as well
_MINUTE: Final = timedelta(minutes=1)


class Word(StrEnum):
    """How it stands with the resident, as far as sensors can tell."""

    WELL = "well"  # nothing speaks against it
    IN_DOUBT = "in_doubt"  # somebody should look
    CANNOT_TELL = "cannot_tell"  # the equipment cannot say


class Cause(StrEnum):
    """Why it stands so."""

    SEEN = "seen"  # a sign of life in time
    OUT = "out"  # the doors say that the resident went out, and it is not late
    AWAY = "away"  # somebody said that nobody is at home
    FOUND = "found"  # a finding that calls for somebody is open
    LATE = "late"  # the silence is too long
    BLIND = "blind"  # no sensor that could see life works
    UNHEARD = "unheard"  # nothing could be heard, and no sign of life came since
    UNSEEN = "unseen"  # no sign of life ever


@dataclass(frozen=True, slots=True)
class Standing:
    """The word, and what it rests on. Stretches of time in minutes; `late` is 0 while it is not."""

    word: Word
    cause: Cause
    at: datetime
    last: datetime | None  # the last sign of life that is believed today
    room: str
    rooms: tuple[Room, ...]
    blind: tuple[Blind, ...]
    out: bool
    mode: Mode
    limit: float | None
    usual: float | None
    late: float
    findings: tuple[str, ...]  # the open ones that call for somebody

    @property
    def facts(self) -> dict[str, Fact]:
        """What the sentence "standing:<word>" is made of."""
        told: dict[str, Fact | None] = {
            "why": self.cause.value,
            "room": self.room or None,
            "mode": self.mode.value,
            "since": self.last.isoformat() if self.last else None,
            "minutes": minutes(self.last, self.at) if self.last else None,
            "limit": self.limit,
            "usual": self.usual,
            "late": self.late or None,
            "blind": float(len(self.blind)) or None,
            "sensors": float(sum(room.sensors for room in self.rooms)),
        }
        return {name: fact for name, fact in told.items() if fact is not None}


def standing(
    engine: Engine,
    state: HomeState,
    home: Home,
    now: datetime,
    findings: Mapping[str, Severity] | None = None,
) -> Standing:
    """How `home` stands at `now`, which `state` has reached. `findings`: those that are open, if known."""
    unable = evidence.blind(state, home, now)
    rooms = evidence.rooms(state, home, unable)
    said, wait = evidence.hearing(state), _wait(engine, state)
    last, room = _last(rooms, said, wait, home)
    calls = {key: s for key, s in (findings or {}).items() if s is not Severity.TROUBLE}
    late = _late(wait, last, now)
    blind = len(unable) == len(evidence.eyes(home))
    out = said is not None and last == said.presence.last and said.presence.out
    mode = state.mode.mode if state.mode else Mode.HOME
    word, cause = _judged(calls, late, blind, last, said, mode)
    cause = Cause.OUT if out and cause is Cause.SEEN else cause
    return Standing(
        *(word, cause, now, last, room, rooms, unable),
        out=out,
        mode=mode,
        limit=wait.limit / _MINUTE if wait else None,
        usual=wait.usual / _MINUTE if wait and wait.usual else None,
        late=late,
        findings=tuple(calls),
    )


def _judged(
    calls: Mapping[str, Severity],
    late: float,
    blind: bool,
    last: datetime | None,
    said: Hearing | None,
    mode: Mode,
) -> tuple[Word, Cause]:
    """The gravest first. What blind sensors would say as well comes after their blindness."""
    if any(key.partition(":")[0] not in _SILENCES for key in calls):
        return Word.IN_DOUBT, Cause.FOUND
    if blind:
        return Word.CANNOT_TELL, Cause.BLIND
    if mode in _ABSENT:
        return Word.WELL, Cause.AWAY
    if late or calls:
        return Word.IN_DOUBT, Cause.LATE
    if last is None:
        return Word.CANNOT_TELL, Cause.UNSEEN
    if said and said.docket.unheard and last < said.docket.unheard[1]:
        return Word.CANNOT_TELL, Cause.UNHEARD
    return Word.WELL, Cause.SEEN


def _wait(engine: Engine, state: HomeState) -> Wait | None:
    """Of several rules that wait for a sign of life the one that waits for the first."""
    waits = [
        rule.waiting(state.rules[name]) for name, rule in engine.rules.items() if isinstance(rule, Waits)
    ]
    return min(waits, key=lambda wait: (wait.end is None, wait.end or wait.last), default=None)


def _last(
    rooms: tuple[Room, ...], said: Hearing | None, wait: Wait | None, home: Home
) -> tuple[datetime | None, str]:
    if said is not None:
        seen = [(room.last, room.name) for room in rooms if room.last]
        return max(seen, default=(None, ""))
    if wait is None or not wait.device:
        return None, ""
    return wait.last, home.rooms().get(wait.device, "")


def _late(wait: Wait | None, last: datetime | None, now: datetime) -> float:
    """By how many minutes the silence is too long. Where the rule waits since a sign that was a lie, its
    limit counts from the last one that was none."""
    if wait is None or wait.end is None:
        return 0.0
    end = wait.end if last is None or last >= wait.last else min(wait.end, last + wait.limit)
    return max(0.0, (now - end) / _MINUTE)
