"""How often the water rules raise on recorded meters, and how soon they find that nobody uses water any more.

    python benchmarks/detect_water.py --data DIR [--half choose|report|all] [--set key=value] [--json]

DIR holds readings.csv.gz (`home,device,kind,value,at`; cumulative litres, local times). Absences are not
labelled, so every alarm counts as false: an upper bound. The first 14 days of each home only train. Silence
is injected at 500 random moments, uniform over the tested time, but not in dry times of more than 24 h, where
nobody was at home: from then on the meter repeats its value each hour. Settings are chosen on one half of
the homes and reported on the other.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from recorded import Recorded, half, interval, recorded

from rules.catalogue import build
from rules.engine import Engine, HomeState
from rules.model import Kind, Raise, Reading, Tick

INJECTED = 500
AWAY = timedelta(hours=24)  # a longer dry time is an absence
HORIZON = timedelta(days=3)  # of an injected silence
HOUR = timedelta(hours=1)
PROFILES: Mapping[str, Mapping[str, Any]] = {
    "shanghai": {"water": {"litres": 10.0, "within": "12h"}},
    "10 litres in 24 h": {"water": {"litres": 10.0, "within": "24h"}},
    "habit": {"water_habit": {}},
}


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one home: its alarms, and how late each injected silence was found, in hours."""

    months: float
    alarms: int
    late: tuple[float, ...]


def live(home: Recorded, profile: Mapping[str, Any], moments: Sequence[datetime]) -> Run:
    """Fold the home's whole recording once, and let only time go on from each moment."""
    engine = build({"title": "", "source": "", **profile}, home.home)
    state = engine.start(home.readings[0].at)
    alarms, late, waiting = 0, [], sorted(moments, reverse=True)
    for event in home.events():
        while waiting and waiting[-1] < event.at:
            late.append(detected(engine, state, waiting.pop(), home))
        state, found = engine.step(state, event, event.at)
        alarms += sum(isinstance(one, Raise) and home.tested(one.at) for one in found)
    return Run(home.months, alarms, tuple(late))


def detected(engine: Engine, state: HomeState, since: datetime, home: Recorded) -> float:
    """Hours from `since` until an alarm, the meter repeating itself; 0 if one stood already."""
    if raised(state):
        return 0.0
    last = next(r for r in reversed(home.readings[: bisect_right(home.readings, since, key=_at)]))
    now = max(since, state.now)
    while now < since + HORIZON:
        event = Reading(last.device, last.kind, last.value, now)
        for told in (Tick(now), event):
            state, found = engine.step(state, told, now)
            if any(isinstance(one, Raise) for one in found):
                return max((found[-1].at - since) / HOUR, 0.0)
        now += HOUR
    return HORIZON / HOUR


def raised(state: HomeState) -> bool:
    """Whether an alarm stands."""
    return any(getattr(rule, "raised", False) for rule in state.rules.values())


def moments(homes: Sequence[Recorded]) -> list[list[datetime]]:
    """The injected silences of each home; the same ones each time."""
    dice = np.random.default_rng(7)
    spans = [list(lived(home)) for home in homes]
    lengths = [sum((b - a) / HOUR for a, b in span) for span in spans]
    picks = dice.choice(len(homes), INJECTED, p=np.array(lengths) / sum(lengths))
    found: list[list[datetime]] = [[] for _ in homes]
    for pick in picks:
        left = dice.uniform(0, lengths[pick]) * HOUR
        for a, b in spans[pick]:
            if left < b - a:
                found[pick].append(a + left)
                break
            left -= b - a
    return found


def lived(home: Recorded) -> Sequence[tuple[datetime, datetime]]:
    """The tested time but for dry times of more than AWAY, and the last day."""
    spans, used, litres = [], home.readings[0].at, home.readings[0].value
    for reading in home.readings:
        if reading.value == litres:
            continue
        if used >= home.test and reading.at - used <= AWAY and reading.at < home.end - timedelta(days=1):
            spans.append((used, reading.at))
        used, litres = reading.at, reading.value
    return spans


def report(runs: Sequence[Run]) -> dict[str, Any]:
    """The figures of one profile."""
    counts, months = [run.alarms for run in runs], [run.months for run in runs]
    late = [hours for run in runs for hours in run.late]
    often = sum(count / month > 4 for count, month in zip(counts, months, strict=True))
    return {
        "false_per_home_month": round(sum(counts) / sum(months), 2),
        "ci": interval(counts, months),
        "detect_median_h": round(float(np.median(late)), 2),
        "detect_p95_h": round(float(np.quantile(late, 0.95)), 2),
        "share_above_4_a_month": round(often / len(runs), 2),
        "homes": len(runs),
        "home_months": round(sum(months), 1),
    }


def main() -> int:
    """Print a line a rule, or one JSON object."""
    options = _options()
    profiles = {name: dict(profile) for name, profile in PROFILES.items()}
    profiles["habit"] = {"water_habit": tomllib.loads("\n".join(options.set))}
    homes = half(recorded(options.data, (Kind.WATER_VOLUME,)), options.half)
    silences, told = moments(homes), {}
    for name, profile in profiles.items():
        began = perf_counter()
        runs = [live(home, profile, chosen) for home, chosen in zip(homes, silences, strict=True)]
        told[name] = report(runs) | {"seconds": round(perf_counter() - began, 1)}
        if not options.json:
            print(f"{name}: " + ", ".join(f"{what} {value}" for what, value in told[name].items()))
    if options.json:
        print(json.dumps({"half": options.half, "profiles": told}))
    return 0


def _at(reading: Reading) -> datetime:
    return reading.at


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with readings.csv.gz")
    parser.add_argument("--half", choices=("choose", "report", "all"), default="report")
    parser.add_argument("--set", action="append", default=[], help='of water_habit, such as floor="8h"')
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
