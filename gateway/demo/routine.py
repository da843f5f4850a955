"""How somebody old lives alone: a day as a seeded course of stays in rooms, and what sensors see of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from gateway.demo.sensors import Json


@dataclass(frozen=True, slots=True)
class Act:
    """One sensor (by its friendly name) sees something: the value of the property that carries its news."""

    at: datetime
    sensor: str
    value: Json


@dataclass(frozen=True, slots=True)
class Stay:
    """Somewhere from then to then: a room, "bed", or "out"."""

    where: str
    start: datetime
    end: datetime


# (where, minutes, how likely): from getting up to going to bed. Durations vary by a fifth.
_DAY = (
    ("bathroom", 18, 1.0),
    ("bedroom", 10, 1.0),
    ("kitchen", 45, 1.0),
    ("lounge", 70, 1.0),
    ("out", 75, 0.8),
    ("kitchen", 15, 1.0),
    ("lounge", 45, 1.0),
    ("bathroom", 6, 1.0),
    ("kitchen", 60, 1.0),
    ("bed", 70, 0.7),
    ("bathroom", 6, 1.0),
    ("lounge", 100, 1.0),
    ("out", 45, 0.45),
    ("lounge", 50, 1.0),
    ("kitchen", 70, 1.0),
    ("bathroom", 7, 1.0),
    ("lounge", 90, 1.0),
    ("kitchen", 10, 0.9),
)
_WASH = timedelta(minutes=20)
_DAYLONG = timedelta(days=1)
_WAKE = 6.4 * 60  # minutes after midnight, give or take 20
_TIRED = 21.0 * 60  # until then before the television, give or take 20
# Activations a minute, beyond the sensor's blind minute after each (RTCGQ11LM).
_LIVELY = {"kitchen": 1.15, "lounge": 0.55, "bathroom": 1.1, "bedroom": 1.0, "bed": 0.014}
_BLIND = 60.0  # seconds
_FRIDGE = 0.13  # openings a minute in the kitchen


def routine(seed: int, day: date, zone: ZoneInfo) -> list[Act]:
    """What the sensors see from midnight to midnight, in order; asleep at both ends. The seed decides it."""
    random = Random(f"{seed} {day.isoformat()}")  # noqa: S311  a simulation
    stays = tuple(_stays(random, datetime.combine(day, time(), zone)))
    acts = [act for stay in stays for act in _seen(random, stay)]
    acts += [act for one, two in pairwise(stays) for act in _passage(random, one, two)]
    return sorted(acts, key=lambda act: act.at)


def _stays(random: Random, midnight: datetime) -> Iterator[Stay]:
    at = midnight
    tired = midnight + timedelta(minutes=random.gauss(_TIRED, 20))
    for where, minutes in (*_night(random), *_course(random)):
        start, at = at, min(at + timedelta(minutes=minutes), tired)
        if start < at:
            yield Stay(where, start, at)
    for where, until in (("lounge", tired), ("bathroom", tired + _WASH), ("bed", midnight + _DAYLONG)):
        start, at = at, until
        if start < at:
            yield Stay(where, start, at)


def _night(random: Random) -> Iterator[tuple[str, float]]:
    """In bed until waking, with visits to the bathroom."""
    at, wake = 0.0, random.gauss(_WAKE, 20)
    for _ in range(random.choice((0, 1, 1, 2))):
        asleep = random.uniform(60, 170)
        visit = random.uniform(5, 10)
        if at + asleep + visit + 20 < wake:
            yield "bed", asleep
            yield "bathroom", visit
            at += asleep + visit
    yield "bed", wake - at


def _course(random: Random) -> Iterator[tuple[str, float]]:
    for where, minutes, chance in _DAY:
        if random.random() < chance:
            yield where, max(2.0, random.gauss(minutes, minutes / 5))


def _seen(random: Random, stay: Stay) -> Iterator[Act]:
    """What a stay shows by itself."""
    rate = _LIVELY.get(stay.where)
    if rate is None:
        return
    room = "bedroom" if stay.where == "bed" else stay.where
    for at in _times(random, stay, rate, _BLIND):
        yield Act(at, f"{room}/motion", True)
    if room == "kitchen":
        for at in _times(random, stay, _FRIDGE, 60.0):
            yield Act(at, "kitchen/fridge", False)
            yield Act(at + timedelta(seconds=random.uniform(6, 40)), "kitchen/fridge", True)


def _times(random: Random, stay: Stay, rate: float, gap: float) -> Iterable[datetime]:
    at = stay.start + timedelta(minutes=random.expovariate(rate))
    while at < stay.end:
        yield at
        at += timedelta(seconds=gap, minutes=random.expovariate(rate))


def _passage(random: Random, one: Stay, two: Stay) -> Sequence[Act]:
    """What going from one stay to the next shows: the hall, the bed, the front door."""
    at = two.start
    acts = [Act(at + timedelta(seconds=random.uniform(1, 4)), "hall/motion", True)]
    if one.where == "bed":
        acts.append(Act(at - timedelta(seconds=5), "bedroom/bed", False))
    if two.where == "bed":
        acts.append(Act(at + timedelta(seconds=20), "bedroom/bed", True))
    if "out" in (one.where, two.where):
        acts += [
            Act(at + timedelta(seconds=8), "hall/door", False),
            Act(at + timedelta(seconds=random.uniform(14, 25)), "hall/door", True),
        ]
    return acts
