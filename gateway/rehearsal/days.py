"""Cuts a rehearsal into the days of the home's own calendar: who moved where, and what was found. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.difference import Pair
from rules.home import Home
from rules.rehearsal import SLOT, Course, Found, absences

SLOTS = 86400 // SLOT  # of a day on the wall's clock
DOOR = "\x00door"  # the lane of the doors that lead out
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one day, in slots of it; `ends` tells at which side it goes on."""

    start: float
    end: float
    begins: bool  # it began on this day
    found: Found | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the home's calendar."""

    date: date
    signs: Mapping[str, Mapping[int, int]]  # lane → slot → how many signs of life
    rows: tuple[tuple[Bar, ...], ...]  # findings; a row for each set of rules
    away: tuple[Bar, ...]  # a person said so
    unheard: tuple[Bar, ...]
    pairs: tuple[Pair, ...] = ()  # that began on this day

    @property
    def total(self) -> int:
        """How many signs of life."""
        return sum(sum(lane.values()) for lane in self.signs.values())


def lanes(course: Course, home: Home) -> tuple[str, ...]:
    """The rooms that showed life, in the order of the home's settings; last the doors that lead out."""
    seen = {device for _, device in course.signs}
    order = dict.fromkeys(d.room for d in home.devices if d.id in seen and not d.exterior)
    out = (DOOR,) if any(d.exterior and d.id in seen for d in home.devices) else ()
    return (*order, *out)


def days(course: Course, home: Home, pairs: Sequence[Pair]) -> tuple[Day, ...]:
    """Every day from the first to the last, those without a sign of life too."""
    signs = _signs(course, home)
    rows = [_rows(course, pairs, row, home.zone) for row in range(len(course.found))]
    away = _by_day(_absent(course, home.zone))
    unheard = _by_day(
        piece for one in course.unheard for piece in _pieces(one.since, one.at, home.zone, Bar(0, 0, True))
    )
    begun: dict[date, list[Pair]] = defaultdict(list)
    for pair in pairs:
        begun[pair.one.at.astimezone(home.zone).date()].append(pair)
    return tuple(
        Day(
            day,
            signs.get(day, {}),
            tuple(tuple(row.get(day, ())) for row in rows),
            tuple(away.get(day, ())),
            tuple(unheard.get(day, ())),
            tuple(begun.get(day, ())),
        )
        for day in calendar(course, home.zone)
    )


def calendar(course: Course, zone: ZoneInfo) -> Iterator[date]:
    """The dates from the recording's first to its last."""
    day, last = course.first.astimezone(zone).date(), course.last.astimezone(zone).date()
    while day <= last:
        yield day
        day += _DAY


def place(at: datetime) -> float:
    """Where on the day's clock a local instant stands, in slots."""
    return (at.hour * 3600 + at.minute * 60 + at.second) / SLOT


def _signs(course: Course, home: Home) -> dict[date, dict[str, dict[int, int]]]:
    lane = {d.id: DOOR if d.exterior else d.room for d in home.devices}
    where: dict[int, tuple[date, int]] = {}
    found: dict[date, dict[str, dict[int, int]]] = {}
    for (slot, device), count in course.signs.items():
        if slot not in where:
            at = datetime.fromtimestamp(slot * SLOT, UTC).astimezone(home.zone)
            where[slot] = at.date(), int(place(at))
        day, column = where[slot]
        row = found.setdefault(day, {}).setdefault(lane.get(device, ""), {})
        row[column] = row.get(column, 0) + count
    return found


def _rows(course: Course, pairs: Sequence[Pair], row: int, zone: ZoneInfo) -> Mapping[date, list[Bar]]:
    """The bars of one set of rules by day."""
    pieces = (
        piece
        for pair in pairs
        if (found := (pair.left, pair.right)[row]) is not None
        for piece in _pieces(found.at, found.until or course.last, zone, Bar(0, 0, True, found))
    )
    return _by_day(pieces)


def _absent(course: Course, zone: ZoneInfo) -> Iterator[tuple[date, Bar]]:
    for start, end, mode in absences(course):
        yield from _pieces(start, end, zone, Bar(0, 0, True, word=mode.value))


def _pieces(start: datetime, end: datetime, zone: ZoneInfo, like: Bar) -> Iterator[tuple[date, Bar]]:
    """A stretch of time, cut at midnights."""
    first, last = start.astimezone(zone), max(start, end).astimezone(zone)
    day = first.date()
    while day <= last.date():
        left = place(first) if day == first.date() else 0.0
        right = place(last) if day == last.date() else float(SLOTS)
        yield day, Bar(left, max(left, right), day == first.date(), like.found, like.word)
        day += _DAY


def _by_day(pieces: Iterator[tuple[date, Bar]]) -> dict[date, list[Bar]]:
    found: dict[date, list[Bar]] = defaultdict(list)
    for day, bar in pieces:
        found[day].append(bar)
    return found
