"""What a Zigbee2MQTT bridge says of its devices: who is there, under which name, and what each can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from devices.exceptions import NO_EXCEPTIONS, Exceptions
from devices.role import Role
from devices.roles import roles
from rules.model import DeviceId


class BadInventoryError(ValueError):
    """A list of devices that is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One paired device. `roles` is empty while Zigbee2MQTT has not recognised it."""

    ieee: str
    name: str
    vendor: str = ""
    model: str = ""
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices of one bridge."""

    sensors: tuple[Sensor, ...] = ()

    def match(self, enrolled: Iterable[DeviceId]) -> dict[DeviceId, Sensor]:
        """The sensor behind each id of the settings: an ieee address (any case) or a friendly name."""
        by_name = {sensor.name: sensor for sensor in self.sensors}
        by_ieee = {sensor.ieee: sensor for sensor in self.sensors}
        found = {device: by_ieee.get(device.lower()) or by_name.get(device) for device in enrolled}
        return {device: sensor for device, sensor in found.items() if sensor is not None}


def read(payload: bytes, exceptions: Exceptions = NO_EXCEPTIONS) -> Inventory:
    """The inventory of a `bridge/devices` message. Raises BadInventoryError."""
    try:
        rows = msgspec.json.decode(payload, type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInventoryError(f"bridge/devices: {error}") from error
    sensors = (_sensor(row, exceptions) for row in rows)
    return Inventory(tuple(sensor for sensor in sensors if sensor is not None))


def _sensor(row: Any, exceptions: Exceptions) -> Sensor | None:
    match row:
        case {"ieee_address": str(ieee), "friendly_name": str(name), "type": str(sort)} if (
            sort != "Coordinator"
        ):
            vendor, model, description, exposes = _definition(row.get("definition"))
            known = roles(exposes, vendor, model, description, exceptions)
            return Sensor(ieee.lower(), name, vendor, model, known)
    return None


def _definition(definition: Any) -> tuple[str, str, str, Sequence[Any]]:
    match definition:
        case {"vendor": str(vendor), "model": str(model), "exposes": list(exposes)}:
            return vendor, model, str(definition.get("description") or ""), exposes
    return "", "", "", ()
