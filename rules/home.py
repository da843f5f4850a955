"""What a rule needs to know of a home: its devices, where they stand, and its local time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from rules.model import DeviceId, HomeId, Kind


@dataclass(frozen=True, slots=True)
class Supervision:
    """After how long without a word a device is in doubt (`warn`) and taken for dead (`fault`); with `learn`
    the device's own rhythm may lengthen both."""

    warn: timedelta
    fault: timedelta
    learn: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """One sensor as it was installed. `supervision` is None where its family sends no heartbeat at all."""

    id: DeviceId
    room: str
    name: str = ""
    exterior: bool = False  # an entry door: leaving the home passes it
    supervision: Supervision | None = None
    kinds: frozenset[Kind] = frozenset()  # what it reports, where known


@dataclass(frozen=True, slots=True)
class Home:
    """One dwelling and its sensors."""

    id: HomeId
    zone: ZoneInfo
    devices: tuple[Device, ...] = ()

    def device(self, id: DeviceId) -> Device | None:  # noqa: A002  the field's own name
        """The device with this id, if it stands in this home."""
        return next((device for device in self.devices if device.id == id), None)

    def rooms(self) -> dict[DeviceId, str]:
        """The room of each device."""
        return {device.id: device.room for device in self.devices}

    def having(self, kinds: Iterable[Kind]) -> tuple[Device, ...]:
        """The devices that report one of these kinds."""
        wanted = frozenset(kinds)
        return tuple(device for device in self.devices if device.kinds & wanted)
