"""What a frame says before it is known whose sensor said it: the common tongue of all codecs but Zigbee's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from rules.model import Origin

Value: TypeAlias = bool | float | str | tuple[float, ...] | None
EACH: Final = timedelta()  # each transmission tells of a new one: for `lasts`


@dataclass(frozen=True, slots=True)
class Told:
    """One role and its value.

    `role` is a word such as "contact_open", "smoke", "bed" or "rf_code". States are True or False,
    True being the active side (open, smoke, in bed); measures are numbers in the role's unit; codes are text.
    `who` is the sender as its family names it (a MAC, "decoder/id", a Modbus point); "" where the port or the
    topic is the device. `lasts`: when a state was not told again for so long it is over, though nobody said
    so; None: it holds until its end is told.
    """

    role: str
    value: Value
    who: str = ""
    origin: Origin = Origin.EVENT
    lasts: timedelta | None = None
