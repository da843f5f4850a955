"""The words of a rehearsal in one language, and how it writes dates, stretches of time and findings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.paths import config_dir
from rules import explain
from rules.explain import Language
from rules.home import Home
from rules.rehearsal import Course, Found

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Said:
    """One language, and the home whose clock, rooms and sensors are meant."""

    code: str
    words: Mapping[str, str]
    language: Language
    home: Home

    @property
    def zone(self) -> ZoneInfo:
        """The home's."""
        return self.home.zone

    def word(self, name: str, values: Mapping[str, object] | None = None) -> str:
        """A text of config/messages/rehearsal, its braces filled."""
        return self.words[name].format_map(values or {})

    def day(self, day: date) -> str:
        """A date with its weekday, without its year."""
        return self.word("date", self._parts(day))

    def full(self, day: date) -> str:
        """A date with its year."""
        return self.word("full", self._parts(day))

    def month(self, day: date) -> str:
        """The month of a date."""
        return self.word("month", self._parts(day))

    def weekday(self, day: date) -> str:
        """The day of the week, in short."""
        return self.words["weekdays"].split()[day.weekday()]

    def period(self, course: Course) -> str:
        """From which day to which it goes."""
        first, last = (self.full(at.astimezone(self.zone).date()) for at in (course.first, course.last))
        return self.word("period", {"first": first, "last": last})

    def length(self, course: Course) -> str:
        """How long it is, and how much was recorded."""
        return self.word("length", {"days": f"{max(course.days, 1):.0f}", "events": f"{course.events:,}"})

    def clock(self, at: datetime) -> str:
        """The time of day at home."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def stamp(self, at: datetime) -> str:
        """Date and time at home, as short as can be."""
        there = at.astimezone(self.zone)
        return f"{there:%m-%d} {self.weekday(there.date())} {there:%H:%M}"

    def span(self, minutes: float) -> str:
        """A stretch of time."""
        return explain.duration(minutes, self.language)

    def held(self, found: Found) -> str:
        """How long a finding held."""
        if found.until is None:
            return self.word("still")
        minutes = found.minutes(found.until)
        return self.span(minutes) if minutes >= 1 else f"< {self.span(1)}"

    def title(self, key: str) -> str:
        """A finding in two or three words."""
        short = explain.short(self.language, key)
        return short[:1].upper() + short[1:]

    def why(self, found: Found) -> str:
        """A finding in one sentence, its sensor by the name that the home gives it."""
        device = next((d for d in self.home.devices if d.id == found.facts.get("device")), None)
        named = {"name": device.name} if device and device.name else {}
        return explain.sentence(self.language, found.key, {**named, **found.facts}, self.zone, found.at)

    def room(self, name: str) -> str:
        """A room's name for people."""
        return explain.room(self.language, name)

    def _parts(self, day: date) -> Mapping[str, object]:
        return {
            "year": day.year,
            "month": self.words["months"].split()[day.month - 1],
            "day": day.day,
            "weekday": self.weekday(day),
        }


def said(code: str, home: Home) -> Said:
    """The language as it ships. Raises ValueError where config/messages was broken by hand."""
    folder = config_dir() / "messages"
    words = _table(folder / "rehearsal" / f"{code}.toml")
    language, problems = explain.read(_table(folder / f"{code}.toml"), str(folder / f"{code}.toml"))
    if language is None:
        raise ValueError("\n".join(map(str, problems)))
    return Said(code, {name: str(text) for name, text in words.items()}, language, home)


def _table(path: Path) -> Mapping[str, object]:
    return tomllib.loads(path.read_text("utf-8"))
