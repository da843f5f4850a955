"""rtl_433's events over MQTT: sensors of burglar alarms on 319, 345 and 433 MHz, and codes of remotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from devices import payload as read
from devices.codecs import rtl_433_models as models
from devices.codecs.rtl_433_models import Event
from devices.families import Verdict
from devices.told import Told
from rules.model import Origin

BASE: Final = "rtl_433/+"
COPY: Final = timedelta(seconds=5)  # 3 to 8 copies of one transmission come within 3 s
COUNTED: Final = timedelta(seconds=10)  # Interlogix counts its transmissions: an equal count is a copy
MANY: Final = 256  # senders remembered; on a busy air older ones are forgotten first
ONLINE: Final = {"online": True, "offline": False}


class Rtl433:
    """Implements devices.families.MqttCodec. Who spoke is "<decoder>/<id>", by the present name."""

    def __init__(self, base: str = BASE) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (f"{base}/events", f"{base}/availability")
        self._heard: dict[str, tuple[str, datetime]] = {}

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one transmission says, once: its copies say nothing more."""
        if topic.endswith("/availability"):
            return self._bridge(topic, payload, retained)
        table = read.table(payload, self.refused)
        event = None if table is None else self._event(table)
        if event is None or self._copy(event, at):
            return ()
        return models.told(event, retained)

    def _event(self, table: Mapping[str, Any]) -> Event | None:
        event = models.event(table)
        if event is None:
            self.refused["no model"] += 1
        return event

    def _bridge(self, topic: str, payload: bytes, retained: bool) -> Sequence[Told]:
        online = ONLINE.get(read.text(payload).lower())
        if online is None:
            self.refused["availability neither online nor offline"] += 1
            return ()
        origin = Origin.HEARTBEAT if online and not retained else Origin.REPLAY
        return (Told("bridge_online", online, topic.split("/")[-2], origin),)

    def _copy(self, event: Event, at: datetime) -> bool:
        """Whether the sender said the very same last, and just now."""
        said, first = self._heard.pop(event.who, ("", at))
        copy = said == event.said and timedelta() <= at - first < (COUNTED if event.counted else COPY)
        self._heard[event.who] = (event.said, first if copy else at)
        if len(self._heard) > MANY:
            del self._heard[next(iter(self._heard))]
        return copy


def make(options: Mapping[str, str]) -> Rtl433:
    """`base`: rtl_433/<host>, as rtl_433 was told with -F mqtt."""
    return Rtl433(options.get("base") or BASE)


def decode(frame: Mapping[str, object]) -> Verdict:
    """What one recorded message says."""
    return read.recorded(Rtl433(), frame)
