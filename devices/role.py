"""What one property of a device means here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from rules.model import Kind

NAMES: Final = {kind: kind.value for kind in Kind} | {Kind.WATER_LEAK: "water"}  # as installers' lists say it

Value: TypeAlias = str | bool | int | float


@dataclass(frozen=True, slots=True)
class Role:
    """A property and what its values say; values of it that stand in neither list say nothing."""

    property: str
    kind: Kind
    active: tuple[Value, ...] = ()
    inactive: tuple[Value, ...] = ()
    confirm: bool = False  # ask the installer: the device alone does not say what it is used for


@dataclass(frozen=True, slots=True)
class Expose:
    """One property as Zigbee2MQTT's `exposes` declares it."""

    property: str
    type: str  # binary, enum, numeric, text …
    stem: str  # the property without its endpoint: "occupancy" of "occupancy_left"
    settable: bool = False
    on: Value | None = None
    off: Value | None = None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What else of the device helps to tell what a property means."""

    text: str  # vendor's description, lower case
    sorts: frozenset[str]  # the types of all its exposes: "climate", "cover" …
    properties: frozenset[str]
