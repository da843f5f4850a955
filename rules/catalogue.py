"""Which rules watch a home: a named profile's settings, put together with the home, make an engine."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from rules import (
    absence,
    battery,
    bed,
    dry,
    equipment,
    learned,
    lived,
    news2,
    night,
    plan,
    rise,
    stay,
    trust,
    visits,
    vitals,
)
from rules.door import Door
from rules.engine import Engine
from rules.hazards import Hazards, Sos
from rules.home import Home
from rules.hours import Hours
from rules.inactivity import Inactivity
from rules.model import AnyRule, Kind, Severity
from rules.presence import LIFE
from rules.silence import Silence
from rules.strict import Form, Problem, Range, Span, load
from rules.water import KEY, Water

_Hazard: TypeAlias = Literal["smoke", "gas", "co", "heat", "water_leak", "fall"]
_NAME = Form(r"inactivity(:[a-z0-9-]{1,40})?", '"inactivity" or "inactivity:<word>"')


class BadProfileError(ValueError):
    """A profile that cannot be used; `problems` holds every mistake in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SosPart:
    """A press calls at once; the finding clears when the button was left alone for `clear_after`."""

    clear_after: Span = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HazardsPart:
    """Which states of danger raise at once."""

    kinds: tuple[_Hazard, ...] = ("smoke", "gas", "co", "heat", "water_leak", "fall")


@dataclass(frozen=True, slots=True)
class InactivityPart:
    """No sign of life for `limit`, counted from `start` to `end` of the home's day (equal: all day)."""

    limit: Span
    name: Annotated[str, _NAME] = "inactivity"
    start: time = time(0)
    end: time = time(0)
    kinds: tuple[Kind, ...] = tuple(sorted(LIFE))
    exterior: bool = False  # only entry doors count
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class WaterPart:
    """Less than `litres` used in `within`."""

    litres: Annotated[float, Range(0.001, 10_000)]
    within: Span
    severity: Severity = Severity.URGENT


@dataclass(frozen=True, slots=True)
class SilencePart:
    """Devices that are no longer heard; the windows come with the devices."""


@dataclass(frozen=True, slots=True)
class DoorPart:
    """Doors left open: entry doors for `limit` (None: not), and others by device."""

    limit: Span | None = None
    devices: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """A profile's title and source in another language."""

    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile's file may say. A rule without a section does not run."""

    title: str
    source: str  # who demands or proposes these numbers
    zh: About | None = None
    trust: trust.Part | None = None  # not among the makers: the engine asks it before the others
    sos: SosPart | None = None
    hazards: HazardsPart | None = None
    inactivity: tuple[InactivityPart, ...] = ()
    learned: learned.Part | None = None
    lived: lived.Part | None = None
    water: WaterPart | None = None
    silence: SilencePart | None = None
    door: DoorPart | None = None
    vitals: vitals.Part | None = None
    news2: news2.Part | None = None
    plan: plan.Part | None = None
    absence: absence.Part | None = None
    rise: rise.Part | None = None
    bathroom_stay: stay.Part | None = None
    bathroom_visits: visits.Part | None = None
    bed_out: bed.Part | None = None
    door_night: night.Part | None = None
    water_habit: dry.Part | None = None
    battery: battery.Part | None = None
    equipment: equipment.Part | None = None


def parse(text: str, where: str = "profile") -> dict[str, Any]:
    """The table of a profile's text. Raises BadProfileError if it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProfileError((Problem(where, "", str(error), "correct the TOML"),)) from error


def read(profile: Mapping[str, object], where: str = "profile") -> Profile:
    """The settings in a profile's table. Raises BadProfileError with every mistake."""
    settings, problems = load(Profile, profile, where)
    problems += tuple(_wrong(profile, where))
    if settings is None or problems:
        raise BadProfileError(problems)
    return settings


def build(profile: Mapping[str, object], home: Home, where: str = "profile") -> Engine:
    """The engine that watches `home` by `profile`. Raises BadProfileError with every mistake."""
    settings = read(profile, where)
    return Engine(
        tuple(_rules(settings, home)), trust.doubts(settings.trust, home) if settings.trust else None
    )


def _wrong(profile: Mapping[str, object], where: str) -> Iterator[Problem]:
    """What no type can say of the inactivity rules; read from the table, so that nothing else hides it."""
    names = {KEY, dry.KEY, *({learned.KEY, learned.OUT} if "learned" in profile else ())}
    parts = profile.get("inactivity")
    for i, part in enumerate(parts if isinstance(parts, list) else (), 1):
        if not isinstance(part, Mapping):
            continue
        name, kinds = part.get("name", "inactivity"), part.get("kinds")
        if name in names:
            yield Problem(where, f"inactivity[{i}].name", f'"{name}" is taken', "name each differently")
        names.add(str(name))
        if kinds == []:
            yield Problem(where, f"inactivity[{i}].kinds", "is empty", "name a sign of life, or leave it out")
        for kind in kinds if isinstance(kinds, list) else ():
            if kind in tuple(Kind) and kind not in LIFE:
                remedy = f"known: {', '.join(sorted(LIFE))}"
                yield Problem(where, f"inactivity[{i}].kinds", f"{kind} is no sign of life", remedy)


def _rules(settings: Profile, home: Home) -> Iterator[AnyRule]:
    for section, make in _MAKERS.items():
        if (part := getattr(settings, section)) is not None:
            yield from make(part, home)


def _sos(part: SosPart, home: Home) -> Iterator[AnyRule]:
    yield Sos(part.clear_after, home.rooms())


def _hazards(part: HazardsPart, home: Home) -> Iterator[AnyRule]:
    yield Hazards(frozenset(map(Kind, part.kinds)), home.rooms())


def _inactivities(parts: tuple[InactivityPart, ...], home: Home) -> Iterator[AnyRule]:
    for part in parts:
        yield from _inactivity(part, home)


def _inactivity(part: InactivityPart, home: Home) -> Iterator[AnyRule]:
    """Nothing where no device could ever give the sign: its silence would say nothing."""
    kinds = frozenset(part.kinds)
    able = [device for device in home.devices if not device.kinds or device.kinds & kinds]
    devices = frozenset(device.id for device in able if device.exterior) if part.exterior else None
    if able and devices != frozenset():
        hours = Hours(part.start, part.end, home.zone)
        yield Inactivity(part.name, hours, part.limit, part.severity, kinds, devices, home.rooms())


def _water(part: WaterPart, home: Home) -> Iterator[AnyRule]:
    if home.having({Kind.WATER_VOLUME}):
        yield Water(part.litres, part.within, part.severity, home.rooms())


def _silence(part: SilencePart, home: Home) -> Iterator[AnyRule]:
    yield Silence({d.id: d.supervision for d in home.devices if d.supervision}, home.rooms())


def _door(part: DoorPart, home: Home) -> Iterator[AnyRule]:
    limits = {d.id: part.limit for d in home.devices if d.exterior and part.limit}
    limits |= {d.id: part.devices[d.id] for d in home.devices if d.id in part.devices}
    if limits:
        yield Door(limits, home.rooms())


# A section of a profile, and what makes its rules, in the order in which they run.
_MAKERS: Mapping[str, Callable[[Any, Home], Iterable[AnyRule]]] = {
    "sos": _sos,
    "hazards": _hazards,
    "inactivity": _inactivities,
    "learned": learned.rules,
    "lived": lived.rules,
    "water": _water,
    "silence": _silence,
    "door": _door,
    "vitals": vitals.rules,
    "news2": news2.rules,
    "plan": plan.rules,
    "absence": absence.rules,
    "rise": rise.rules,
    "bathroom_stay": stay.rules,
    "bathroom_visits": visits.rules,
    "bed_out": bed.rules,
    "door_night": night.rules,
    "water_habit": dry.rules,
    "battery": battery.rules,
    "equipment": equipment.rules,
}
