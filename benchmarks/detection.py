"""How late and how often falsely a profile raises on recorded life: both figures of one run, per rule.

The protocol: the first 14 days of a home only teach. No emergency is labelled in the recordings, so every
alarm counts as false; one silence is one alarm, whatever rules raise in it. Silence is injected at 500
uniformly random instants at home (fixed seed): the state at that instant is copied, and only time goes on.
Holes of the recording are cut out. Equipment troubles are no alarms here: they are printed, and not counted.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.recorded import interval
from benchmarks.silences import GRID, Silences, usable
from gateway.paths import config_dir
from rules.catalogue import build
from rules.engine import Engine, HomeState
from rules.model import Clear, Decision, Raise, Reading, Severity, Tick

PROFILES = config_dir() / "rules"
HORIZON = timedelta(hours=48)  # what was not found by then counts as found then
DRAWS, SEED = 500, 7
MANY = 4.0  # alarms a month: more make people switch a system off
BLIND = frozenset({"door"})  # sections that need a door to shut: a recording of activations never tells it
ALARMS = frozenset({Severity.EMERGENCY, Severity.URGENT, Severity.CHECK})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one home gave."""

    home: str
    months: float
    gaps: frozenset[int]  # silences in which any rule raised
    by_rule: Mapping[str, int]  # silences, by the finding's kind
    troubles: int
    late: tuple[float, ...]  # hours from each injected silence to the first alarm
    seconds: float
    events: int


@dataclass(slots=True)
class Run:
    """One home on its way through the rules."""

    home: Silences
    engine: Engine
    state: HomeState
    open: set[str] = field(default_factory=set)
    raised: list[tuple[str, int, Severity]] = field(default_factory=list)  # kind, gap

    def take(self, decisions: Sequence[Decision], gap: int) -> None:
        """Note what was raised in the gap after activation `gap`."""
        for decision in decisions:
            match decision:
                case Raise(key=key, severity=severity, at=at):
                    if severity in ALARMS:
                        self.open.add(key)
                    if at.timestamp() >= self.home.begin:
                        self.raised.append((key.partition(":")[0], gap, severity))
                case Clear(key=key):
                    self.open.discard(key)


def play(home: Silences, draws: Sequence[float], profile: Mapping[str, object]) -> Outcome:
    """Run one home once; at each drawn instant copy the state and let only time go on."""
    began = perf_counter()
    engine = build(profile, home.of.home)
    run = Run(home, engine, engine.start(home.of.readings[0].at))
    waiting = sorted(draws)
    late: list[float] = []
    gap = -1
    for event in home.of.events():
        while waiting and waiting[0] < event.at.timestamp():
            late.append(_late(run, waiting.pop(0)))
        run.state, found = engine.step(run.state, event, event.at)
        run.take(found, gap)
        gap += isinstance(event, Reading)
    return _outcome(run, late, perf_counter() - began)


def _late(run: Run, drawn: float) -> float:
    """Hours until an alarm if nobody were heard any more."""
    at = datetime.fromtimestamp(drawn, UTC)
    state, found = run.engine.step(run.state, Tick(at), at)
    still = set(run.open)
    while True:
        for decision in found:
            match decision:
                case Raise(key=key, severity=severity) if severity in ALARMS:
                    still.add(key)
                case Clear(key=key):
                    still.discard(key)
        if still:
            return (max(state.now, at) - at) / timedelta(hours=1)
        due = state.due
        if due is None or due > at + HORIZON:
            return HORIZON / timedelta(hours=1)
        state, found = run.engine.step(state, Tick(due), due)


def _outcome(run: Run, late: Sequence[float], seconds: float) -> Outcome:
    home = run.home
    counted = {
        (kind, gap)
        for kind, gap, severity in run.raised
        if severity in ALARMS and gap >= 0 and not home.gone[gap] and home.times[gap] >= home.begin
    }
    by_rule = Counter(kind for kind, _ in counted)
    gaps = frozenset(gap for _, gap in counted)
    troubles = sum(severity not in ALARMS for _, _, severity in run.raised)
    name, events = home.of.home.id, len(home.times)
    return Outcome(name, home.months, gaps, by_rule, troubles, tuple(late), seconds, events)


def draw(homes: Sequence[Silences]) -> list[list[float]]:
    """DRAWS instants, uniform over the at-home test time of all homes together."""
    random = np.random.default_rng(SEED)
    sizes = np.array([len(home.drawable) for home in homes])
    drawn: list[list[float]] = [[] for _ in homes]
    for i in random.choice(len(homes), DRAWS, p=sizes / sizes.sum()):
        drawn[i].append(float(random.choice(homes[i].drawable) + random.uniform(0, GRID)))
    return drawn


def figures(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """What is published of one profile."""
    months = np.array([o.months for o in outcomes])
    alarms = np.array([len(o.gaps) for o in outcomes], dtype=float)
    late = np.array([hours for o in outcomes for hours in o.late])
    low, high = interval([len(o.gaps) for o in outcomes], [o.months for o in outcomes])
    kinds = sorted({kind for o in outcomes for kind in o.by_rule})
    total = float(months.sum())
    return {
        "false_per_home_month": float(alarms.sum() / total),
        "ci": [low, high],
        "detect_median_h": float(np.median(late)),
        "detect_p95_h": float(np.quantile(late, 0.95)),
        "homes_above_4": float(np.mean(alarms / months > MANY)),
        "rules": {kind: sum(o.by_rule.get(kind, 0) for o in outcomes) / total for kind in kinds},
        "troubles_per_home_month": sum(o.troubles for o in outcomes) / total,
        "homes": len(outcomes),
        "home_months": total,
        "draws": len(late),
        "seconds": sum(o.seconds for o in outcomes),
        "events": sum(o.events for o in outcomes),
    }


def profile_of(name: str) -> dict[str, object]:
    """A profile by its name or path, without the sections that such recordings cannot feed."""
    path = Path(name) if name.endswith(".toml") else PROFILES / f"{name}.toml"
    table = tomllib.loads(path.read_text("utf-8"))
    return {key: part for key, part in table.items() if key not in BLIND}


def measure(homes: Sequence[Silences], profile: Mapping[str, object], quiet: bool = False) -> list[Outcome]:
    """Every home through one profile, on all cores."""
    with ProcessPoolExecutor() as pool:
        done = pool.map(partial(play, profile=profile), homes, draw(homes))
        return list(track(done, "homes", total=len(homes), console=Console(stderr=True), disable=quiet))


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--profile", "names", multiple=True, help="A name or a path; all shipped ones unless said.")
@click.option(
    "--half", "which", type=click.Choice(["all", "choose", "report"]), default="all", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
def main(data: Path, names: tuple[str, ...], which: str, as_json: bool) -> None:
    """False alarms and lateness of rule profiles on recorded homes (home,device,kind,value,at)."""
    homes = usable(data)
    if not homes:
        raise click.ClickException(f"{data} holds no home with 28 days and an exterior door")
    homes = homes[0 if which == "choose" else 1 :: 2] if which != "all" else homes
    told = {Path(name).stem: figures(measure(homes, profile_of(name), as_json)) for name in _names(names)}
    if as_json:
        click.echo(json.dumps({"half": which, "profiles": told}))
        return
    console = Console()
    console.print(_table(told))
    console.print(_rules(told))


def _names(names: Sequence[str]) -> Iterator[str]:
    yield from names or sorted(path.stem for path in PROFILES.glob("*.toml"))


def _table(told: Mapping[str, Mapping[str, object]]) -> Table:
    table = Table(title="False alarms and lateness, of one run")
    for column in ("profile", "false / home-month", "95 %", "median h", "p95 h", "homes > 4", "µs an event"):
        table.add_column(column, justify="left" if column == "profile" else "right")
    for name, f in told.items():
        low, high = f["ci"]  # type: ignore[misc]
        table.add_row(
            name,
            f"{f['false_per_home_month']:.2f}",
            f"{low:.2f} – {high:.2f}",
            f"{f['detect_median_h']:.2f}",
            f"{f['detect_p95_h']:.2f}",
            f"{f['homes_above_4']:.0%}",
            f"{f['seconds'] / f['events'] * 1e6:.1f}",  # type: ignore[operator]
        )
    some = next(iter(told.values()))
    table.caption = f"{some['homes']} homes, {some['home_months']:.1f} home-months, {some['draws']} silences"
    return table


def _rules(told: Mapping[str, Mapping[str, object]]) -> Table:
    table = Table(title="Silences in which a rule raised, a home-month")
    for column in ("profile", "finding", "a home-month"):
        table.add_column(column, justify="right" if column == "a home-month" else "left")
    for name, f in told.items():
        for kind, rate in f["rules"].items():  # type: ignore[attr-defined]
            table.add_row(name, kind, f"{rate:.2f}")
        table.add_row(name, "(equipment, not counted)", f"{f['troubles_per_home_month']:.2f}")
    return table


if __name__ == "__main__":
    main()
