"""Vital signs that are dangerous, worth a look, or unusual for this resident: seen more than once, and not
over after a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Final

from rules.bands import BANDS, Band, Bands, Norm, edge, near
from rules.facts import minutes, place
from rules.habit import Habit, slept
from rules.home import Home
from rules.hours import Hours
from rules.measured import TOGETHER, Taking, contradicted, done, possible, taken, twin, whole
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
from rules.signs import Row, Signs, Source, Stage, further, named, renamed, told
from rules.strict import Range, Span

_ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_PRESSURES: Final = frozenset({Kind.SYSTOLIC, Kind.DIASTOLIC})
_QUIET: Final = time(3, 30)  # what is usual is learned while nobody measures


@dataclass(frozen=True, slots=True)
class Part:
    """`[vitals]`: how often, and for how long, a value must be outside its band; the bands by kind."""

    samples: Annotated[int, Range(2, 20)] = 2  # ESC/ESH 2018: a pressure is known from two measurements
    hold: Span = timedelta(minutes=10)  # our choice: longer than a climb of stairs is felt
    repeat: Span = timedelta(minutes=30)  # our choice: time to sit down and measure again
    own: Annotated[float, Range(0, 10)] = 0.0  # robust standard deviations; 0: only what endangers anybody
    ask: bool = True  # whether a single value that nobody repeats asks for another
    bands: Bands = field(default_factory=Bands)


@dataclass(frozen=True, slots=True)
class Vitals:
    """Raises `vitals:<kind>` when `samples` measurements in a row were outside the band and `hold` went by
    without one inside. A single one that nobody repeats within `repeat` only asks for another:
    `vitals.again:<kind>`."""

    samples: int
    hold: timedelta
    repeat: timedelta
    own: float
    ask: bool
    bands: Mapping[Kind, Band]
    nights: Hours
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="vitals", init=False)
    kinds: frozenset[Kind] = field(default=frozenset(BANDS), init=False)

    def start(self, now: datetime) -> Signs:
        """Nothing is known."""
        night = self._night(now)
        return Signs({}, {}, night, night)

    def step(self, state: Signs, event: Event, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        """Take a sample, the end of a measurement or of a wait, or a person's word."""
        if isinstance(event, Reading):
            watched = event.kind in self.kinds and state.mode not in _ABSENT
            return (self._sample(state, event, now) if watched else state), ()
        if not isinstance(event, Tick | ModeSet | Swapped) or (isinstance(event, Tick) and now < state.due):
            return state, ()
        new, found = self._closed(state, now)
        if isinstance(event, Tick):
            new, more = self._waited(new, now)
        elif isinstance(event, ModeSet):
            new, more = self._mode(new, event.mode, now)
        else:
            new, more = self._swap(new, event, now)
        return self._timed(new), (*found, *more)

    def due(self, state: Signs) -> datetime | None:
        """When a measurement that may say something is whole, a row has waited long enough, or the night has
        come."""
        return state.due

    def _timed(self, state: Signs) -> Signs:
        ends = [row.due for row in state.rows.values() if row.due is not None]
        for source in state.sources.values():
            taking = source.taking
            if any(self._tells(state.rows, taking.kind, source.habit, value) for value in taking.values):
                ends.append(taking.since + TOGETHER)
        due = min(*ends, state.night) if ends else state.night
        return state if due == state.due else replace(state, due=due)

    def _tells(self, rows: Mapping[str, Row], kind: Kind, habit: Habit, value: float) -> bool:
        """Whether a measurement with this sample can say anything. Most cannot, and need no deadline: with
        every sample inside the band their median is inside too, and there is no row that it could end. What
        a cuff's two pressures say depends on when each was whole."""
        if kind in _PRESSURES or any(row.kind is kind for row in rows.values()):
            return True
        return edge(self.bands[kind], habit, self.own, value) is not None

    def _sample(self, state: Signs, event: Reading, now: datetime) -> Signs:
        if not possible(event):
            return state
        kind, key = event.kind, event.kind + ":" + event.device
        source = state.sources.get(key)
        if source is not None and (closes := source.taking.closes) is not None and closes <= now:
            source = told(source, state.mode is not Mode.VISITOR)  # without a deadline: it says nothing
        taking = taken(None if source is None else source.taking, event, now)
        if taking is None:
            return state
        if source is None:
            source = Source(taking, taking.since)
        else:
            source = Source(taking, source.measured, source.pace, source.stream, source.habit)
        closes = taking.since + TOGETHER
        if late := closes <= now:  # what was whole before it came is closed before it
            state, _ = self._closed(state, now)
        due = state.due
        if closes < due and (late or self._tells(state.rows, kind, source.habit, event.value)):
            due = closes
        return Signs({**state.sources, key: source}, state.rows, state.night, due, state.mode)

    def _waited(self, state: Signs, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        decisions: list[Decision] = []
        for name, row in state.rows.items():
            if row.due is not None and row.due <= now:
                state, more = self._settle(state, name, row, now)
                decisions += more
        return (self._slept(state, now) if state.night <= now else state), tuple(decisions)

    def _closed(self, state: Signs, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        """With the measurements that are whole by now, in the order in which they were."""
        decisions: list[Decision] = []
        for key in whole({key: source.taking for key, source in state.sources.items()}, now):
            if state.sources[key].taking.values:  # the other half of a cuff that failed has none any more
                state, more = self._measured(state, key, now)
                decisions += more
        return state, decisions

    def _slept(self, state: Signs, now: datetime) -> Signs:
        sources = {key: replace(source, habit=slept(source.habit)) for key, source in state.sources.items()}
        return replace(state, sources=sources, night=self._night(now))

    def _night(self, now: datetime) -> datetime:
        return next(self.nights.windows(now))[1]

    def _measured(self, state: Signs, key: str, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        source = state.sources[key]
        taking, other = source.taking, twin(source.taking)
        if other and other in state.sources and contradicted(taking, state.sources[other].taking):
            return _idle(state, key, other), ()
        before = source.habit
        source = told(source, state.mode is not Mode.VISITOR)
        rows = named(state.rows, taking.kind, key, source.stream)
        state = replace(state, sources={**state.sources, key: source}, rows=rows)
        return self._judge(state, key if source.stream else taking.kind.value, taking, before, now)

    def _judge(
        self, state: Signs, name: str, taking: Taking, habit: Habit, now: datetime
    ) -> tuple[Signs, Sequence[Decision]]:
        band, row, value = self.bands[taking.kind], state.rows.get(name), taking.value
        found = edge(band, habit, self.own, value)
        if found is not None:
            return self._settle(state, name, further(row, taking, found, name != taking.kind), now)
        if row is None:
            return state, ()
        if row.stage is Stage.RAISED and near(band, habit, self.own, value, row.edge.side):
            return replace(state, rows={**state.rows, name: replace(row, last=taking.since, calm=0)}), ()
        return self._inside(state, name, row, now)

    def _inside(self, state: Signs, name: str, row: Row, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        enough = self.samples if name != row.kind else 1
        if row.stage is Stage.RAISED and row.calm + 1 < enough:
            return replace(state, rows={**state.rows, name: replace(row, calm=row.calm + 1)}), ()
        return self._drop(state, name, now)

    def _drop(self, state: Signs, name: str, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        row = state.rows[name]
        rows = {other: kept for other, kept in state.rows.items() if other != name}
        state = replace(state, rows=rows)
        if row.stage is Stage.ASKED:
            return state, (Clear(f"vitals.again:{row.kind}", now),)
        held = any(kept.kind is row.kind and kept.stage is Stage.RAISED for kept in rows.values())
        over = row.stage is Stage.RAISED and not held
        return state, (Clear(f"vitals:{row.kind}", now),) if over else ()

    def _settle(self, state: Signs, name: str, row: Row, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        """Say what the row is worth by now, and until when it waits."""
        stream = name != row.kind
        decisions: list[Decision] = []
        due: datetime | None = None
        if row.count >= self.samples:
            held = (row.last if stream else now) - row.since >= self.hold
            due = None if held or stream else row.since + self.hold
            row, decisions = self._raised(row, now) if held else (row, decisions)
        elif self.ask and not stream and row.stage is Stage.SEEN:
            due = row.last + self.repeat
            if due <= now:
                row, due = replace(row, stage=Stage.ASKED), None
                decisions.append(
                    Raise(f"vitals.again:{row.kind}", Severity.CHECK, now, self._facts(row, now))
                )
        return replace(state, rows={**state.rows, name: replace(row, due=due)}), decisions

    def _raised(self, row: Row, now: datetime) -> tuple[Row, list[Decision]]:
        urgent = row.grave >= self.samples
        if row.stage is Stage.RAISED and row.urgent >= urgent:
            return row, []
        over: list[Decision] = [Clear(f"vitals.again:{row.kind}", now)] if row.stage is Stage.ASKED else []
        severity = Severity.URGENT if urgent else Severity.CHECK
        found = Raise(f"vitals:{row.kind}", severity, now, self._facts(row, now))
        return replace(row, stage=Stage.RAISED, urgent=urgent), [*over, found]

    def _facts(self, row: Row, now: datetime) -> dict[str, Fact]:
        """What all of the row broke; of a danger that was seen often enough, that."""
        value, bound, norm = row.value, row.edge.bound, row.edge.norm
        if row.danger is not None and row.grave >= self.samples:
            (value, bound), norm = row.danger, Norm.DANGER
        return place(self.rooms, row.device) | {
            "measure": row.kind.value,
            "value": round(value, 1),
            "bound": round(bound, 1),
            "side": "high" if row.edge.side > 0 else "low",
            "norm": norm.value,
            "count": float(row.count),
            "since": row.since.isoformat(),
            "minutes": minutes(row.since, now),
        }

    def _mode(self, state: Signs, mode: Mode, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        """Where nobody is there to be measured, what is open ends, and what was begun is forgotten."""
        if mode is state.mode:
            return state, ()
        decisions: list[Decision] = []
        if mode in _ABSENT:
            for name in state.rows:
                state, more = self._drop(state, name, now)
                decisions += more
            state = _idle(state, *state.sources)
        return replace(state, mode=mode), tuple(decisions)

    def _swap(self, state: Signs, swap: Swapped, now: datetime) -> tuple[Signs, Sequence[Decision]]:
        """The new device goes on with what is usual; a stream's row was the old one's own."""
        decisions: list[Decision] = []
        for name, row in state.rows.items():
            if row.device == swap.old and name != row.kind:
                state, more = self._drop(state, name, now)
                decisions += more
        rows = {
            name: replace(row, device=swap.new) if row.device == swap.old else row
            for name, row in state.rows.items()
        }
        sources = dict(renamed(state.sources, swap))
        if sources == state.sources and rows == state.rows:
            return state, ()
        return replace(state, sources=sources, rows=rows), tuple(decisions)


def rules(part: Part, home: Home) -> Iterator[AnyRule]:
    """The rule; nothing where no device of the home can measure a body. One whose settings do not say what
    it reports may."""
    if any(not device.kinds or device.kinds & BANDS.keys() for device in home.devices):
        nights = Hours(time(0), _QUIET, home.zone)
        bands = part.bands.whole()
        yield Vitals(part.samples, part.hold, part.repeat, part.own, part.ask, bands, nights, home.rooms())


def _idle(state: Signs, *keys: str) -> Signs:
    """What these take is no measurement: a cuff failed, or nobody is there."""
    idle = {key: replace(state.sources[key], taking=done(state.sources[key].taking)) for key in keys}
    return replace(state, sources={**state.sources, **idle})
