"""What a profile decides on a scene, one readable line a finding: what the golden files hold."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from golden.life import FIRST, HOMESTEAD, ZONE, Life, Taken, at
from golden.scenes import Scene

from rules.catalogue import build, parse
from rules.engine import Engine, HomeState
from rules.explain import Language, read, sentence
from rules.model import Clear, Decision, Raise, Tick

HERE: Final = Path(__file__).parent
_CONFIG: Final = HERE.parents[1] / "config"
PROFILES: Final[Mapping[str, Path]] = {
    "default": _CONFIG / "rules" / "default.toml",
    "shanghai": _CONFIG / "rules" / "shanghai.toml",
    "hangzhou-linan": _CONFIG / "rules" / "hangzhou-linan.toml",
    "everything": HERE / "everything.toml",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A home after the four weeks in which an engine came to know it."""

    engine: Engine
    state: HomeState


@cache
def known(text: str) -> Known:
    """The engine of a profile's text, after the past that all scenes share."""
    engine = build(parse(text), HOMESTEAD)
    state, _ = folded(engine, engine.start(at(0, 0)), _past())
    return Known(engine, state)


@cache
def _past() -> tuple[Taken, ...]:
    return tuple(Life(0, 28).events())


def folded(engine: Engine, state: HomeState, events: Iterable[Taken]) -> tuple[HomeState, list[Decision]]:
    """The state after the events, and all that was decided."""
    found: list[Decision] = []
    for event, now in events:
        state, decisions = engine.step(state, event, now)
        found += decisions
    return state, found


@cache
def decided(scene: Scene, text: str) -> tuple[Decision, ...]:
    """What the profile of this text decides in a scene; at its end time goes on to midnight."""
    if scene.life.begin:
        one = known(text)
        engine, state = one.engine, one.state
    else:
        engine = build(parse(text), HOMESTEAD)
        state = engine.start(at(0, 0))
    end = at(scene.life.end, 0)
    state, found = folded(engine, state, scene.life.events())
    return (*found, *folded(engine, state, [(Tick(end), end)])[1])


@cache
def language(name: str) -> Language:
    """The words of a language. Raises ValueError if its file is wrong."""
    table = tomllib.loads((_CONFIG / "messages" / f"{name}.toml").read_text("utf-8"))
    words, problems = read(table, name)
    if words is None:
        raise ValueError("\n".join(map(str, problems)))
    return words


def lines(found: Iterable[Decision], name: str = "en") -> list[str]:
    """A line for each raise, in order, with the instant at which it cleared."""
    told: list[list[str]] = []
    opened: dict[str, list[str]] = {}
    for one in found:
        match one:
            case Raise():
                if one.key in opened:
                    opened[one.key][3] = "told again".ljust(19)
                opened[one.key] = _row(one, name)
                told.append(opened[one.key])
            case Clear() if one.key in opened:
                opened.pop(one.key)[3] = f"to {_clock(one.at)}"
    return ["  ".join(row) for row in told]


def _row(one: Raise, name: str) -> list[str]:
    said = sentence(language(name), one.key, one.facts, ZONE, one.at)
    return [_clock(one.at), f"{one.severity.value:9}", f"{one.key:24}", "and stays open".ljust(19), said]


def _clock(when: datetime) -> str:
    return f"{when.astimezone(ZONE):%a %d %b %H:%M}"


def page(scene: Scene) -> str:
    """What the golden file of a scene holds."""
    first = FIRST + timedelta(days=scene.life.begin)
    head = [*scene.told, f"From {first:%a %d %b %Y}, {scene.life.end - scene.life.begin} days."]
    rows = [f"# {line}" for line in head]
    for profile, path in PROFILES.items():
        found = lines(decided(scene, path.read_text("utf-8")))
        rows += ["", f"[{profile}]", *(found or ["nothing"])]
    return "\n".join(rows) + "\n"


def file(scene: Scene) -> Path:
    """Where it is kept."""
    return HERE / f"{scene.name}.txt"
