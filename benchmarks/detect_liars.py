"""How often the trust rule doubts honest sensors of recorded homes, and how soon it finds a liar among them.

    python benchmarks/detect_liars.py --data DIR [--half choose|report|all] [--set KEY=VALUE] [--json]

DIR holds readings.csv.gz (`home,device,kind,value,at`; local times). All its sensors are taken to be honest:
every doubt counts as false. A liar is one motion sensor that, from a random moment on, gives signs of its own
besides those of its home: once the resident lives on, once nobody gives a sign any more.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import numpy as np
from recorded import Recorded, half, interval, recorded

from rules.catalogue import build
from rules.engine import Engine, HomeState
from rules.model import AnyTrust, DeviceId, Event, Kind, Raise, Reading

MOMENTS = 8  # a home and a kind of liar
PATIENCE = timedelta(days=7)  # a liar not found by then is not found
_S, _M = timedelta(seconds=1), timedelta(minutes=1)
LIARS: Mapping[str, Callable[[Random], timedelta]] = {  # the gap between two signs
    "every 62–70 s": lambda dice: dice.uniform(62, 70) * _S,
    "at random, 1–9 min": lambda dice: dice.uniform(1, 9) * _M,
    "at random, 10–50 min": lambda dice: dice.uniform(10, 50) * _M,
    "every 10 min, to 2 s": lambda dice: 10 * _M + dice.uniform(-2, 2) * _S,
    "every hour, to 2 s": lambda dice: 60 * _M + dice.uniform(-2, 2) * _S,
}


@dataclass(frozen=True, slots=True)
class Honest:
    """What came of a home's sensors as they were: sensor-days, those doubted, findings, states at moments."""

    days: int
    doubted: int
    findings: tuple[str, ...]
    moments: tuple[tuple[HomeState, datetime], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """How one kind of liar fared: hours until it was found; the share that was not."""

    median_h: float | None
    p95_h: float | None
    missed: float


def live(home: Recorded, engine: Engine, trust: AnyTrust, at: frozenset[int]) -> Honest:
    """Fold the home's recording once; `at` are places in its readings."""
    state, findings, moments = engine.start(home.readings[0].at), list[str](), []
    days, doubted, place = set[tuple[DeviceId, int]](), set[tuple[DeviceId, int]](), 0
    for event in home.events():
        state, found = engine.step(state, event, event.at)
        findings += [decision.key for decision in found if isinstance(decision, Raise)]
        if not isinstance(event, Reading):
            continue
        day = event.device, event.at.toordinal()
        if event.kind is Kind.MOTION:
            days.add(day)
        if not trust.believes(state.rules[trust.name], event):
            doubted.add(day)
        if place in at:
            moments.append((state, event.at))
        place += 1
    return Honest(len(days), len(doubted), tuple(findings), tuple(moments))


def lie(
    device: DeviceId, start: datetime, gap: Callable[[Random], timedelta], dice: Random
) -> Iterator[Event]:
    """The liar's own signs, for as long as anybody waits."""
    at = start + gap(dice)
    while at < start + PATIENCE:
        yield Reading(device, Kind.MOTION, 1.0, at)
        at += gap(dice)


def wait(
    engine: Engine, state: HomeState, events: Iterator[Event], key: str, start: datetime
) -> float | None:
    """Hours until the finding; None if it does not come."""
    for event in events:
        if event.at > start + PATIENCE:
            return None
        state, found = engine.step(state, event, event.at)
        for decision in found:
            if decision.key == key and isinstance(decision, Raise):
                return (decision.at - start) / timedelta(hours=1)
    return None


def summary(hours: Sequence[float | None]) -> Found:
    """Of those that were found, and how many were not."""
    known = [one for one in hours if one is not None]
    missed = round(1 - len(known) / len(hours), 3)
    if not known:
        return Found(None, None, missed)
    return Found(round(float(np.median(known)), 1), round(float(np.quantile(known, 0.95)), 1), missed)


def measure(homes: Sequence[Recorded], part: Mapping[str, Any]) -> dict[str, Any]:
    """Every figure."""
    dice, honest = Random(7), list[Honest]()
    living: dict[str, list[float | None]] = {name: [] for name in LIARS}
    silent: dict[str, list[float | None]] = {name: [] for name in LIARS}
    for home in homes:
        engine = build({"title": "", "source": "", "trust": dict(part)}, home.home)
        trust: Any = engine.rules["trust"]
        first = next(i for i, reading in enumerate(home.readings) if reading.at >= home.test)
        places = dice.sample(range(first, len(home.readings)), MOMENTS)
        told = live(home, engine, trust, frozenset(places))
        honest.append(told)
        motion = sorted({reading.device for reading in home.readings if reading.kind is Kind.MOTION})
        for state, start in told.moments:
            after = [reading for reading in home.readings if start < reading.at < start + PATIENCE]
            for name, gap in LIARS.items():
                device, seed = dice.choice(motion), dice.random()
                key = f"sensor.stuck:{device}"
                alone = lie(device, start, gap, Random(seed))
                silent[name].append(wait(engine, state, alone, key, start))
                both = heapq.merge(after, lie(device, start, gap, Random(seed)), key=attrgetter("at"))
                living[name].append(wait(engine, state, both, key, start))
    months = [home.months for home in homes]
    stuck = [sum(key.startswith("sensor.stuck") for key in one.findings) for one in honest]
    return {
        "homes": len(homes),
        "home_months": round(sum(months), 1),
        "events": sum(len(home.readings) for home in homes),
        "sensor_days": sum(one.days for one in honest),
        "sensor_days_doubted": sum(one.doubted for one in honest),
        "stuck_per_home_month": round(sum(stuck) / sum(months), 3),
        "ci": interval(stuck, months),
        "unproven": sum(key.startswith("sensor.unproven") for one in honest for key in one.findings),
        "living": {name: asdict(summary(hours)) for name, hours in living.items()},
        "silent": {name: asdict(summary(hours)) for name, hours in silent.items()},
    }


def show(told: Mapping[str, Any]) -> None:
    """Print it for people."""
    print(
        f"{told['homes']} homes, {told['home_months']} home-months, {told['events']:,} readings: "
        f"{told['sensor_days_doubted']} of {told['sensor_days']:,} motion-sensor-days doubted, "
        f"{told['stuck_per_home_month']} sensor.stuck a home-month {told['ci']}, {told['unproven']} unproven"
    )
    print(
        f"{'liar':24} {'life goes on: h median, p95, missed':>38} {'nobody moves: h median, p95, missed':>38}"
    )
    for name in LIARS:
        cells = (told[way][name] for way in ("living", "silent"))
        print(
            f"{name:24}", *(f"{c['median_h']!s:>14} {c['p95_h']!s:>11} {c['missed']:>11.0%}" for c in cells)
        )
    print(f"{told['seconds']} s")


def main() -> int:
    """Read, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("choose", "report", "all"), default="all")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    began, part = perf_counter(), tomllib.loads("\n".join(asked.set))
    homes = [
        home
        for home in recorded(asked.data, (Kind.MOTION, Kind.CONTACT))
        if any(device.exterior for device in home.home.devices)
    ]
    told = measure(half(homes, asked.half), part)
    told["seconds"] = round(perf_counter() - began, 1)
    if asked.json:
        print(json.dumps(told))
    else:
        show(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
