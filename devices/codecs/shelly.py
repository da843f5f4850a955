"""Shelly over MQTT: Gen1, Gen2 and later, and the Bluetooth (BLU) sensors that these hear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from devices import payload as read
from devices.codecs import shelly_said
from devices.codecs.shelly_said import Said
from devices.payload import Table
from devices.told import Told
from rules.model import Origin

TOPICS: Final = ("shellies/#", "+/status/#", "+/events/rpc", "+/online")
SAME: Final = timedelta(seconds=60)  # a packet's number comes round after 256 packets
SENDERS: Final = 4_096  # remembered at once
LOST: Final = timedelta(
    hours=1
)  # adverts get lost: twice the half hour in which a sensor tells its state again
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
APART: Final = ("input", "bthomesensor", "bthomedevice", "presencezone")  # several of them on one device


class Shelly:
    """Implements devices.families.MqttCodec. A sender is its id (the topic's prefix). An input, a zone or a
    paired Bluetooth sensor of it is "<id>/<component>"; a BLU sensor that a script hears is its MAC, written
    AA:BB:CC:DD:EE:FF.
    """

    def __init__(self, topics: Sequence[str] = TOPICS) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics = topics
        self._last: dict[str, tuple[object, datetime]] = {}  # packets of adverts, counts of presses

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one message says. A retained one tells what was."""
        told = self._read(topic, payload, at)
        return [replace(one, origin=Origin.REPLAY) for one in told] if retained else told

    def _read(self, topic: str, payload: bytes, at: datetime) -> Sequence[Told]:
        parts = topic.split("/")
        if parts[-1] == "online":
            return _online(_device(parts[:-1]), payload)
        notice = parts[-2:] == ["events", "rpc"] or ":" in parts[-1]
        if parts[0] == "shellies" and len(parts) > 2 and not notice:
            return self._first(parts[1], parts[2:], payload, at)
        message = read.table(payload, self.refused)
        if message is None:
            return ()
        if len(parts) > 2 and parts[-2] == "status":
            device = _device(parts[:-2])
            return _told(_who(device, parts[-1]), shelly_said.status(parts[-1], message))
        return self._notice(message, at) if "method" in message else self._event(str(parts[0]), message, at)

    def _first(self, device: str, parts: Sequence[str], payload: bytes, at: datetime) -> Sequence[Told]:
        """Gen1: shellies/<id>/…"""
        match parts:
            case ["sensor", name]:
                said = shelly_said.sensor(name, read.text(payload).lower())
                self.refused["no value of a sensor"] += not said and name in shelly_said.WIRED
                return _told(device, said)
            case ["status"] | ["info"]:
                message = read.table(payload, self.refused)
                return () if message is None else _told(device, shelly_said.motion(message))
            case ["input_event", number]:
                message = read.table(payload, self.refused)
                return () if message is None else self._pressed(f"{device}/input:{number}", message)
        return ()

    def _pressed(self, who: str, said: Table) -> Sequence[Told]:
        """Gen1 repeats its last press with every report; the count tells a new one."""
        press, count = said.get("event"), said.get("event_cnt")
        if not isinstance(press, str) or not press:
            return ()
        last = self._last.get(who)
        self._keep(who, count, _NEVER)
        if count is not None and last is not None and last[0] == count:
            return ()
        return (Told("button", press[:20], who),)

    def _notice(self, said: Table, at: datetime) -> Sequence[Told]:
        """Gen2+: a notification on <id>/events/rpc. A full status is a report on waking."""
        device, params = said.get("src"), said.get("params")
        if not isinstance(device, str) or not isinstance(params, dict):
            self.refused["notification without src or params"] += 1
            return ()
        match said.get("method"):
            case "NotifyEvent":
                events = params.get("events")
                listed = [one for one in events if isinstance(one, dict)] if isinstance(events, list) else []
                return [told for one in listed for told in self._event(device, one, at)]
            case "NotifyStatus" | "NotifyFullStatus":
                return [
                    told
                    for name, part in params.items()
                    if isinstance(part, dict)
                    for told in _told(_who(device, name), shelly_said.status(name, part))
                ]
        return ()

    def _event(self, device: str, said: Table, at: datetime) -> Sequence[Told]:
        """An event of a component, or what a script made of an advert: as it is, or in `data`."""
        component, info = said.get("component"), said.get("info", said)
        if not isinstance(info, dict):
            return ()
        for data in (info.get("data"), said):
            if isinstance(data, dict) and _is_advert(data):
                return self._advert(data, at)
        if not isinstance(component, str):
            return ()
        return _told(_who(device, component), shelly_said.event(component, info))

    def _advert(self, said: Table, at: datetime) -> Sequence[Told]:
        """Once for each packet, though several Shellies may hear it."""
        if said.get("encryption") is True:
            self.refused["encrypted advert"] += 1
            return ()
        named = (said.get("address"), said.get("mac"))
        who = next((name for name in named if isinstance(name, str)), "")
        who = read.mac(who) or who[:40]
        packet = said.get("pid")
        last, heard = self._last.get(who, (None, at))
        if packet is not None:
            self._keep(who, packet, at)
            if last == packet and timedelta() <= at - heard < SAME:
                return ()
        return [
            Told(role, value, who, lasts=LOST if role in ("motion", "vibration") else None)
            for role, value in shelly_said.advert(said)
        ]

    def _keep(self, who: str, mark: object, at: datetime) -> None:
        self._last.pop(who, None)
        if len(self._last) >= SENDERS:
            del self._last[next(iter(self._last))]
        self._last[who] = (mark, at)


def _told(who: str, said: Sequence[Said]) -> Sequence[Told]:
    return [Told(role, value, who) for role, value in said]


def _is_advert(said: Table) -> bool:
    return "BTHome_version" in said or ("pid" in said and ("address" in said or "mac" in said))


def _device(parts: Sequence[str]) -> str:
    """The id; the topic's prefix may be longer than it."""
    return parts[-1] if parts else ""


def _who(device: str, component: str) -> str:
    return f"{device}/{component}" if component.split(":")[0] in APART else device


def _online(device: str, payload: bytes) -> Sequence[Told]:
    """A sensor on batteries goes offline after each report: that is no fault, and no sign of life."""
    online = read.flag(read.text(payload))
    if online is None:
        return ()
    return (Told("bridge_online", online, device, Origin.HEARTBEAT if online else Origin.REPLAY),)


def make(options: Mapping[str, str]) -> Shelly:
    """`base`: the topics to read, parted by commas, where prefixes were changed or scripts publish."""
    base = options.get("base", "")
    return Shelly(tuple(topic.strip() for topic in base.split(",") if topic.strip()) or TOPICS)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded message says."""
    return read.recorded(Shelly(), frame)
