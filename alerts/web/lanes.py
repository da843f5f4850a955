"""What each sensor of a home did over a stretch of time: bars, ticks and, where nobody knows, gaps. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rules.model import Kind, Origin, Reading

STATES = frozenset(
    {
        Kind.CONTACT,
        Kind.BED,
        Kind.PRESENCE,
        Kind.WATER_LEAK,
        Kind.SMOKE,
        Kind.HEAT,
        Kind.GAS,
        Kind.CO,
        Kind.TAMPER,
    }
)
POINTS = frozenset({Kind.SOS, Kind.FALL, Kind.BUTTON, Kind.VIBRATION, Kind.TEST})
LONGEST = timedelta(hours=26)  # the longest a device may be quiet; how far back a state can reach

_ALARMS = frozenset({Kind.SMOKE, Kind.HEAT, Kind.GAS, Kind.CO, Kind.WATER_LEAK})
_LIVELY = timedelta(
    hours=2, minutes=30
)  # three missed beats of 50 min: the usual motion, door and bed sensor
_SAFETY = timedelta(hours=6)  # smoke and its like: battery reports only, but the loss matters sooner


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of time: since ≤ t < until."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """A state held: a door open, somebody in bed."""

    kind: Kind
    span: Stretch


@dataclass(frozen=True, slots=True)
class Point:
    """Something happened at an instant: a movement, a press."""

    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A device as the registry names it."""

    id: str
    room: str
    name: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which a device, or with `device` None the whole home, is known not to be heard."""

    span: Stretch
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One device's row. `gaps` are the stretches in which nobody can tell; `heard` its last word."""

    place: Place
    bars: tuple[Bar, ...]
    points: tuple[Point, ...]
    gaps: tuple[Stretch, ...]
    heard: datetime | None

    @property
    def moves(self) -> int:
        """How many movements and presses."""
        return len(self.points)


def lanes(
    places: Sequence[Place], readings: Iterable[Reading], window: Stretch, silences: Sequence[Silence]
) -> tuple[Lane, ...]:
    """A lane for every device, heard or not. `readings` may begin LONGEST before the window."""
    said: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.origin is not Origin.REPLAY:
            said[reading.device].append(reading)
    return tuple(_lane(place, said.get(place.id, []), window, silences) for place in places)


def _lane(place: Place, said: Sequence[Reading], window: Stretch, silences: Sequence[Silence]) -> Lane:
    known = (s.span for s in silences if s.device in (None, place.id))
    gaps = merged((*_quiet(said, window), *known), window)
    bars = [bar for kind in STATES for bar in _bars(kind, said, window, gaps)]
    return Lane(
        place,
        tuple(sorted(bars, key=lambda bar: bar.span.since)),
        tuple(_points(said, window)),
        gaps,
        said[-1].at if said else None,
    )


def patience(kinds: Iterable[Kind]) -> timedelta:
    """How long a device that reports these kinds may say nothing before the picture calls it silence."""
    kinds = frozenset(kinds)
    if kinds & {Kind.MOTION, Kind.CONTACT, Kind.BED, Kind.PRESENCE}:
        return _LIVELY
    return _SAFETY if kinds & _ALARMS else LONGEST


def _quiet(said: Sequence[Reading], window: Stretch) -> list[Stretch]:
    wait = patience(reading.kind for reading in said)
    if not said:
        return [window]
    heard = [reading.at for reading in said]
    gaps = [Stretch(a, b) for a, b in pairwise([*heard, window.until]) if b - a > wait]
    before = [Stretch(window.since, heard[0])] if heard[0] > window.since else []
    return before + gaps


def _points(said: Iterable[Reading], window: Stretch) -> Iterable[Point]:
    for reading in said:
        lively = reading.kind is Kind.MOTION or reading.kind in POINTS
        if lively and reading.value >= 1 and reading.origin is Origin.EVENT and inside(reading.at, window):
            yield Point(reading.kind, reading.at)


def _bars(kind: Kind, said: Iterable[Reading], window: Stretch, gaps: Sequence[Stretch]) -> Iterable[Bar]:
    since: datetime | None = None
    for reading in said:
        if reading.kind is not kind:
            continue
        if reading.value >= 1 and since is None:
            since = reading.at
        elif reading.value < 1 and since is not None:
            yield from _pieces(kind, Stretch(since, reading.at), window, gaps)
            since = None
    if since is not None:
        yield from _pieces(kind, Stretch(since, window.until), window, gaps)


def _pieces(kind: Kind, span: Stretch, window: Stretch, gaps: Sequence[Stretch]) -> Iterable[Bar]:
    for gap in gaps:
        if gap.until > span.since and gap.since < span.until:
            if piece := clip(Stretch(span.since, gap.since), window):
                yield Bar(kind, piece)
            span = Stretch(max(span.since, gap.until), span.until)
    if piece := clip(span, window):
        yield Bar(kind, piece)


def clip(span: Stretch, window: Stretch) -> Stretch | None:
    """The part of `span` inside `window`, if any."""
    since, until = max(span.since, window.since), min(span.until, window.until)
    return Stretch(since, until) if since < until else None


def inside(at: datetime, window: Stretch) -> bool:
    """Whether the instant lies in the window."""
    return window.since <= at < window.until


def merged(spans: Iterable[Stretch], window: Stretch) -> tuple[Stretch, ...]:
    """The union of the spans, cut to the window, in order."""
    out: list[Stretch] = []
    for span in sorted((c for s in spans if (c := clip(s, window))), key=lambda s: s.since):
        if out and span.since <= out[-1].until:
            out[-1] = Stretch(out[-1].since, max(out[-1].until, span.until))
        else:
            out.append(span)
    return tuple(out)
