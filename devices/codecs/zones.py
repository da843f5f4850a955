"""What the bits of a Zigbee IAS zone say: by the zone's type, as the Zigbee Cluster Library lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from devices.told import Value

ALARMS: Final = 0x0003
TYPES: Final = {
    0x000D: "motion",
    0x0015: "contact_open",
    0x0028: "smoke",
    0x002A: "water",
    0x002B: "co",
    0x002C: "sos",  # personal emergency device
    0x002D: "vibration",
    0x010F: "sos",  # remote control: panic, emergency
    0x0115: "sos",  # key fob
    0x021D: "sos",  # keypad
    0x1_002B: "gas",  # natural gas: declared as 0x002B, told by the model's name alone
}
_SIDES: Final = ((0x0004, "tamper"), (0x0008, "battery_low"), (0x0100, "test"))
_MODELS: Final = (
    (("smoke",), 0x0028),
    (("wleak", "water", "flood"), 0x002A),
    (("magnet", "contact"), 0x0015),
    (("motion", "pir"), 0x000D),
    (("vibration",), 0x002D),
)


def said(sort: int | None, bits: int) -> Sequence[tuple[str, Value]]:
    """Roles and values. A zone of unknown type says only what is the same for all. An SOS has no "off"."""
    found: list[tuple[str, Value]] = [(role, bool(bits & mask)) for mask, role in _SIDES]
    role = TYPES.get(sort) if sort is not None else None
    active = bool(bits & ALARMS)
    if role is not None and (active or role != "sos"):
        found.append((role, active))
    return found


def sort(declared: object, model: str) -> int | None:
    """The zone's type as declared, or as the model's name tells it (lumi.sensor_wleak.aq1)."""
    name = model.lower()
    if "gas" in name:
        return 0x1_002B
    if isinstance(declared, int) and not isinstance(declared, bool):
        return declared
    return next((sort for words, sort in _MODELS if any(word in name for word in words)), None)
