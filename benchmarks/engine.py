"""What a reading costs the engine: one MOTION with the default profile, and four weeks with every rule on."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from rules.catalogue import build, parse
from rules.engine import Engine, HomeState
from rules.home import Device, Home, Supervision
from rules.model import DeviceId, HomeId, Kind, Reading
from rules.snapshot import dump

ROOT = Path(__file__).resolve().parent.parent
BAR = 30.0  # µs: what a whole engine with every rule on may cost
STATE_BAR = 200_000  # bytes a home
WEEKS = timedelta(weeks=4)
ROOMS = ("kitchen", "lounge", "bathroom", "hall", "bedroom")
# What `default` leaves off, as a home would set it that has a sensor for each of them.
REST: dict[str, Any] = {
    "water": {"litres": 10.0, "within": "12h"},
    "news2": {},
    "plan": {"times": {"systolic": [time(8), time(20)]}},
    "absence": {},
    "bed_out": {},
    "door_night": {},
    "water_habit": {},
    "inactivity": [{"name": "inactivity:window", "limit": "24h"}],
}
COUNT, ROUNDS = 20_000, 7
HOURS = {"by day": 3, "in the evening": 12, "by night": 18}  # UTC: 11:00, 20:00 and 2:00 in Shanghai


def engine() -> Engine:
    """Ten devices of a family that is supervised, the default profile."""
    window = Supervision(timedelta(hours=12), timedelta(hours=26))
    devices = tuple(Device(DeviceId(f"0x{i:016x}"), f"room {i}", "", i == 0, window) for i in range(10))
    profile = parse((ROOT / "config" / "rules" / "default.toml").read_text("utf-8"))
    return build(profile, Home(HomeId("h"), ZoneInfo("Asia/Shanghai"), devices))


def motions(start: datetime) -> list[Reading]:
    """Motions of all ten devices in turn, 0.1 s apart."""
    gap = timedelta(milliseconds=100)
    return [Reading(DeviceId(f"0x{i % 10:016x}"), Kind.MOTION, 1.0, start + i * gap) for i in range(COUNT)]


def cost(engine: Engine, state: HomeState, readings: list[Reading]) -> float:
    """µs a reading."""
    began = perf_counter()
    for reading in readings:
        state, _ = engine.step(state, reading, reading.at)
    return (perf_counter() - began) / len(readings) * 1e6


def every() -> Engine:
    """Every rule there is, in a home that has a sensor for each."""
    window = Supervision(timedelta(hours=12), timedelta(hours=26))
    kinds = {
        **{room: {Kind.MOTION} for room in ROOMS},
        "door": {Kind.CONTACT},
        "bed": {Kind.BED, Kind.HEART_RATE, Kind.RESPIRATION},
        "cuff": {Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.HEART_RATE},
        "meter": {Kind.WATER_VOLUME},
        "smoke": {Kind.SMOKE},
    }
    devices = tuple(
        Device(DeviceId(name), name, "", name == "door", window, frozenset(found))
        for name, found in kinds.items()
    )
    profile = parse((ROOT / "config" / "rules" / "default.toml").read_text("utf-8")) | REST
    return build(profile, Home(HomeId("h"), ZoneInfo("Asia/Shanghai"), devices))


def life(start: datetime) -> Iterator[Reading]:
    """WEEKS of a day like the others, never to the minute: rooms by day, a bed with a radar at night, a door,
    a cuff, a meter."""
    chance = Random(7)
    at, litres = start, 0.0
    while (at := at + timedelta(seconds=chance.uniform(20, 260))) < start + WEEKS:
        hour = (at.hour + 8) % 24
        if hour >= 22 or hour < 6:
            yield Reading(DeviceId("bed"), Kind.HEART_RATE, 60.0 + chance.random() * 9, at)
            continue
        room = DeviceId(chance.choice(ROOMS))
        yield Reading(room, Kind.MOTION, 1.0, at)
        yield Reading(room, Kind.MOTION, 0.0, at + timedelta(seconds=15))
        match chance.randrange(60):
            case 0:
                yield Reading(DeviceId("door"), Kind.CONTACT, 1.0, at + timedelta(seconds=16))
                yield Reading(DeviceId("door"), Kind.CONTACT, 0.0, at + timedelta(seconds=19))
            case 1:
                yield Reading(DeviceId("cuff"), Kind.SYSTOLIC, 130.0 + chance.random() * 7, at)
            case 2 | 3:
                litres += 9
                yield Reading(DeviceId("meter"), Kind.WATER_VOLUME, litres, at)
            case 4:
                yield Reading(DeviceId("bed"), Kind.BED, float(chance.random() < 0.5), at)


def whole() -> int:
    """Print what four weeks with every rule on cost a reading, deadlines and nightly learning with it."""
    rules = every()
    start = datetime(2026, 10, 1, tzinfo=UTC)
    readings = list(life(start))
    state = rules.start(start)
    began = perf_counter()
    for reading in readings:
        state, _ = rules.step(state, reading, reading.at)
    mean = (perf_counter() - began) / len(readings) * 1e6
    size = len(dump(rules, state))
    rest = f"{len(readings):,} readings of four weeks: {mean:.1f} µs each (bar {BAR:.0f})"
    print(f"{len(rules.rules)} rules, {rest}")
    print(f"state afterwards: {size:,} bytes (bar {STATE_BAR:,})")
    return int(mean > BAR or size > STATE_BAR)


def main() -> int:
    """Print the cost at three hours of the day, the median of several rounds; 1 if one is over the bar."""
    rules, worst = engine(), 0.0
    for name, hour in HOURS.items():
        start = datetime(2026, 11, 21, hour, tzinfo=UTC)
        readings = motions(start)
        median = statistics.median(cost(rules, rules.start(start), readings) for _ in range(ROUNDS))
        print(f"engine.step, motion {name}: {median:.2f} µs (bar {BAR:.0f})")
        worst = max(worst, median)
    return whole() or int(worst > BAR)


if __name__ == "__main__":
    sys.exit(main())
