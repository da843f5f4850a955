"""How often the rules of bathroom and night raise on recorded homes where nothing happened, and how soon the
stay in the bathroom is found.

    python benchmarks/detect_rooms.py --data DIR [--half choose|report|all] [--set section.key=value] [--json]

DIR holds readings.csv.gz (`home,device,kind,value,at`; local times) with rooms as devices. No emergency is
labelled: every finding counts as false. Silence falls at 500 random signs of life from a bathroom. Settings
are chosen on one half of the homes and reported on the other.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
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

SECTIONS = ("bathroom_stay", "bathroom_visits", "door_night", "bed_out")
INJECTED = 500  # moments at which the resident falls silent in the bathroom


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one home, and its states at the last sign of life before an injected silence."""

    months: float
    raised: tuple[Raise, ...]
    fallen: tuple[tuple[Engine, HomeState, datetime], ...]


def live(home: Recorded, settings: Mapping[str, Any], moments: frozenset[int]) -> Run:
    """Fold the home's whole recording once; `moments` are places in its readings."""
    profile = {"title": "", "source": "", **{section: settings.get(section, {}) for section in SECTIONS}}
    engine = build(profile, home.home)
    state = engine.start(home.readings[0].at)
    raised: list[Raise] = []
    fallen = []
    place = 0
    for event in home.events():
        state, found = engine.step(state, event, event.at)
        raised += [one for one in found if isinstance(one, Raise) and home.tested(one.at)]
        if isinstance(event, Reading):
            if place in moments:
                fallen.append((engine, state, event.at))
            place += 1
    return Run(home.months, tuple(raised), tuple(fallen))


def moments(homes: Sequence[Recorded]) -> list[frozenset[int]]:
    """INJECTED signs from bathrooms after the training, each equally likely; the same ones each time."""
    rows = [
        (h, i)
        for h, home in enumerate(homes)
        for i, reading in enumerate(home.readings)
        if reading.device == "bathroom" and home.test <= reading.at <= home.end - timedelta(days=1)
    ]
    picks = np.random.default_rng(7).choice(len(rows), min(INJECTED, len(rows)), replace=False)
    chosen = [rows[pick] for pick in picks]
    return [frozenset(i for h, i in chosen if h == home) for home in range(len(homes))]


def detected(engine: Engine, state: HomeState, since: datetime) -> float:
    """Hours until the stay is raised when nothing more happens; 0 if it stood raised already."""
    if state.rules["bathroom.stay"].raised:
        return 0.0
    while state.due is not None and state.due < since + timedelta(days=2):
        due = state.due
        state, found = engine.step(state, Tick(due), due)
        for one in found:
            if isinstance(one, Raise) and one.key == "bathroom.stay":
                return (one.at - since) / timedelta(hours=1)
    return float("inf")


def report(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Each kind of finding by itself."""
    months = [run.months for run in runs]
    told: dict[str, dict[str, Any]] = {}
    for kind in ("bathroom.stay", "bathroom.visits", "door.night", "bed.out"):
        counts = [sum(one.key.partition(":")[0] == kind for one in run.raised) for run in runs]
        told[kind] = {
            "false_per_home_month": round(sum(counts) / sum(months), 2),
            "ci": interval(counts, months),
            "homes_with_any": sum(map(bool, counts)),
            "homes": len(runs),
            "home_months": round(sum(months), 1),
        }
    told["bathroom.stay"] |= lateness([one for run in runs for one in run.fallen])
    return told


def lateness(fallen: Sequence[tuple[Engine, HomeState, datetime]]) -> dict[str, float]:
    """Of the silences that the rule reports at all: in homes where the sensors show who leaves."""
    late = np.array([detected(*one) for one in fallen if "bathroom.stay" in one[0].rules])
    found = late[np.isfinite(late)]
    median, p95 = np.quantile(found, [0.5, 0.95]) if found.size else (0.0, 0.0)
    return {
        "detected": round(found.size / max(late.size, 1), 2),
        "detect_median_h": round(float(median), 2),
        "detect_p95_h": round(float(p95), 2),
    }


def main() -> int:
    """Print a line a kind of finding, or one JSON object."""
    options = _options()
    began = perf_counter()
    settings: dict[str, Any] = {}
    for text in options.set:
        section, _, rest = text.partition(".")
        settings.setdefault(section, {}).update(tomllib.loads(rest))
    homes = half(recorded(options.data, (Kind.MOTION, Kind.CONTACT)), options.half)
    runs = [live(home, settings, chosen) for home, chosen in zip(homes, moments(homes), strict=True)]
    told = report(runs)
    seconds = round(perf_counter() - began, 1)
    if options.json:
        print(json.dumps({"half": options.half, "seconds": seconds, "findings": told}))
        return 0
    for kind, numbers in told.items():
        print(f"{kind}: " + ", ".join(f"{name} {value}" for name, value in numbers.items()))
    print(f"half: {options.half}, {seconds} s")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with readings.csv.gz")
    parser.add_argument("--half", choices=("choose", "report", "all"), default="report")
    parser.add_argument("--set", action="append", default=[], help='such as bathroom_stay.floor="60m"')
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
