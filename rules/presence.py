"""Whether the doors say that the resident went out: what came after the last exterior door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules.model import DeviceId, Kind, Origin, Reading

LIFE: Final = frozenset({Kind.MOTION, Kind.PRESENCE, Kind.CONTACT, Kind.BED, Kind.SOS, Kind.BUTTON})
LINGER: Final = timedelta(seconds=120)  # a hall's sensor may still see somebody who just left
BOTH_WAYS: Final = frozenset({Kind.CONTACT, Kind.BED})  # shutting a door and getting up are life as well
_EVENT: Final = Origin.EVENT
NOBODY: Final = DeviceId("")  # until there was a sign


@dataclass(frozen=True, slots=True)
class Presence:
    """The last sign of life, and the last time an exterior door moved."""

    last: datetime
    device: DeviceId = NOBODY
    door: datetime | None = None

    @property
    def out(self) -> bool:
        """Probably out: an exterior door moved, and nobody was seen inside later than LINGER after it."""
        return self.door is not None and self.last - self.door <= LINGER

    def after(self, device: DeviceId, at: datetime, exterior: bool) -> Presence:
        """The presence after a sign of life. One that is older than the last changes nothing."""
        if at < self.last:
            return self
        return Presence(at, device, at if exterior else self.door)


def alive(reading: Reading) -> bool:
    """Whether it is a sign of life: somebody moves, is there, uses a door, a bed, a button, and just now."""
    kind = reading.kind
    return reading.origin is _EVENT and kind in LIFE and (reading.value > 0 or kind in BOTH_WAYS)
