"""A home's state as bytes, so that a restart goes on where it stopped without reading the whole journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

import msgspec

from rules.engine import Engine, HomeState
from rules.model import AnyRule, ModeSet

VERSION = 1


class SnapshotError(ValueError):
    """The whole snapshot is unreadable: start from the journal, or afresh."""


class _Rule(msgspec.Struct, frozen=True):
    settings: str
    state: msgspec.Raw


class _Home(msgspec.Struct, frozen=True):
    version: int
    now: Annotated[datetime, msgspec.Meta(tz=True)]
    rules: dict[str, _Rule]
    mode: ModeSet | None = None


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(_Home).decode


def dump(engine: Engine, state: HomeState) -> bytes:
    """The state, with a fingerprint of each rule's settings."""
    rules = {n: _Rule(fingerprint(r), msgspec.Raw(_encode(state.rules[n]))) for n, r in engine.rules.items()}
    return _encode(_Home(VERSION, state.now, rules, state.mode))


def load(engine: Engine, data: bytes) -> HomeState:
    """The state. A rule that is new, that was set otherwise or whose state does not decode starts afresh at
    the snapshot's `now`. Raises SnapshotError if nothing can be read at all."""
    try:
        home = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"no snapshot of a home: {error}") from error
    if home.version != VERSION:
        raise SnapshotError(f"a snapshot of version {home.version}; this program reads version {VERSION}")
    return engine.resume(home.now, dict(_states(engine.rules, home)), home.mode)


def fingerprint(rule: AnyRule) -> str:
    """Names a rule's kind and its settings. Fields that do not compare (rooms, which devices there are) are
    left out: a sensor more in the home must not make the rule forget what is open."""
    if not is_dataclass(rule):
        raise TypeError(f"rule {rule.name} is no dataclass: nothing tells its settings")
    parts = [f"{f.name}={_text(getattr(rule, f.name))}" for f in fields(rule) if f.compare]
    return sha256("\n".join([type(rule).__qualname__, *parts]).encode()).hexdigest()[:16]


def _text(value: object) -> str:
    return repr(sorted(map(str, value))) if isinstance(value, frozenset) else repr(value)


def _states(rules: Mapping[str, AnyRule], home: _Home) -> Iterator[tuple[str, Any]]:
    for name, rule in rules.items():
        kept = home.rules.get(name)
        if kept is None or kept.settings != fingerprint(rule):
            continue
        try:
            state = msgspec.json.decode(kept.state, type=type(rule.start(home.now)))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if _aware(state):
            yield name, state


def _aware(value: object) -> bool:
    """Whether every instant of a state says its zone: msgspec would take one that does not."""
    match value:
        case datetime():
            return value.tzinfo is not None
        case Mapping():
            return all(map(_aware, value.values()))
        case tuple() | frozenset():
            return all(map(_aware, value))
    if is_dataclass(value):
        return all(_aware(getattr(value, f.name)) for f in fields(value))
    return True
