"""What the vitals rule finds of what clinicians marked in recorded homes, and what it says beyond that.

    python benchmarks/detect_vitals.py --data DIR [--json]

DIR holds `readings.csv.gz` (home,device,kind,value,at in local time) and `labels.csv` (patient_id,date,type),
such as TIHM's (doi 10.1038/s41597-023-02519-y). A label is found when a finding of its type is raised on the
same day, local time. What is raised on a day without such a label is beyond the labels. The first 14 days of
a home only teach. Settings are chosen on the homes of even index (sorted by id), reported on the others.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from rules.bands import Band, Bands
from rules.engine import Engine
from rules.home import Device, Home
from rules.model import Clear, Decision, DeviceId, HomeId, Kind, Reading, Tick
from rules.vitals import Part, rules

ZONE = ZoneInfo("Europe/London")  # of the recording
TRAIN = timedelta(days=14)
MONTH = 30.44  # days
HOLES = (  # the whole recording stood still
    (datetime(2019, 4, 1, 14, tzinfo=ZONE), datetime(2019, 4, 3, 15, 10, tzinfo=ZONE)),
    (datetime(2019, 6, 15, 4, tzinfo=ZONE), datetime(2019, 6, 17, 14, 16, tzinfo=ZONE)),
)
TYPES: Mapping[Kind, str] = {
    Kind.SYSTOLIC: "Blood pressure",
    Kind.DIASTOLIC: "Blood pressure",
    Kind.HEART_RATE: "Pulse",
    Kind.BODY_TEMPERATURE: "Body temperature",
    Kind.WEIGHT: "Weight",
}
NAMES = (*dict.fromkeys(TYPES.values()), "Body water")


def _mild(pressure: tuple[float, float], diastolic: tuple[float, float], pulse: tuple[float, float]) -> Bands:
    """The default's dangers, with other edges of what is worth a look; 0 is none."""
    return Bands(
        systolic=Band(mild_low=pressure[0], mild_high=pressure[1]),
        diastolic=Band(mild_low=diastolic[0], mild_high=diastolic[1]),
        heart_rate=Band(mild_low=pulse[0], mild_high=pulse[1]),
    )


_HARD = replace(_mild((0, 0), (0, 0), (0, 0)), body_temperature=Band(mild_high=0), spo2=Band(mild_low=0))
TRIED: Mapping[str, Part] = {
    "default": Part(),
    "default, nobody is asked": Part(ask=False),
    "dangers only": Part(bands=_HARD),
    "mild 90-150, 45-95, 55-95": Part(bands=_mild((90, 150), (45, 95), (55, 95))),
    "mild 100-155, 50-95, 50-95": Part(bands=_mild((100, 155), (50, 95), (50, 95))),
    "mild 105-160, 55-100, 50-100": Part(bands=_mild((105, 160), (55, 100), (50, 100))),
    "mild 95-165, 45-105, 45-105": Part(bands=_mild((95, 165), (45, 105), (45, 105))),
    "mild 90-170, 45-105, 45-110": Part(bands=_mild((90, 170), (45, 105), (45, 110))),
    **{f"dangers only, own {own:g}": Part(own=own, bands=_HARD) for own in (2.0, 2.5, 3.0, 4.0)},
    **{f"default, own {own:g}": Part(own=own) for own in (2.0, 2.5, 3.0, 4.0, 5.0)},
}


class Mark(NamedTuple):
    """Something of one type on one day, local time: a label, or what the rule raised."""

    type: str
    day: date


@dataclass(slots=True)
class Life:
    """One recorded home: its vital signs in order, its labels, and the days that are judged."""

    readings: list[Reading] = field(default_factory=list)
    labels: set[Mark] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    measured: set[Mark] = field(default_factory=set)


class Outcome(NamedTuple):
    """One home under one setting, in marks of judged days."""

    calls: Counter[Mark]
    asks: Counter[Mark]
    open: set[Mark]  # days on which one of both was open


def homes(folder: Path) -> dict[str, Life]:
    """The homes that measure anything, by id, the days that only teach cut from what is judged."""
    lives: dict[str, Life] = defaultdict(Life)
    seen: dict[str, list[datetime]] = {}
    with gzip.open(folder / "readings.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            at = datetime.fromisoformat(row["at"]).replace(tzinfo=ZONE)
            seen.setdefault(row["home"], [at, at])[1] = at
            if row["kind"] in TYPES:
                kind = Kind(row["kind"])
                reading = Reading(DeviceId(row["device"]), kind, float(row["value"]), at.astimezone(UTC))
                lives[row["home"]].readings.append(reading)
                lives[row["home"]].measured.add(Mark(TYPES[kind], at.date()))
    for name, life in lives.items():
        life.days = set(judged(*seen[name]))
        life.readings.sort(key=lambda reading: reading.at)
    marked(folder, lives)
    return {name: lives[name] for name in sorted(lives) if lives[name].days}


def judged(first: datetime, last: datetime) -> Iterator[date]:
    """The days after those that teach, without those that lie in a hole."""
    day = (first + TRAIN).date()
    while day <= last.date():
        if not any(start.date() <= day <= end.date() for start, end in HOLES):
            yield day
        day += timedelta(days=1)


def marked(folder: Path, lives: Mapping[str, Life]) -> None:
    """Add the labels of judged days; several of one type and day are one."""
    with (folder / "labels.csv").open() as lines:
        for row in csv.DictReader(lines):
            mark = Mark(row["type"], datetime.fromisoformat(row["date"]).date())
            if (
                mark.type in NAMES
                and row["patient_id"] in lives
                and mark.day in lives[row["patient_id"]].days
            ):
                lives[row["patient_id"]].labels.add(mark)


def run(life: Life, part: Part) -> Outcome:
    """Replay one home through the real engine, to the end of its last day."""
    outcome = Outcome(Counter(), Counter(), set())
    opened: dict[str, date] = {}
    for found in decisions(life, part):
        kind, _, measure = found.key.partition(":")
        day = found.at.astimezone(ZONE).date()
        since = opened.setdefault(found.key, day)
        for n in range((day - since).days + 1):
            outcome.open.add(Mark(TYPES[Kind(measure)], since + timedelta(days=n)))
        if isinstance(found, Clear):
            del opened[found.key]
        elif day in life.days:
            (outcome.calls if kind == "vitals" else outcome.asks)[Mark(TYPES[Kind(measure)], day)] += 1
    for key, since in opened.items():
        ever = (since + timedelta(days=n) for n in range(400))
        outcome.open.update(Mark(TYPES[Kind(key.partition(":")[2])], day) for day in ever)
    return outcome


def decisions(life: Life, part: Part) -> Iterator[Decision]:
    """What the rule decides on the home's readings."""
    kinds = frozenset(reading.kind for reading in life.readings)
    home = Home(HomeId("h"), ZONE, (Device(life.readings[0].device, "lounge", kinds=kinds),))
    engine = Engine(tuple(rules(part, home)))
    state = engine.start(life.readings[0].at)
    for reading in (*life.readings, Tick(life.readings[-1].at + timedelta(hours=2))):
        state, found = engine.step(state, reading, reading.at)
        yield from found


def recall(lives: list[Life], said: list[Iterable[Mark]]) -> dict[str, float]:
    """The share of labels found, by type; only types with labels, and `all`."""
    found: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for life, marks in zip(lives, said, strict=True):
        for label in life.labels:
            there.update((label.type, "all"))
            found.update((label.type, "all") if label in marks else ())
    return {name: round(found[name] / there[name], 3) for name in (*NAMES, "all") if there[name]}


def beyond(lives: list[Life], said: list[Counter[Mark]]) -> dict[str, object]:
    """Alarms on days without such a label, a home and month, with a 95 % bootstrap interval over homes."""
    months = np.array([len(life.days) / MONTH for life in lives])
    counts = np.array(
        [
            sum(n for mark, n in marks.items() if mark not in life.labels)
            for life, marks in zip(lives, said, strict=True)
        ]
    )
    draws = np.random.default_rng(3).integers(0, len(lives), (2000, len(lives)))
    rates = counts[draws].sum(1) / months[draws].sum(1)
    low, high = np.quantile(rates, [0.025, 0.975])
    return {
        "per_home_month": round(float(counts.sum() / months.sum()), 2),
        "ci": [round(float(low), 2), round(float(high), 2)],
        "homes_above_4": round(float(np.mean(counts / months > 4)), 2),
    }


def summary(lives: list[Life], outcomes: list[Outcome]) -> dict[str, object]:
    """What one setting gave on these homes."""
    calls = [outcome.calls for outcome in outcomes]
    both = [outcome.calls + outcome.asks for outcome in outcomes]
    return {
        "calls": {"recall": recall(lives, list(calls)), "beyond": beyond(lives, calls)},
        "calls_and_asks": {"recall": recall(lives, list(both)), "beyond": beyond(lives, both)},
        "open_that_day": recall(lives, [outcome.open for outcome in outcomes]),
    }


def facts(lives: list[Life]) -> dict[str, object]:
    """How much there is to find."""
    labels = Counter(mark.type for life in lives for mark in life.labels)
    able = Counter(mark.type for life in lives for mark in life.labels if mark in life.measured)
    return {
        "homes": len(lives),
        "home_months": round(sum(len(life.days) for life in lives) / MONTH, 1),
        "labels": dict(labels),
        "labels_with_a_measurement_that_day": dict(able),
    }


def report(lives: Mapping[str, Life]) -> dict[str, object]:
    """Every setting on both halves."""
    halves = {"chosen_on": list(lives.values())[::2], "reported_on": list(lives.values())[1::2]}
    result: dict[str, object] = {}
    for half, members in halves.items():
        tried = {
            name: summary(members, [run(life, part) for life in members]) for name, part in TRIED.items()
        }
        result[half] = {**facts(members), "settings": tried}
    return result


def shown(half: str, result: Mapping[str, object]) -> None:
    """Print one half as a table."""
    print(f"{half}: {result['homes']} homes, {result['home_months']} home-months, labels {result['labels']}")
    print(f"  with a measurement that day: {result['labels_with_a_measurement_that_day']}")
    for name, setting in result["settings"].items():  # type: ignore[attr-defined]
        print(f"  {name:30} open that day: {setting['open_that_day']}")
        for what in ("calls", "calls_and_asks"):
            numbers = setting[what]
            rate = numbers["beyond"]
            print(
                f"      {what:15} beyond {rate['per_home_month']:6.2f} {rate['ci']!s:14}"
                f" >4: {rate['homes_above_4']:4.2f}  recall {numbers['recall']}"
            )


def main() -> int:
    """Run, print, 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the recording")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    began = perf_counter()
    result = report(homes(options.data))
    result["seconds"] = round(perf_counter() - began, 1)
    if options.json:
        print(json.dumps(result, indent=1))
        return 0
    for half in ("chosen_on", "reported_on"):
        shown(half, result[half])  # type: ignore[arg-type]
    print(f"{result['seconds']} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
