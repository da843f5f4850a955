"""Which sets of rules are rehearsed: profiles by name, and settings changed by `section.key=value`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from gateway.notes import Notes
from gateway.profiles import profile
from gateway.settings import HomePart
from rules.catalogue import BadProfileError, Profile, build, read
from rules.engine import Engine
from rules.home import Home

_Set: TypeAlias = tuple[str, dict[str, Any], tuple[str, ...]]
_STEP = re.compile(r"([a-z0-9_\-]+)(?:\[(\d+)\])?", re.IGNORECASE)


class VariantError(ValueError):
    """Rules that cannot be rehearsed; the message says why, and what to write."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One set of rules, with the words by which people know it."""

    name: str  # of the profile, or its path
    profile: Profile
    changes: tuple[str, ...]
    engine: Engine

    def about(self, language: str) -> tuple[str, str]:
        """The profile's title and source, in Chinese where it is asked for and there."""
        if language == "zh" and self.profile.zh:
            return self.profile.zh.title, "".join(map(str.strip, self.profile.zh.source.splitlines()))
        return self.profile.title, " ".join(self.profile.source.split())

    @property
    def label(self) -> str:
        """The profile as a command names it, with its changes."""
        return " ".join((self.name, *self.changes))


def variants(
    part: HomePart, home_file: Path, names: Sequence[str], changes: Sequence[str], without: Sequence[str]
) -> tuple[Variant, ...]:
    """The set of rules to rehearse, or the two to compare: two profiles, or a profile as it stands and with
    `changes`. Of two profiles the second is changed. All go without the sections of `without`. Raises
    VariantError with every mistake."""
    found = [_table(name, Path("--rules")) for name in names] or [_table(part.rules, home_file)]
    tables = [{key: value for key, value in table.items() if key not in without} for table in found]
    sets: list[_Set] = [(name, table, ()) for name, table in zip(names or (part.rules,), tables, strict=True)]
    if len(sets) > 2:
        raise VariantError("two sets of rules can be compared; name --rules twice at most")
    if changes:
        name, table, _ = sets[-1]
        sets = [sets[0], (name, _changed(table, changes), tuple(changes))]
    return tuple(_variant(name, table, made, part.home) for name, table, made in sets)


def change(table: dict[str, Any], text: str) -> None:
    """Set `section.key=value` in a profile's table: a value as TOML writes it, with or without its quotes;
    `section=off` takes a rule out, `section=on` puts one in with its defaults. Raises VariantError."""
    path, equals, value = text.partition("=")
    steps = path.strip().split(".")
    if not equals or not all(_STEP.fullmatch(step) for step in steps):
        raise VariantError(f'--set {text}: write section.key=value, such as "inactivity.limit=4h"')
    *way, last = steps
    place = table
    for step in way:
        place = _inside(place, step, text)
    if not way and value.strip() in ("on", "off"):
        _switch(place, last, value.strip() == "on")
    else:
        place[last] = _value(value.strip())


def _table(name: str, file: Path) -> Mapping[str, object]:
    notes = Notes(file)
    found = profile(name, "", notes)
    if found is None:
        raise VariantError("\n".join(map(str, notes.all())))
    return found[1]


def _changed(table: Mapping[str, object], changes: Sequence[str]) -> dict[str, Any]:
    new = deepcopy(dict(table))
    for text in changes:
        change(new, text)
    return new


def _variant(name: str, table: Mapping[str, object], changes: tuple[str, ...], home: Home) -> Variant:
    where = " ".join((name, *changes))
    try:
        return Variant(name, read(table, where), changes, build(table, home, where))
    except BadProfileError as error:
        raise VariantError(str(error)) from error


def _inside(place: dict[str, Any], step: str, text: str) -> dict[str, Any]:
    matched = _STEP.fullmatch(step)
    name, number = (matched[1], matched[2]) if matched else (step, None)
    inner = place.setdefault(name, {})
    if isinstance(inner, list):
        if number is None and len(inner) != 1:
            raise VariantError(f"--set {text}: there are {len(inner)} {name}; write {name}[1] for the first")
        if not 1 <= int(number or 1) <= len(inner):
            raise VariantError(f"--set {text}: there are only {len(inner)} {name}")
        inner = inner[int(number or 1) - 1]
    if not isinstance(inner, dict):
        raise VariantError(f"--set {text}: {name} is a value, not a section")
    return inner


def _switch(place: dict[str, Any], name: str, on: bool) -> None:
    if on:
        place.setdefault(name, {})
    else:
        place.pop(name, None)


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
