"""Which reading each role of a frame becomes; a role that is not here tells nothing that a rule asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rules.model import Kind

KINDS: Final[Mapping[str, Kind]] = {kind.value: kind for kind in Kind} | {
    "contact_open": Kind.CONTACT,
    "water": Kind.WATER_LEAK,
    "battery_mv": Kind.VOLTAGE,
    "breath_rate": Kind.RESPIRATION,
    "breathing_rate": Kind.RESPIRATION,
    "sys": Kind.SYSTOLIC,
    "dia": Kind.DIASTOLIC,
    "device_online": Kind.ONLINE,
    "heartbeat": Kind.ONLINE,
}
MOMENTARY: Final = frozenset({Kind.MOTION, Kind.VIBRATION})  # who tells these often never tells their end
DANGERS: Final = frozenset({Kind.SMOKE, Kind.HEAT, Kind.GAS, Kind.CO, Kind.WATER_LEAK, Kind.FALL})
PRESSES: Final = frozenset({Kind.SOS, Kind.BUTTON})  # every one counts; there is no "off"
CARE: Final = frozenset(  # what "alarm" can mean of a device whose kinds the installer named
    {
        *(Kind.SMOKE, Kind.HEAT, Kind.GAS, Kind.CO, Kind.WATER_LEAK, Kind.SOS, Kind.FALL),
        *(Kind.CONTACT, Kind.MOTION, Kind.PRESENCE, Kind.BED, Kind.VIBRATION, Kind.TILT),
    }
)
STATES: Final = CARE - PRESSES
RELEASED: Final = frozenset({"", "release", "released", "none", "idle"})  # a button let go
