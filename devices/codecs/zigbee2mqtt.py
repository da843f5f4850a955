"""Zigbee2MQTT over MQTT (1.x and 2.x): from its messages to readings of the enrolled devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from devices.exceptions import NO_EXCEPTIONS, Exceptions
from devices.inventory import BadInventoryError, Inventory, read
from devices.role import Role, Value
from rules.model import DeviceId, Kind, Origin, Reading

MAX_STATE = 65_536  # bytes of one device's message
MAX_DEVICES = 16_777_216  # bytes of bridge/devices, which carries every definition

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(slots=True)
class _Voice:
    """One enrolled device as its topic speaks."""

    device: DeviceId
    fields: Sequence[tuple[str, Kind, Mapping[Value, float] | None]]


class Zigbee2Mqtt:
    """Implements devices.port.TopicCodec. `refused` counts what could not be read, by reason."""

    def __init__(
        self,
        base: str,
        enrolled: Collection[DeviceId],
        kinds: Mapping[DeviceId, frozenset[Kind]] | None = None,
        exceptions: Exceptions = NO_EXCEPTIONS,
    ) -> None:
        """`kinds` is what the installer said of a device: a plain button with Kind.SOS there is an SOS."""
        self.refused: Counter[str] = Counter()
        self.inventory = Inventory()
        self.bridge_online: bool | None = None
        self._base = base
        self._enrolled = frozenset(enrolled)
        self._kinds = kinds or {}
        self._exceptions = exceptions
        self._voices: dict[str, _Voice] = {}

    @property
    def topics(self) -> Sequence[str]:
        """Names may hold any number of '/', so everything under the base."""
        return (f"{self._base}/#",)

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Reading]:
        """The readings of one message, all of one device. A retained one tells what was, not what happens."""
        voice = self._voices.get(topic)
        if voice is None:
            return self._bridge(topic, payload, at)
        if len(payload) > MAX_STATE:
            return self._refuse("too big")
        try:
            state = _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._refuse("not JSON")
        origin = Origin.REPLAY if retained else Origin.EVENT
        readings = []
        for name, kind, table in voice.fields:
            value = state.get(name)
            if value is None:
                continue
            if table is None:
                if isinstance(value, int | float):
                    readings.append(Reading(voice.device, kind, float(value), at, origin))
            elif isinstance(value, str | bool | int | float) and (level := table.get(value)) is not None:
                readings.append(Reading(voice.device, kind, level, at, origin))
        return readings or (Reading(voice.device, Kind.ONLINE, 1.0, at, Origin.HEARTBEAT),)

    def _bridge(self, topic: str, payload: bytes, at: datetime) -> Sequence[Reading]:
        if topic == f"{self._base}/bridge/devices":
            try:
                self.inventory = read(payload, self._exceptions)
            except BadInventoryError:
                return self._refuse("bad bridge/devices")
            self._voices = {
                f"{self._base}/{sensor.name}": _Voice(device, [_field(role) for role in sensor.roles])
                for device, sensor in self.inventory.match(self._enrolled).items()
            }
        return ()

    def _refuse(self, reason: str) -> Sequence[Reading]:
        self.refused[reason] += 1
        return ()


def _field(role: Role) -> tuple[str, Kind, Mapping[Value, float] | None]:
    if not role.active and not role.inactive:
        return role.property, role.kind, None
    table = {**dict.fromkeys(role.inactive, 0.0), **dict.fromkeys(role.active, 1.0)}
    return role.property, role.kind, table
