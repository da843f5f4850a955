"""Finds a rule profile and the families of devices by name, and turns them into what the rules take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.notes import Notes, toml
from gateway.paths import config_dir
from rules.home import Supervision
from rules.model import Kind
from rules.strict import Problem, load

FAMILIES = Path("devices", "supervision.toml")
_LIFE_SAFETY = frozenset({Kind.SMOKE, Kind.GAS, Kind.CO})


@dataclass(frozen=True, slots=True)
class Family:
    """How often devices of one make are heard, and after what silence they are in doubt or taken for dead.
    Without `warn` and `fault` they send no heartbeat and cannot be supervised."""

    basis: str = ""  # "sourced", "derived" or "assumed"
    source: str = ""  # where the numbers come from
    beat: timedelta | None = None
    warn: timedelta | None = None
    fault: timedelta | None = None
    learn: bool = False
    types: tuple[str, ...] = ()  # of the sources whose devices are of this family, if the settings name none
    kinds: frozenset[Kind] = frozenset()  # only those that report one of these; of two families the first


def profile(name: str, key: str, notes: Notes) -> tuple[str, Mapping[str, object]] | None:
    """The file and the tables of a profile: a name of config/rules, or a path to a TOML file."""
    shipped = config_dir() / "rules"
    if "/" in name or name.endswith(".toml"):
        path = notes.inside(Path(name))
    elif name in (known := sorted(file.stem for file in shipped.glob("*.toml"))):
        path = shipped / f"{name}.toml"
    else:
        notes.unknown(key, "profile", name, known)
        return None
    table, problems = toml(path)
    notes.problems.extend(problems)
    return None if problems else (str(path), table)


def families() -> tuple[Mapping[str, Family], Sequence[Problem]]:
    """The families of config/devices/supervision.toml by name, and what is wrong with that file."""
    path = config_dir() / FAMILIES
    table, problems = toml(path)
    found: dict[str, Family] = {}
    for name, section in table.items():
        if isinstance(section, Mapping):
            family, more = load(Family, section, str(path), name)
            problems += more
            found[name] = family or Family()
    return found, problems


def supervision(family: Family) -> Supervision | None:
    """The silence that a family's devices may keep; None if they cannot be supervised."""
    if family.warn is None or family.fault is None:
        return None
    return Supervision(family.warn, family.fault, family.learn)


def usual_family(families: Mapping[str, Family], kinds: frozenset[Kind], spoken: str, coded: bool) -> str:
    """The family of a device whose settings name none, by what speaks at its source. `coded`: it sends bare
    codes, as EV1527 senders do: they are silent for as long as nothing happens."""
    if coded:
        return "ev1527"
    for name, family in families.items():
        if spoken in family.types and (not family.kinds or family.kinds & kinds):
            return name
    if kinds & _LIFE_SAFETY:
        return "zigbee-life-safety"
    return "zigbee-sos" if Kind.SOS in kinds else "zigbee-battery"
