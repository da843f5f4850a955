"""Which sensors of a home stand in its bathrooms, and which could tell that the resident left them."""

from __future__ import annotations

from typing import Final

from rules.home import Device, Home
from rules.model import DeviceId, Kind
from rules.presence import LIFE

ROOMS: Final = ("bathroom", "toilet", "washroom", "wc", "卫生间", "厕所", "浴室", "洗手间")
_CARRIED: Final = frozenset({Kind.SOS, Kind.BUTTON})  # a button tells of a room only when it is pressed
_SEEING: Final = LIFE - _CARRIED


def inside(home: Home, rooms: tuple[str, ...]) -> frozenset[DeviceId]:
    """The sensors of those rooms that see life. Empty where a bathroom could not be told from the rest."""
    wanted = {room.strip().casefold() for room in rooms}
    seeing = [device for device in home.devices if _sees(device)]
    found = frozenset(device.id for device in seeing if device.room.strip().casefold() in wanted)
    return found if len(found) < len(seeing) else frozenset()


def _sees(device: Device) -> bool:
    return not device.kinds or bool(device.kinds & _SEEING)
