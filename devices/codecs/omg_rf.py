"""OpenMQTTGateway's 433 MHz receiver (RCSwitch): the codes that it hears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from devices import payload as read
from devices.codecs.bridge import bridge, rf
from devices.told import Told

BASE: Final = "home/+"
MAX_CODE: Final = 2**64


class OmgRf:
    """Implements devices.families.MqttCodec. A sender is its code without the last hex digit, which is most
    sensors' state."""

    def __init__(self, base: str = BASE) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (f"{base}/433toMQTT", f"{base}/LWT")

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """The code of one message, or whether the receiver is there."""
        if topic.endswith("/LWT"):
            return bridge(topic, payload, retained)
        if not topic.endswith("/433toMQTT"):
            return ()
        message = read.table(payload, self.refused)
        code = None if message is None else _code(message.get("value"))
        if code is None:
            self.refused["no code"] += message is not None
            return ()
        return (rf(code, retained),)


def _code(value: object) -> str | None:
    """Decimal in the message, hex here; at least 24 bits wide."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MAX_CODE:
        return None
    return f"{value:06X}"


def make(options: Mapping[str, str]) -> OmgRf:
    """`base`: the gateway's topic, as in home/OpenMQTTGateway."""
    return OmgRf(options.get("base") or BASE)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded message says."""
    return read.recorded(OmgRf(), frame)
