"""Home Assistant's MQTT discovery: whatever announces itself on a broker, as ESPHome does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from devices import payload as read
from devices.codecs import ha_announcement, ha_roles
from devices.codecs.ha_announcement import Entity, Watch
from devices.template import Template
from devices.told import Told
from rules.model import Origin

PREFIX: Final = "homeassistant"
ANNOUNCED: Final = 2_000  # remembered at once
NAMES: Final = {"contact": "contact_open", "unknown": "alarm", "connectivity": "device_online"}
MEASURES: Final = {  # bounds of what is believed
    "battery": (0.0, 100.0),
    "heart_rate": (1.0, 300.0),
    "breath_rate": (1.0, 100.0),
    "spo2": (1.0, 100.0),
    "sys": (1.0, 400.0),
    "dia": (1.0, 300.0),
    "body_temperature": (20.0, 50.0),
    "weight": (0.0, 500.0),
    "co_level": (0.0, 100_000.0),
    "water_volume": (0.0, 1e12),
    "water_volume_m3": (0.0, 1e9),
}
PRESSES: Final = frozenset({"sos", "button"})
HELD: Final = timedelta(minutes=10)  # a press told again after longer is another one
_NO_STATE: Final = frozenset({"", "none", "unknown", "unavailable", "null"})
_Memory = msgspec.json.Decoder(dict[str, str])


class HaDiscovery:
    """Implements devices.families.MqttCodec. A sender is "<device>/<unique id>": a device's identifier, and
    what of it speaks; enrolling the device alone is enough. What was announced is the codec's memory."""

    def __init__(self, prefix: str = PREFIX, topics: Sequence[str] = ("#",)) -> None:
        """States may stand on any topic of the broker: `topics` says which to read."""
        self.refused: Counter[str] = Counter()
        self.topics = topics
        self._prefix = f"{prefix}/"
        self._announced: dict[str, tuple[bytes, Sequence[Entity]]] = {}
        self._memory: bytes | None = None
        self._changed = False
        self._entities: dict[str, list[Entity]] = {}
        self._watches: dict[str, list[tuple[Watch, Entity]]] = {}
        self._there: dict[tuple[str, str], bool] = {}  # (entity, topic) → whether it is there
        self._last: dict[str, tuple[bool, datetime]] = {}  # each binary entity's last state

    @property
    def memory(self) -> bytes | None:
        """The announcements in force."""
        if self._changed:
            self._sort()
        return self._memory

    @memory.setter
    def memory(self, memory: bytes | None) -> None:
        self._memory = memory

    def recall(self, memory: bytes) -> None:
        """Know again what an earlier run had been told of."""
        try:
            listed = _Memory.decode(memory)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.refused["memory is damaged"] += 1
            return
        for topic, payload in listed.items():
            self._announce(topic, payload.encode())

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one message says: of an announcement what may be enrolled; of a state its role's value."""
        if topic.startswith(self._prefix) and topic.endswith("/config"):
            return self._announce(topic, payload)
        if self._changed:
            self._sort()
        told = [*self._states(topic, payload, at, retained), *self._availability(topic, payload)]
        return [replace(one, origin=Origin.REPLAY) for one in told] if retained else told

    def _announce(self, topic: str, payload: bytes) -> Sequence[Told]:
        """An announcement is a bridge's memory: no sign that the device lives."""
        if not payload:
            self._forget(topic)
            return ()
        if topic in self._announced and self._announced[topic][0] == payload:
            return _onboard(self._announced[topic][1])
        place = topic[len(self._prefix) : -len("/config")].split("/")
        config = read.table(payload, self.refused)
        if config is None or len(place) < 2:
            return ()
        entities, wrong = ha_announcement.read(place, config)
        self.refused.update(wrong)
        if topic not in self._announced and len(self._announced) >= ANNOUNCED:
            self.refused["too many announcements"] += 1
            return ()
        if entities or topic in self._announced:
            self._announced[topic] = (payload, entities)
            self._changed = True
        return _onboard(entities)

    def _forget(self, topic: str) -> None:
        if self._announced.pop(topic, None) is None:
            self.refused["empty announcement"] += 1
            return
        self._changed = True

    def _sort(self) -> None:
        """By the topics that they speak on."""
        self._changed = False
        self._entities, self._watches = {}, {}
        for _, entities in self._announced.values():
            for entity in entities:
                self._entities.setdefault(entity.topic, []).append(entity)
                for watch in entity.watches:
                    self._watches.setdefault(watch.topic, []).append((watch, entity))
        known = {topic: payload.decode(errors="replace") for topic, (payload, _) in self._announced.items()}
        self._memory = msgspec.json.encode(known)

    def _states(self, topic: str, payload: bytes, at: datetime, retained: bool) -> Sequence[Told]:
        if topic in self._entities and len(payload) > read.MAX:
            self.refused["message too big"] += 1
            return ()
        found: list[Told] = []
        for entity in self._entities.get(topic, ()):
            state = _state(entity, payload)
            if state is not None:
                found += self._told(entity, state, at)
                if not retained:
                    self._last[entity.who] = (state.casefold() == entity.on.casefold(), at)
        return found

    def _told(self, entity: Entity, state: str, at: datetime) -> Sequence[Told]:
        if entity.role == "action":
            word = _event_type(state)
            return (Told(ha_roles.press(word), word, entity.who),) if word else ()
        if entity.role in MEASURES:
            return self._measure(entity, state)
        if state.casefold() == entity.on.casefold():
            return self._active(entity, at)
        if entity.off is None or state.casefold() != entity.off.casefold():
            self.refused["state neither on nor off"] += entity.off is not None
            return ()
        if entity.role in PRESSES:
            return ()
        if entity.role == "connectivity":
            return (Told("device_online", False, entity.who, Origin.REPLAY),)
        return (Told(NAMES.get(entity.role, entity.role), False, entity.who, lasts=_lasts(entity)),)

    def _active(self, entity: Entity, at: datetime) -> Sequence[Told]:
        """A press told again and again is one. After `lasts` it was at rest, though nobody said so."""
        was, since = self._last.get(entity.who, (False, at))
        if entity.role in PRESSES:
            held = was and entity.off is not None and at - since < HELD
            return () if held else (Told(entity.role, True, entity.who),)
        if entity.role == "connectivity":
            return (Told("device_online", True, entity.who, Origin.HEARTBEAT),)
        return (Told(NAMES.get(entity.role, entity.role), True, entity.who, lasts=_lasts(entity)),)

    def _measure(self, entity: Entity, state: str) -> Sequence[Told]:
        value = read.number(state, *MEASURES[entity.role])
        if value is None:
            self.refused[f"{entity.role} is no number in its range"] += 1
            return ()
        if entity.role == "water_volume_m3":
            return (Told("water_volume", value * 1000, entity.who),)
        return (Told(entity.role, value, entity.who),)

    def _availability(self, topic: str, payload: bytes) -> Sequence[Told]:
        """Once a device. That others miss it is no sign of its life."""
        found: dict[str, bool] = {}
        for watch, entity in self._watches.get(topic, ()):
            state = _rendered(watch.template, payload)
            if state is None or state not in (watch.on, watch.off):
                continue
            self._there[entity.who, topic] = state == watch.on
            found[entity.device] = self._present(entity, topic)
        return [
            Told("device_online", there, device, Origin.HEARTBEAT if there else Origin.REPLAY)
            for device, there in found.items()
        ]

    def _present(self, entity: Entity, topic: str) -> bool:
        states = [self._there.get((entity.who, watch.topic), False) for watch in entity.watches]
        match entity.mode:
            case "all":
                return all(states)
            case "any":
                return any(states)
        return self._there[entity.who, topic]


def _onboard(entities: Sequence[Entity]) -> Sequence[Told]:
    return [Told("onboard", entity.role, entity.who, Origin.REPLAY) for entity in entities]


def _state(entity: Entity, payload: bytes) -> str | None:
    """None where the message says nothing of this entity."""
    state = _rendered(entity.template, payload)
    return None if state is None or state.lower() in _NO_STATE else state


def _lasts(entity: Entity) -> timedelta | None:
    return None if entity.lasts is None else timedelta(seconds=entity.lasts)


def _rendered(template: Template | None, payload: bytes) -> str | None:
    if template is None:
        return read.text(payload)
    return template.render(payload)


def _event_type(state: str) -> str:
    """An event entity sends {"event_type": "single"}, a sensor the word alone."""
    match read.value(state.encode()):
        case {"event_type": str(word)}:
            return word[:40]
        case dict() | list():
            return ""
    return state[:40]


def make(options: Mapping[str, str]) -> HaDiscovery:
    """`base`: the discovery prefix; `topics`: what to read, parted by commas, instead of the whole broker."""
    listed = tuple(topic.strip() for topic in options.get("topics", "").split(",") if topic.strip())
    return HaDiscovery(options.get("base") or PREFIX, listed or ("#",))


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded message says."""
    return read.recorded(HaDiscovery(), frame)
