"""What a frame says before it is known whose sensor said it: the common tongue of all codecs but Zigbee's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rules.model import Origin

Value: TypeAlias = bool | float | str | tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Told:
    """One role and its value.

    `role` is a word such as "contact_open", "smoke", "bed" or "rf_code". States are True or False,
    True being the active side (open, smoke, in bed); measures are numbers in the role's unit; codes are text.
    `who` is the sender as its family names it (a MAC, "decoder/id", a Modbus point); "" where the port or the
    topic is the device.
    """

    role: str
    value: Value
    who: str = ""
    origin: Origin = Origin.EVENT
