"""What one frame says, before it is known whose sensor said it: the common tongue of all codecs but Zigbee's."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model import Origin


@dataclass(frozen=True, slots=True)
class Told:
    """One role and its value.

    `role` is a word of the corpus ("contact_open", "smoke", "bed", "rf_code", "modem_rssi" …); states are True or
    False with True the active side (open, smoke, in bed), measures are numbers in the role's unit, codes are text.
    `who` is the sender as its family names it (a MAC, "decoder/id", a Modbus point); "" where the port or the
    topic is the device.
    """

    role: str
    value: bool | float | str
    who: str = ""
    origin: Origin = Origin.EVENT
