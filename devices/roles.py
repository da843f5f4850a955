"""From what a device says it exposes to what it means here: general rules first, few exceptions as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rules.model import Kind

Value: TypeAlias = str | bool | int | float
Exceptions: TypeAlias = Mapping[tuple[str, str], Mapping[str, Any]]
NO_EXCEPTIONS: Exceptions = {}


@dataclass(frozen=True, slots=True)
class Role:
    """A property of a device and what its values mean. Without active and inactive values it is a number."""

    property: str
    kind: Kind
    active: tuple[Value, ...] = ()
    inactive: tuple[Value, ...] = ()
    confirm: bool = False  # ask the installer: the device alone does not say what it is used for


_STATES = {
    "occupancy": Kind.MOTION,
    "presence": Kind.PRESENCE,
    "contact": Kind.CONTACT,
    "smoke": Kind.SMOKE,
    "gas": Kind.GAS,
    "carbon_monoxide": Kind.CO,
    "heat": Kind.HEAT,
    "water_leak": Kind.WATER_LEAK,
    "vibration": Kind.VIBRATION,
    "sos": Kind.SOS,
    "tamper": Kind.TAMPER,
    "battery_low": Kind.BATTERY_LOW,
    "test": Kind.TEST,
    "fault": Kind.FAULT,
}
_NUMBERS = {"battery": Kind.BATTERY}
_SOS = frozenset({"emergency", "panic", "sos"})


def roles(
    exposes: Sequence[Any], vendor: str, model: str, exceptions: Exceptions = NO_EXCEPTIONS
) -> tuple[Role, ...]:
    """What the properties that a device publishes mean. Never raises: what it cannot read it leaves out."""
    found = (_role(expose) for expose in exposes if isinstance(expose, dict))
    return tuple(role for role in found if role is not None)


def _role(expose: Mapping[str, Any]) -> Role | None:
    match expose:
        case {"type": "binary", "property": str(name), "value_on": on, "value_off": off} if name in _STATES:
            if name == "contact":
                on, off = off, on
            return Role(name, _STATES[name], (on,), (off,))
        case {"type": "numeric", "property": str(name)} if name in _NUMBERS:
            return Role(name, _NUMBERS[name])
        case {"type": "enum", "property": "action", "values": list(values)}:
            cries = tuple(value for value in values if value in _SOS)
            return Role("action", Kind.SOS if cries else Kind.BUTTON, cries or tuple(values), (), not cries)
    return None
