"""The early warning score NEWS2, as far as a home can measure it: a part score, at least so high, that no
single sample carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from rules.facts import minutes, place
from rules.home import Home
from rules.measured import TOGETHER, Taking, done, possible, taken, whole
from rules.model import (
    AnyRule,
    Clear,
    Decision,
    DeviceId,
    Event,
    Fact,
    Kind,
    Mode,
    ModeSet,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
)
from rules.points import CHART, EMERGENCY, OF, OXYGEN, RED, URGENT, points
from rules.strict import Range, Span

KEY: Final = "news2"
_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_SEVERITIES: Final = (Severity.URGENT, Severity.EMERGENCY)  # by level, 1 and 2


@dataclass(frozen=True, slots=True)
class Part:
    """`[news2]`: how long a measurement counts, how many it takes, and what a doctor said of the resident."""

    age: Span = timedelta(hours=24)  # our choice: a home measures once a day; a ward at least every 12 h
    hold: Span = timedelta(minutes=10)  # as for single vital signs
    least: Annotated[int, Range(1, 6)] = 3  # of 7: below that a score says too little
    single: bool = True  # whether one sign that scores 3 calls by itself
    scale: Literal[1, 2] = 1  # of oxygen saturation; 2 only where a doctor said so
    oxygen: bool | None = None  # whether the resident breathes oxygen; None: not known


@dataclass(frozen=True, slots=True)
class Sign:
    """One vital sign: its newest measurement and the one before it, whichever device made them."""

    value: float
    at: datetime
    device: DeviceId
    before: float | None = None
    before_at: datetime | None = None
    stale: bool = False  # too old to score; it may still bear out the next one


@dataclass(frozen=True, slots=True)
class Chart:
    """What was measured, and since when the score is high without any one of its samples."""

    takings: Mapping[str, Taking]  # by "<kind>:<device>"
    signs: Mapping[str, Sign]  # by kind
    urgent: datetime | None = None
    emergency: datetime | None = None
    level: int = 0  # that was raised: 1 urgent, 2 emergency
    absent: bool = False
    due: datetime | None = None  # kept, not derived: every sample of a radar passes here


@dataclass(frozen=True, slots=True)
class News2:
    """Raises `news2` when the score, whichever single sample is left out of it, stays high for `hold`."""

    age: timedelta
    hold: timedelta
    least: int
    single: bool
    scale: int
    oxygen: bool | None
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default=KEY, init=False)
    kinds: frozenset[Kind] = field(default=frozenset(CHART), init=False)

    def start(self, now: datetime) -> Chart:
        """Nothing is measured."""
        return Chart({}, {})

    def step(self, state: Chart, event: Event, now: datetime) -> tuple[Chart, Sequence[Decision]]:
        """Take a sample, the end of a measurement or of a wait, or a person's word."""
        if isinstance(event, Reading):
            watched = event.kind in self.kinds and not state.absent
            return (self._sample(state, event, now) if watched else state), ()
        match event:
            case Tick() if state.due is not None and state.due <= now:
                state, decisions = self._look(self._measured(state, now), now)
                return self._timed(state), decisions
            case ModeSet() if (event.mode in _ABSENT) != state.absent:
                over = (Clear(KEY, now),) if state.level else ()
                return Chart({}, {}, absent=not state.absent), over
            case Swapped(old=old) if any(one.device == old for one in state.takings.values()):
                state = self._closed(state, now)
                left = {key: one for key, one in state.takings.items() if one.device != old}
                return self._timed(replace(state, takings=left)), ()
        return state, ()

    def due(self, state: Chart) -> datetime | None:
        """When a measurement is whole or too old, or a high score has held for long enough. None while
        nothing scores: then neither changes anything."""
        return state.due

    def _timed(self, state: Chart) -> Chart:
        if not state.level and not self._scores(state):
            return replace(state, due=None)
        ends = [end for taking in state.takings.values() if (end := taking.closes) is not None]
        ends += [end for sign in state.signs.values() for end in self._ends(sign)]
        ends += [since + self.hold for since in self._rising(state) if since is not None]
        return replace(state, due=min(ends, default=None))

    def _rising(self, state: Chart) -> tuple[datetime | None, ...]:
        return (state.urgent, state.emergency)[state.level :]

    def _ends(self, sign: Sign) -> Iterator[datetime]:
        """When the newest measurement scores no more, then when it bears out no other; the same of the one
        before. Twice the age bears out, so that a daily measurement may come late."""
        yield sign.at + self.age * (2 if sign.stale else 1)
        if sign.before_at is not None:
            yield sign.before_at + self.age * 2

    def _scores(self, state: Chart) -> bool:
        """Whether any value scores, of the measurements that count, did, or are being taken. By oxygen alone
        no score is high."""
        values = [(taking.kind, value) for taking in state.takings.values() for value in taking.values]
        values += [(Kind(kind), sign.value) for kind, sign in state.signs.items()]
        return any(points(kind, value, self.scale, bool(self.oxygen)) for kind, value in values)

    def _sample(self, state: Chart, event: Reading, now: datetime) -> Chart:
        if not possible(event):
            return state
        kind, key = event.kind, event.kind + ":" + event.device
        old = state.takings.get(key)
        if old is not None and (closes := old.closes) is not None and closes <= now:
            state = self._closed(state, now)  # without a deadline: it changes no score
        if (taking := taken(state.takings.get(key), event, now)) is None:
            return state
        due, closes = state.due, taking.since + TOGETHER
        if late := closes <= now:  # what was whole before it came is closed before it
            state = self._closed(state, now)
        if late or due is not None or points(kind, event.value, self.scale, bool(self.oxygen)):
            due = closes if due is None else min(due, closes)
        takings = {**state.takings, key: taking}
        return Chart(takings, state.signs, state.urgent, state.emergency, state.level, state.absent, due)

    def _closed(self, state: Chart, now: datetime) -> Chart:
        """With the measurements that are whole by now, in the order in which they were."""
        signs, takings = dict(state.signs), dict(state.takings)
        for key in whole(takings, now):
            taking = takings[key]
            signs[taking.kind] = _newer(signs.get(taking.kind), taking)
            takings[key] = done(taking)
        return Chart(takings, signs, state.urgent, state.emergency, state.level, state.absent, state.due)

    def _measured(self, state: Chart, now: datetime) -> Chart:
        """With the measurements that are whole by now, without those that are too old."""
        state = self._closed(state, now)
        signs = state.signs
        kept = {kind: self._aged(sign, now) for kind, sign in signs.items() if sign.at + self.age * 2 > now}
        return replace(state, signs=kept)

    def _aged(self, sign: Sign, now: datetime) -> Sign:
        if sign.before_at is not None and sign.before_at + self.age * 2 <= now:
            sign = replace(sign, before=None, before_at=None)
        return replace(sign, stale=True) if sign.at + self.age <= now else sign

    def _look(self, state: Chart, now: datetime) -> tuple[Chart, Sequence[Decision]]:
        sure, plain = self._levels(state)
        urgent = (state.urgent or now) if sure >= 1 else None
        emergency = (state.emergency or now) if sure >= 2 else None
        state = replace(state, urgent=urgent, emergency=emergency)
        if not plain and state.level:
            return replace(state, level=0), (Clear(KEY, now),)
        held = [since is not None and since + self.hold <= now for since in (urgent, emergency)]
        level = 2 if held[1] else int(held[0])
        if level <= state.level:
            return state, ()
        found = Raise(KEY, _SEVERITIES[level - 1], now, self._facts(state, urgent or now, now))
        return replace(state, level=level), (found,)

    def _levels(self, state: Chart) -> tuple[int, int]:
        """The level that stays whichever single sample is left out, and that of the newest values."""
        if self._known(state) < self.least:
            return 0, 0
        signs = _fresh(state)
        scores = [self._points(kind, sign.value) for kind, sign in signs.items()]
        steady = [
            min(self._points(kind, sign.value), self._before(kind, sign)) for kind, sign in signs.items()
        ]
        total = sum(scores) + self._breathing()
        least = total - max((score - kept for score, kept in zip(scores, steady, strict=True)), default=0)
        return self._level(least, max(steady, default=0)), self._level(total, max(scores, default=0))

    def _level(self, total: int, single: int) -> int:
        if total >= EMERGENCY:
            return 2
        return int(total >= URGENT or (self.single and single >= RED))

    def _points(self, kind: str, value: float) -> int:
        return points(Kind(kind), value, self.scale, bool(self.oxygen))

    def _before(self, kind: str, sign: Sign) -> int:
        return 0 if sign.before is None else self._points(kind, sign.before)

    def _breathing(self) -> int:
        return OXYGEN if self.oxygen else 0

    def _known(self, state: Chart) -> int:
        return len(_fresh(state)) + (self.oxygen is not None)

    def _facts(self, state: Chart, since: datetime, now: datetime) -> dict[str, Fact]:
        """The newest values, each by its kind; what is missing is not there, and named in `missing`."""
        signs = _fresh(state)
        scores = {kind: self._points(kind, sign.value) for kind, sign in signs.items()}
        worst = max(scores, key=lambda kind: (scores[kind], kind), default="")
        missing = [kind.value for kind in CHART if kind.value not in scores]
        missing += ["oxygen"] * (self.oxygen is None) + ["consciousness"]
        facts: dict[str, Fact] = {kind: round(sign.value, 1) for kind, sign in state.signs.items()}
        return facts | place(self.rooms, signs[worst].device if worst else DeviceId("")) | {
            "score": float(sum(scores.values()) + self._breathing()),
            "measured": float(self._known(state)),
            "of": float(OF),
            "worst": worst,
            "missing": " ".join(missing),
            "since": since.isoformat(),
            "minutes": minutes(since, now),
        }  # fmt: skip


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule; nothing where the home's devices could never give enough of a score. One whose settings do
    not say what it reports may give all of it."""
    kinds = {kind for device in home.devices for kind in (device.kinds or CHART.keys()) & CHART.keys()}
    if kinds and len(kinds) + (part.oxygen is not None) >= part.least:
        rooms = home.rooms()
        yield News2(part.age, part.hold, part.least, part.single, part.scale, part.oxygen, rooms)


def _fresh(state: Chart) -> dict[str, Sign]:
    return {kind: sign for kind, sign in state.signs.items() if not sign.stale}


def _newer(sign: Sign | None, taking: Taking) -> Sign:
    new = Sign(taking.value, taking.since, taking.device)
    if sign is None or taking.since < sign.at:
        return new if sign is None else sign
    return replace(new, before=sign.value, before_at=sign.at)
