"""Aqara's and Xiaomi's gateways by their LAN protocol, V2 and V1, republished on MQTT by a bridge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from devices import payload as read
from devices.families import Verdict
from devices.told import EACH, Told, Value
from rules.model import Origin

TOPIC: Final = "aqara/#"
_REPLIES: Final = frozenset({"iam", "read_rsp", "read_ack", "write_rsp", "write_ack"})
_MOMENTS: Final = frozenset({"motion", "vibration", "tilt"})  # a heartbeat holds what was, not what is
_SAID: Final[Mapping[tuple[str, str], tuple[str, Value]]] = {
    ("window_status", "open"): ("contact_open", True),
    ("window_status", "close"): ("contact_open", False),
    ("motion_status", "motion"): ("motion", True),
    ("wleak_status", "leak"): ("water", True),
    ("wleak_status", "normal"): ("water", False),
    ("magnet:status", "open"): ("contact_open", True),
    ("magnet:status", "close"): ("contact_open", False),
    ("motion:status", "motion"): ("motion", True),
    ("wleak:status", "leak"): ("water", True),
    ("wleak:status", "no_leak"): ("water", False),
    ("vibration:status", "vibrate"): ("vibration", True),
    ("vibration:status", "tilt"): ("tilt", True),
    ("vibration:status", "free_fall"): ("vibration", True),
}
_HAZARDS: Final = {
    "smoke": "smoke",
    "natgas": "gas",
}  # V1 `alarm`: 1, 64 alarm; 2 test; 32768, 8 its own fault
_ALARMS: Final[Mapping[str, tuple[str, bool] | None]] = {
    "0": ("", False),
    "1": ("", True),
    "2": ("test", True),
    "8": ("battery_low", True),
    "32768": ("fault", True),
}
_LOW: Final = 2800  # mV, by Aqara's document


class AqaraLan:
    """Implements devices.families.MqttCodec. Who spoke is the device's sid."""

    def __init__(self, topic: str = TOPIC) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (topic,)

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one message says: a report is an event, a heartbeat none, an answer repeats what was."""
        table = read.table(payload, self.refused)
        if table is None:
            return ()
        match table:
            case {"cmd": str(command), "sid": str(sid)}:
                return self._message(command, sid, table, retained)
        self.refused["no cmd or sid"] += 1
        return ()

    def _message(self, command: str, sid: str, table: Mapping[str, Any], retained: bool) -> Sequence[Told]:
        model, who = str(table.get("model", "")), sid.lower()[:40]
        origin = _origin(command, retained)
        if origin is None:
            self.refused["other command"] += 1
            return ()
        if model.startswith(("gateway", "acpartner")):
            return (
                Told("bridge_online", True, who, origin if origin is Origin.REPLAY else Origin.HEARTBEAT),
            )
        found = [told for name, value in _params(table) for told in _told(model, name, value, who, origin)]
        if not found and origin is not Origin.REPLAY:
            return (Told("heartbeat", True, who, Origin.HEARTBEAT),)
        return found


def make(options: Mapping[str, str]) -> AqaraLan:
    """`base`: the topic under which the bridge republishes the gateway's messages."""
    return AqaraLan(options.get("base") or TOPIC)


def decode(frame: Mapping[str, object]) -> Verdict:
    """What one recorded message says, with or without the bridge's topic."""
    raw = frame.get("raw")
    return read.recorded(
        AqaraLan(), {"raw": {"topic": "aqara", "payload": raw}} if isinstance(raw, str) else frame
    )


def _origin(command: str, retained: bool) -> Origin | None:
    if command in _REPLIES or retained:
        return Origin.REPLAY
    if command == "heartbeat":
        return Origin.HEARTBEAT
    return Origin.EVENT if command == "report" else None


def _params(table: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """V2 has `params`, a list of tables; V1 `data`, a table written as text."""
    params = table.get("params", table.get("data"))
    if isinstance(params, str):
        params = read.value(params.encode())
    for part in params if isinstance(params, list) else [params]:
        if isinstance(part, dict):
            yield from part.items()


def _told(model: str, name: str, value: object, who: str, origin: Origin) -> Sequence[Told]:
    if name in ("battery_voltage", "voltage"):
        return _voltage(value, who, origin)
    if name == "alarm" and (hazard := _hazard(model)):
        return _alarm(hazard, str(value), who, origin)
    if isinstance(value, str) and (name.startswith("button_") or name == "dual_channel"):
        return (Told("button", value, who, origin),) if origin is Origin.EVENT else ()
    said = _SAID.get((name, str(value))) or _SAID.get((f"{_sort(model)}:{name}", str(value)))
    if said is not None:
        past = origin is Origin.HEARTBEAT and said[0] in _MOMENTS
        lasts = EACH if said[0] in _MOMENTS else None  # V2 has no word for the end of these
        return () if past else (Told(*said, who, origin, lasts),)
    if name == "status" and _sort(model) in ("switch", "86sw1", "86sw2") and origin is Origin.EVENT:
        return (Told("button", str(value)[:40], who),)
    return ()


def _sort(model: str) -> str:
    """sensor_magnet.aq2 → magnet, motion → motion."""
    return model.removeprefix("sensor_").partition(".")[0]


def _hazard(model: str) -> str:
    return _HAZARDS.get(_sort(model), "")


def _alarm(hazard: str, value: str, who: str, origin: Origin) -> Sequence[Told]:
    said = _ALARMS.get(value)
    return () if said is None else (Told(said[0] or hazard, said[1], who, origin),)


def _voltage(value: object, who: str, origin: Origin) -> Sequence[Told]:
    volts = read.number(value, 1, 3400)
    if volts is None:
        return ()
    held = Origin.REPLAY if origin is Origin.REPLAY else Origin.HEARTBEAT
    low = (Told("battery_low", True, who, held),) if volts < _LOW else ()
    return (Told("battery_mv", volts, who, held), *low)
