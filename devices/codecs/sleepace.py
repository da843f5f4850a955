"""Sleepace's bed belts (BM8701-2, M901L, M8701W, Z400TWP-3) by the vendor's MQTT push."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from devices import payload as read
from devices.families import Verdict
from devices.told import Told
from rules.model import Origin

TOPIC: Final = "sleepace/#"
MANY: Final = 1000  # records of one message
_STATES: Final = {0: True, 1: False}  # 0 is in bed, 1 has left it; 8 is unchanged
_ALARMS: Final[Mapping[str, tuple[str, bool]]] = {  # what the vendor's own alarms say of the bed and the belt
    "alarmLeftBed": ("bed", False),
    "alarmOnBed": ("bed", True),
    "alarmSitup": ("bed", True),
    "alarmSensorFall": ("fault", True),
}


class Sleepace:
    """Implements devices.families.MqttCodec. Who spoke is the deviceId, ":1" for a bed's other side."""

    def __init__(self, topic: str = TOPIC) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (topic,)

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What the records of one message say: it holds one, or a list of them."""
        said = read.value(payload)
        rows = said if isinstance(said, list) else [said]
        found = [told for row in rows[:MANY] for told in self._record(row)]
        return [Told(t.role, t.value, t.who, Origin.REPLAY) for t in found] if retained else found

    def _record(self, row: object) -> Sequence[Told]:
        match row:
            case {"dataKey": str(key), "deviceId": str(device), "data": (dict() | list()) as data}:
                parts = data if isinstance(data, list) else [data]
                return [
                    t for part in parts[:MANY] if isinstance(part, dict) for t in _told(key, device, part)
                ]
        self.refused["no record"] += 1
        return ()


def make(options: Mapping[str, str]) -> Sleepace:
    """`base`: the topic that Sleepace gave."""
    return Sleepace(options.get("base") or TOPIC)


def decode(frame: Mapping[str, object]) -> Verdict:
    """What one recorded message says."""
    return read.recorded(Sleepace(), frame)


def _told(key: str, device: str, data: Mapping[str, Any]) -> Iterable[Told]:
    who = f"{device}:1" if data.get("leftRight") in (1, "1") else device
    match key:
        case "connectionStatus":
            return _online(who, data)
        case "realtime":
            return _realtime(who, data)
        case "inBedStatus" | "inbedStatus":
            return _bed(who, data.get("inbedStatus", data.get("inBedStatus")))
        case "deviceSenSor":
            worn = read.number(data.get("status"), 0, 1)
            return () if worn is None else (Told("fault", worn == 0, who),)
        case "alarmNotify":
            return _alarm(who, data)
    return (Told("heartbeat", True, who, Origin.HEARTBEAT),)


def _online(who: str, data: Mapping[str, Any]) -> Sequence[Told]:
    online = read.number(data.get("connectionStatus"), 0, 1)
    if online is None:
        return ()
    origin = Origin.HEARTBEAT if online else Origin.REPLAY
    return (Told("device_online", online == 1, who, origin),)


def _realtime(who: str, data: Mapping[str, Any]) -> list[Told]:
    """Every few seconds. While it initialises nothing in it is valid; 255 is no rate, and 0 none either."""
    beat = Told("heartbeat", True, who, Origin.HEARTBEAT)
    if read.number(data.get("initStatus"), 1, 1):
        return [beat]
    found = list(_bed(who, data.get("bedStatus")))
    for name, role in (("heart", "heart_rate"), ("breath", "breath_rate")):
        rate = read.number(data.get(name), 1, 254)
        if rate is not None and not any(told.value is False for told in found):
            found.append(Told(role, rate, who, Origin.HEARTBEAT))
    return found or [beat]


def _bed(who: str, status: object) -> Sequence[Told]:
    """Each is told as an event: the sieve knows which of them only repeats."""
    number = read.number(status, 0, 8)
    state = None if number is None else _STATES.get(int(number))
    return () if state is None else (Told("bed", state, who),)


def _alarm(who: str, data: Mapping[str, Any]) -> Sequence[Told]:
    """Status 0 is a new alarm, 1 one that the vendor's system took back: that says nothing of the bed."""
    beat = Told("heartbeat", True, who, Origin.HEARTBEAT)
    role, value = _ALARMS.get(str(data.get("type")), ("", False))
    if not role or read.number(data.get("status", 0), 0, 0) is None:
        return (beat,)
    return (Told(role, value, who),)
