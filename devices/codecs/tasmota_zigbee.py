"""Tasmota as a Zigbee bridge (Zigbee2Tasmota), and the wired inputs of Tasmota devices."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from devices import payload as read
from devices.codecs import zones
from devices.codecs.bridge import bridge
from devices.payload import Table
from devices.told import Told, Value
from rules.model import Origin

BASE: Final = "tele/+"
SENDERS: Final = 2_000  # remembered at once
FLAGS: Final = {
    "Contact": "contact_open",  # 1 = open
    "Occupancy": "motion",
    "Water": "water",
    "Fire": "smoke",
    "Smoke": "smoke",
    "CO": "co",
    "Movement": "vibration",
    "PersonalAlarm": "sos",
    "Panic": "sos",
}
PRESSES: Final = ("0501!02", "0501!03", "0501!04")  # IAS ACE commands: emergency, fire, panic
_INPUT: Final = re.compile(r"Switch\d{1,2}")
_Learnt = msgspec.json.Decoder(dict[str, int])


class TasmotaZigbee:
    """Implements devices.families.MqttCodec. A sender is its name in the bridge, or its short address 0x….

    What an IAS zone's bits mean depends on the zone's type: it is learnt from ZbInfo (command
    `ZbInfo` after pairing) or from the model's name, and is the codec's memory.
    """

    def __init__(self, base: str = BASE) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (f"{base}/SENSOR", f"{base}/+/SENSOR", f"{base}/RESULT", f"{base}/LWT")
        self._zones: dict[str, int] = {}  # short address → type of the IAS zone
        self._inputs: dict[str, object] = {}

    def recall(self, memory: bytes) -> None:
        """Know the zones again that an earlier run had been told of."""
        try:
            self._zones = _Learnt.decode(memory)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.refused["memory is damaged"] += 1
            return
        self.memory = memory

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one message says. A retained one tells what was."""
        if topic.endswith("/LWT"):
            return bridge(topic, payload, retained)
        if not topic.endswith(("/SENSOR", "/RESULT")):
            return ()
        message = read.table(payload, self.refused)
        if message is None:
            return ()
        told = [one for name, part in message.items() for one in self._part(topic, name, part)]
        return [Told(one.role, one.value, one.who, Origin.REPLAY) for one in told] if retained else told

    def _part(self, topic: str, name: str, part: object) -> Sequence[Told]:
        match name, part:
            case "ZbReceived", dict():
                return [
                    one
                    for key, said in part.items()
                    if isinstance(said, dict)
                    for one in self._heard(key, said)
                ]
            case "ZbInfo", dict():
                return [
                    one
                    for key, said in part.items()
                    if isinstance(said, dict)
                    for one in self._known(key, said)
                ]
            case _ if _INPUT.fullmatch(name):
                return self._input(f"{topic.split('/')[-2]}/{name}", part)
        return ()

    def _heard(self, key: str, said: Table) -> Sequence[Told]:
        """One device's message. A clear without any trace of a radio frame is the bridge's own timer."""
        self._learn(key, said)
        radio = any(trace in said for trace in ("Endpoint", "LinkQuality", "ZoneStatusChange"))
        origin = Origin.EVENT if radio else Origin.SYNTHETIC
        found = [*_flags(said), *self._zone(key, said), *_presses(said), *_levels(said)]
        return [Told(role, value, _who(key, said), origin) for role, value in dict(found).items()]

    def _known(self, key: str, said: Table) -> Sequence[Told]:
        """The bridge's memory of one device: no sign that it lives."""
        self._learn(key, said)
        return [Told(role, value, _who(key, said), Origin.REPLAY) for role, value in _levels(said)]

    def _zone(self, key: str, said: Table) -> Sequence[tuple[str, Value]]:
        bits = said.get("ZoneStatusChange")
        if isinstance(bits, bool) or not isinstance(bits, int):
            return ()
        named = any(flag in said for flag in FLAGS)
        return zones.said(None if named else self._zones.get(_address(key, said)), bits)

    def _learn(self, key: str, said: Table) -> None:
        sort = zones.sort(said.get("ZoneType"), str(said.get("ModelId") or ""))
        address = _address(key, said)
        if sort is None or self._zones.get(address) == sort:
            return
        if address not in self._zones and len(self._zones) >= SENDERS:
            self.refused["too many devices"] += 1
            return
        self._zones[address] = sort
        self.memory = msgspec.json.encode(self._zones)

    def _input(self, who: str, said: object) -> Sequence[Told]:
        """A wired input says ON or OFF; what that means is enrolled, as a radio code's meaning is. It is also
        repeated with every report."""
        match said:
            case str(word) | {"Action": str(word)} | {"State": str(word)}:
                known = who in self._inputs or len(self._inputs) < SENDERS
                new = self._inputs.get(who) != word and known
                if known:
                    self._inputs[who] = word
                return (Told("rf_code", word[:20], who, Origin.EVENT if new else Origin.HEARTBEAT),)
        return ()


def _who(key: str, said: Table) -> str:
    """The name that the installer gave it, or its address."""
    name = said.get("Name")
    return name.strip() if isinstance(name, str) and name.strip() else key


def _address(key: str, said: Table) -> str:
    device = said.get("Device")
    return device if isinstance(device, str) else key


def _flags(said: Table) -> Sequence[tuple[str, Value]]:
    found = ((role, read.flag(said.get(key))) for key, role in FLAGS.items())
    return [(role, flag) for role, flag in found if flag is not None and (flag or role != "sos")]


def _presses(said: Table) -> Sequence[tuple[str, Value]]:
    click = said.get("Click", said.get("click"))
    found: list[tuple[str, Value]] = [("button", click)] if isinstance(click, str) and click else []
    return [*found, ("sos", True)] if any(command in said for command in PRESSES) else found


def _levels(said: Table) -> Sequence[tuple[str, Value]]:
    found: list[tuple[str, Value]] = []
    if (level := read.number(said.get("BatteryPercentage"), 0, 100)) is not None:
        found.append(("battery", level))
    if (volts := read.number(said.get("BatteryVoltage"), 0.5, 20)) is not None:
        found.append(("battery_mv", round(volts * 1000)))
    return found


def make(options: Mapping[str, str]) -> TasmotaZigbee:
    """`base`: what stands before /SENSOR in the bridge's topics, as in tele/zbbridge."""
    return TasmotaZigbee(options.get("base") or BASE)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded message says."""
    return read.recorded(TasmotaZigbee(), frame)
