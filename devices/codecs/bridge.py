"""What radio bridges on MQTT say of themselves, and the codes that they hear."""

from __future__ import annotations

from collections.abc import Sequence

from devices import payload as read
from devices.told import EACH, Told
from rules.model import Origin


def bridge(topic: str, payload: bytes, retained: bool) -> Sequence[Told]:
    """A last will: Online or Offline. A bridge that is gone is no sign of its life."""
    online = {"online": True, "offline": False}.get(read.text(payload).lower())
    if online is None:
        return ()
    origin = Origin.HEARTBEAT if online and not retained else Origin.REPLAY
    return (Told("bridge_online", online, topic.split("/")[-2], origin),)


def rf(code: str, retained: bool) -> Told:
    """A code as heard. A sender on 433 MHz speaks when something happens, and repeats no state."""
    return Told("rf_code", code, code[:-1], Origin.REPLAY if retained else Origin.EVENT, EACH)
