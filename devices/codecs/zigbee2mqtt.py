"""Zigbee2MQTT over MQTT (1.x and 2.x): from its messages to readings of the enrolled devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from devices.codecs.z2m_voice import Voice, voice
from devices.exceptions import NO_EXCEPTIONS, Exceptions
from devices.inventory import BadInventoryError, Inventory, read
from rules.model import DeviceId, Kind, Origin, Reading

MAX_STATE: Final = 65_536  # bytes of one device's message
MAX_DEVICES: Final = 16_777_216  # bytes of bridge/devices, which carries every definition

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_STATES: Final = {b"online": 1.0, b"offline": 0.0}


class Zigbee2Mqtt:
    """Implements devices.port.TopicCodec. `refused` counts what could not be read, by reason."""

    def __init__(
        self,
        base: str,
        enrolled: Collection[DeviceId],
        kinds: Mapping[DeviceId, frozenset[Kind]] | None = None,
        exceptions: Exceptions = NO_EXCEPTIONS,
    ) -> None:
        """`kinds` is what the installer said of a device: a plain button with Kind.SOS there is an SOS."""
        self.refused: Counter[str] = Counter()
        self.inventory = Inventory()
        self.bridge_online: bool | None = None
        self.memory: bytes | None = None  # the bridge/devices in force; feed it again after a restart
        self._base = base
        self._enrolled = tuple(enrolled)
        self._kinds = kinds or {}
        self._exceptions = exceptions
        self._voices: dict[str, Voice] = {}
        self._sides: dict[str, tuple[str, DeviceId]] = {}  # topics beside the states: availability, action
        self._names: dict[str, DeviceId] = {}  # ieee addresses and friendly names of enrolled devices
        self._started: datetime | None = None  # when the bridge was last seen to start

    @property
    def topics(self) -> Sequence[str]:
        """Names may hold any number of '/', so everything under the base."""
        return (f"{self._base}/#",)

    def recall(self, memory: bytes) -> None:
        """Know the devices again that an earlier run had been told of."""
        self._take(memory)

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Reading]:
        """The readings of one message, all of one device. A retained one tells what was, not what happens."""
        voice = self._voices.get(topic)
        if voice is None:
            return self._beside(topic, payload, at, retained)
        if len(payload) > MAX_STATE:
            return self._refuse("message too big")
        try:
            state = _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._refuse("message is no JSON object") if payload else ()
        origin = Origin.EVENT
        if retained or voice.repeats(state.get("last_seen"), at, self._started):
            origin = Origin.REPLAY
        readings = voice.readings(state, at, origin, retained, self.refused)
        if readings or origin is Origin.REPLAY:
            return readings
        return (Reading(voice.device, Kind.ONLINE, 1.0, at, Origin.HEARTBEAT),)

    def _beside(self, topic: str, payload: bytes, at: datetime, retained: bool) -> Sequence[Reading]:
        """Everything that is no device's state."""
        if topic.startswith(f"{self._base}/bridge/"):
            return self._bridge(topic[len(self._base) + 8 :], payload, at, retained)
        side, device = self._sides.get(topic, ("", DeviceId("")))
        match side:
            case "availability":
                return self._online(device, _state(payload), at, retained)
            case "action":
                action = payload[:200].decode(errors="replace")
                return () if retained else self._voices[topic[: -len("/action")]].pressed(action, at)
        return self._refuse("device not enrolled" if self.memory else "device before bridge/devices")

    def _bridge(self, part: str, payload: bytes, at: datetime, retained: bool) -> Sequence[Reading]:
        match part:
            case "devices":
                self._take(payload)
            case "state":
                online = _state(payload)
                if online and not retained:
                    self._started = at
                self.bridge_online = None if online is None else online > 0
            case "event":
                return self._event(payload, at, retained)
        return ()

    def _take(self, payload: bytes) -> None:
        """A device that joins, leaves or is renamed makes the bridge send its whole list again."""
        if payload == self.memory:
            return
        if len(payload) > MAX_DEVICES:
            self._refuse("bridge/devices too big")
            return
        try:
            self.inventory = read(payload, self._exceptions)
        except BadInventoryError:
            self._refuse("bridge/devices is no list of devices")
            return
        self.memory = payload
        self._listen()

    def _listen(self) -> None:
        """Look every topic up as a whole later: a friendly name may hold '/'."""
        known = {voice.device: voice for voice in self._voices.values()}
        voices: dict[str, Voice] = {}
        self._sides, self._names = {}, {}
        for device, sensor in self.inventory.match(self._enrolled).items():
            topic = f"{self._base}/{sensor.name}"
            voices[topic] = voice(
                device, sensor.roles, self._kinds.get(device, frozenset()), known.get(device)
            )
            self._sides[f"{topic}/availability"] = ("availability", device)
            self._sides[f"{topic}/action"] = ("action", device)
            self._names[sensor.name] = self._names[sensor.ieee] = device
        self._voices = voices

    def _event(self, payload: bytes, at: datetime, retained: bool) -> Sequence[Reading]:
        try:
            event = _decode(payload[:MAX_STATE])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._refuse("bridge/event is no JSON object")
        match event:
            case {"type": str(sort), "data": {"ieee_address": str(ieee)}} if ieee.lower() in self._names:
                device = self._names[ieee.lower()]
                if sort == "device_leave":
                    return self._online(device, 0.0, at, retained)
                if sort in ("device_announce", "device_joined"):
                    return self._online(device, 1.0, at, retained)
        return ()

    def _online(
        self, device: DeviceId, online: float | None, at: datetime, retained: bool
    ) -> Sequence[Reading]:
        """That the bridge misses a device is no sign that it lives; that it answered is."""
        if online is None:
            return self._refuse("availability neither online nor offline")
        origin = Origin.HEARTBEAT if online and not retained else Origin.REPLAY
        return (Reading(device, Kind.ONLINE, online, at, origin),)

    def _refuse(self, reason: str) -> Sequence[Reading]:
        self.refused[reason] += 1
        return ()


def _state(payload: bytes) -> float | None:
    """`online` (1.x) or `{"state":"online"}` (2.x)."""
    if payload in _STATES:
        return _STATES[payload]
    try:
        word = _decode(payload[:MAX_STATE]).get("state")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return _STATES.get(word.encode()) if isinstance(word, str) else None
