"""How one enrolled Zigbee device speaks: its properties as tables, and what it said last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Final, TypeAlias

from devices.role import Role, Value
from rules.model import DeviceId, Kind, Origin, Reading

COPY: Final = timedelta(seconds=2)  # one report may be published twice, with the same last_seen
STALE: Final = timedelta(seconds=60)  # a first message whose last_seen is older comes from a cache
BURST: Final = timedelta(seconds=15)  # after its start the bridge publishes what it remembers
LINK_STEP: Final = 20  # of 255: less is noise
LINK_EVERY: Final = timedelta(hours=1)  # a radio path wanders by the minute; its trend is what matters

Table: TypeAlias = Mapping[Value, float]
_MOMENTS: Final = frozenset({Kind.SOS, Kind.BUTTON})
_YES: Final[tuple[Value, ...]] = (True, "true", "True", "TRUE", "ON", "on", "On")
_NO: Final[tuple[Value, ...]] = (False, "false", "False", "FALSE", "OFF", "off", "Off")
_ZERO: Final = timedelta()
_PLAIN: Final = (str, bool, int, float)


@dataclass(slots=True)
class Voice:
    """One device. What it remembers only serves to tell copies from news; it may be lost at any time."""

    device: DeviceId
    tables: Sequence[tuple[str, Kind, Table]]  # one property tells the kind
    joint: Mapping[Kind, Sequence[tuple[str, Table]]]  # several do: any active one counts
    numbers: Sequence[tuple[str, Kind]]
    heard: datetime | None = None
    last_seen: Value | None = None
    link: tuple[int, datetime] | None = None  # the quality told last, and when
    levels: dict[str, float] = field(default_factory=dict)  # of the joint properties

    def repeats(self, last_seen: Any, at: datetime, started: datetime | None) -> bool:
        """Whether the bridge says from memory what the device said earlier. `started`: when the bridge did.

        With `last_seen` it is told by that; without, a device's first message after the start is the cache.
        """
        if not isinstance(last_seen, str | int):
            first = started is not None and (self.heard is None or self.heard < started)
            self.heard = at
            return first and started is not None and _ZERO <= at - started < BURST
        if last_seen == self.last_seen and self.heard is not None:
            return not _ZERO <= at - self.heard < COPY
        seen = instant(last_seen) if self.last_seen is None else None
        stale = seen is not None and at - seen > STALE
        self.last_seen, self.heard = last_seen, seen if stale else at
        return stale

    def readings(
        self, state: Mapping[str, Any], at: datetime, origin: Origin, retained: bool, refused: Counter[str]
    ) -> list[Reading]:
        """What the message says of each kind. A press is never cached: it is news, or nothing if the broker
        retained it."""
        found = []
        for name, kind, table in self.tables:
            value = state.get(name)
            if value is None or (name == "action" and retained):
                continue
            level = table.get(value) if isinstance(value, _PLAIN) else None
            if level is not None:
                how = Origin.EVENT if name == "action" else origin
                found.append(Reading(self.device, kind, level, at, how))
            elif True in table or not isinstance(value, str):  # words outside the lists say nothing
                refused[f"{kind} says no known value"] += 1
        for name, kind in self.numbers:
            value = state.get(name)
            if value is None:
                continue
            if (number := _number(value, kind)) is not None:
                found.append(Reading(self.device, kind, number, at, origin))
            else:
                refused[f"{kind} is no number"] += 1
        if self.joint:
            found += self._joint(state, at, origin)
        self._link(state.get("linkquality"), at, origin, found)
        return found

    def pressed(self, action: str, at: datetime) -> Sequence[Reading]:
        """The copy of a press on the device's `/action` topic."""
        return tuple(
            Reading(self.device, kind, 1.0, at)
            for name, kind, table in self.tables
            if name == "action" and table.get(action) == 1.0
        )

    def _joint(self, state: Mapping[str, Any], at: datetime, origin: Origin) -> Sequence[Reading]:
        found = []
        for kind, properties in self.joint.items():
            told = False
            for name, table in properties:
                value = state.get(name)
                if isinstance(value, _PLAIN) and (level := table.get(value)) is not None:
                    self.levels[name] = level
                    told = True
            if told:
                level = max(self.levels.get(name, 0.0) for name, _ in properties)
                found.append(Reading(self.device, kind, level, at, origin))
        return found

    def _link(self, value: Any, at: datetime, origin: Origin, found: list[Reading]) -> None:
        if not isinstance(value, int) or not 0 <= value <= 255:
            return
        if self.link is not None:
            told, when = self.link
            if abs(value - told) < LINK_STEP or _ZERO <= at - when < LINK_EVERY:
                return
        self.link = (value, at)
        found.append(Reading(self.device, Kind.LINK, float(value), at, origin))


def voice(
    device: DeviceId, roles: Sequence[Role], said: frozenset[Kind], before: Voice | None = None
) -> Voice:
    """The voice of a device with these roles; `said` are the installer's kinds, `before` is its memory."""
    ours = [role for role in (_settled(role, said) for role in roles) if role is not None]
    states = [role for role in ours if role.active or role.inactive]
    many = {
        kind for kind in Kind if len({role.property for role in states if role.kind is kind}) > 1
    } - _MOMENTS
    fresh = Voice(
        device,
        [(role.property, role.kind, _table(role)) for role in states if role.kind not in many],
        {k: [(role.property, _table(role)) for role in states if role.kind is k] for k in many},
        [(role.property, role.kind) for role in ours if role not in states and role.kind is not Kind.TEST],
    )
    if before is not None:
        fresh.heard, fresh.last_seen, fresh.link = before.heard, before.last_seen, before.link
    return fresh


def _settled(role: Role, said: frozenset[Kind]) -> Role | None:
    """What the installer said settles what the device alone cannot say."""
    if not role.confirm or not said or role.kind in said:
        return role
    if role.kind is Kind.BUTTON and Kind.SOS in said:
        presses = tuple(value for value in role.active if "release" not in str(value) and value != "off")
        return replace(role, kind=Kind.SOS, active=presses)
    return None


def _table(role: Role) -> Table:
    """What each value says; a yes may be written true, "true" or "ON", and a word in any case."""
    said = {**dict.fromkeys(role.inactive, 0.0), **dict.fromkeys(role.active, 1.0)}
    flag = bool(role.inactive) and all(value in _YES or value in _NO for value in role.inactive + role.active)
    more = {
        spelt: level
        for value, level in said.items()
        for spelt in (_YES if flag and value in _YES else _NO if flag else _cases(value))
    }
    return {**more, **said}


def _cases(word: Value) -> tuple[Value, ...]:
    return (word.lower(), word.upper(), word.capitalize()) if isinstance(word, str) else ()


def _number(value: Any, kind: Kind) -> float | None:
    """Old versions write a battery as "100.00"; no other number may be a text."""
    if isinstance(value, str) and kind is Kind.BATTERY:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)  # a whole number may be too big for it
    except OverflowError:
        return None
    return number if isfinite(number) else None


def instant(last_seen: Value) -> datetime | None:
    """`last_seen` as ISO 8601 (with or without zone: then it is local and says too little) or epoch in ms."""
    try:
        if isinstance(last_seen, str):
            at = datetime.fromisoformat(last_seen)
            return at if at.tzinfo is not None else None
        return datetime.fromtimestamp(last_seen / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
