"""Says in one plain sentence what was found: a template of a language, filled from the finding's facts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from rules.strict import Problem, load

Facts: TypeAlias = Mapping[str, object]
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_MOST = 1e9  # beyond it no fact is a measurement
_FORMATS: Final = "duration, clock, date, term, many, none, is <word>, or a number's, such as .1f"
_WORDS: Final = frozenset({"duration", "clock", "date", "term", "many", "none"})
_UNITS: Final[Mapping[str, str]] = {  # where a language does not say its own
    "days": "{d} d {h} h",
    "day": "{d} d",
    "both": "{h} h {m} min",
    "hours": "{h} h",
    "minutes": "{m} min",
    "date": "{day}.{month}.",
    "moment": "{date} {clock}",
}


@dataclass(frozen=True, slots=True)
class Language:
    """The words of config/messages that a finding is told with; its other tables are the alert service's."""

    explain: Mapping[str, str] = field(default_factory=dict)  # a finding's key, or its kind → the sentence
    what: Mapping[str, str] = field(default_factory=dict)  # the same in two or three words
    rooms: Mapping[str, str] = field(default_factory=dict)  # "" is a room nobody named
    terms: Mapping[str, str] = field(default_factory=dict)  # words inside facts: kinds of readings, stages
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where and when a sentence is read: instants are told on the home's clock."""

    zone: ZoneInfo
    language: Language
    at: datetime | None


def read(table: Mapping[str, object], where: str) -> tuple[Language | None, tuple[Problem, ...]]:
    """The language in the tables of a messages file, or None and every mistake in it."""
    own = {name: table[name] for name in ("explain", "what", "rooms", "terms", "units") if name in table}
    language, problems = load(Language, own, where)
    if language is not None:
        problems += tuple(faults(language, where))
    return (None if problems else language), problems


def sentence(language: Language, key: str, facts: Facts, zone: ZoneInfo, at: datetime | None = None) -> str:
    """The finding `key` in one sentence; in two words where nobody wrote a sentence for it."""
    template = _of(language.explain, key)
    return short(language, key) if template is None else explain(template, facts, zone, language, at)


def short(language: Language, key: str) -> str:
    """The finding in two or three words; its kind itself where there are none."""
    return _of(language.what, key) or key.partition(":")[0]


def explain(
    template: str, facts: Facts, zone: ZoneInfo, language: Language, at: datetime | None = None
) -> str:
    """Fill `{fact}` and `{fact:format}`. A part in [brackets] goes where a fact in it is missing or its
    condition does not hold; elsewhere a missing fact reads "–". `at`: the finding's own instant: a clock time
    of another day gets its date."""
    scene = _Scene(zone, language, at)
    parts = _OPTIONAL.split(template)  # every second one stood in brackets
    return "".join(_filled(part, facts, scene, i % 2 == 1) for i, part in enumerate(parts))


def duration(minutes: float, language: Language) -> str:
    """A stretch of time in the two units that matter: "3 h 20 min"."""
    whole = round(minutes)
    days, hours, rest = whole // 1440, whole // 60 % 24, whole % 60
    if days:
        return _unit("days" if hours else "day", language, {"d": days, "h": hours})
    if hours:
        return _unit("both" if rest else "hours", language, {"h": hours, "m": rest})
    return _unit("minutes", language, {"m": rest})


def room(language: Language, name: str) -> str:
    """A room's name for people; a name that is no word of the list is the installer's own."""
    return _plain(language.rooms.get(name, name))


def faults(language: Language, where: str) -> Iterator[Problem]:
    """Every mistake in the templates."""
    for key, template in language.explain.items():
        if what := _fault(template):
            yield Problem(where, f"explain.{key}", what, f"formats: {_FORMATS}")
    for name in language.units.keys() - _UNITS.keys():
        yield Problem(where, f"units.{name}", "is not known", f"known: {', '.join(_UNITS)}")


def _of(words: Mapping[str, str], key: str) -> str | None:
    return words.get(key, words.get(key.partition(":")[0]))


def _filled(part: str, facts: Facts, scene: _Scene, optional: bool) -> str:
    said = []
    for literal, name, spec, _ in Formatter().parse(part):
        said.append(literal)
        if name is None:
            continue
        value = _value(name, spec or "", facts.get(name), scene)
        if value is None and optional:
            return ""
        said.append(_missing(name, scene.language) if value is None else value)
    return "".join(said)


def _missing(name: str, language: Language) -> str:
    return language.rooms.get("", "–") if name == "room" else "–"


def _value(name: str, spec: str, fact: object, scene: _Scene) -> str | None:
    """The fact as the format says; None where it is missing, unfit, or fails the condition."""
    match spec.partition(" ")[0], fact:
        case "none", _:
            return "" if fact is None else None
        case "is", _:
            return "" if fact == spec.partition(" ")[2] else None
        case "term", str():
            return _plain(scene.language.terms.get(fact, fact))
        case (("clock" | "date"), str()):
            return _told(fact, spec, scene)
        case "", str():
            return room(scene.language, fact) if name == "room" else _plain(fact)
        case _, int() | float() if math.isfinite(fact) and abs(fact) < _MOST:
            return _counted(fact, spec, scene.language)
    return None


def _counted(number: float, spec: str, language: Language) -> str | None:
    match spec:
        case "duration":
            return duration(number, language) if number >= 0 else None
        case "many":
            return f"{number:.0f}" if number > 1 else None
        case "":
            return f"{number:.1f}".removesuffix(".0")
        case "clock" | "date" | "term":
            return None
    return format(float(number), spec)


def _told(text: str, spec: str, scene: _Scene) -> str | None:
    """An instant on the home's clock; None if it is none, or one of a clock that was never set."""
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(scene.zone) if at.tzinfo else at
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        return None
    clock, today = f"{at:%H:%M}", (scene.at or at).astimezone(scene.zone).date()
    if spec == "clock" and today == at.date():
        return clock
    date = _unit("date", scene.language, {"month": at.month, "day": at.day, "mon": f"{at:%b}"})
    return date if spec == "date" else _unit("moment", scene.language, {"date": date, "clock": clock})


def _unit(name: str, language: Language, parts: Mapping[str, int | str]) -> str:
    return language.units.get(name, _UNITS[name]).format_map(parts)


def _plain(text: str) -> str:
    """One line without control characters: names come from people's keyboards."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _fault(template: str) -> str | None:
    """What is wrong with a template, if anything."""
    bare = _OPTIONAL.sub("", template)
    if "[" in bare or "]" in bare:
        return "has a bracket without its fellow"
    try:
        for part in _OPTIONAL.split(template):
            for _, name, spec, conversion in Formatter().parse(part):
                if name is not None and (wrong := _wrong(name, spec or "", conversion)):
                    return wrong
    except ValueError as error:
        return str(error)
    return None


def _wrong(name: str, spec: str, conversion: str | None) -> str | None:
    if not name.isidentifier() or conversion:
        return f"{{{name}}} is no name of a fact"
    if spec in _WORDS or spec.startswith("is "):
        return None
    try:
        format(1.0, spec)
    except ValueError:
        return f'"{spec}" is no format'
    return None
