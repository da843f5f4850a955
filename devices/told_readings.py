"""From what frames say to readings of the enrolled sensors: whose it was, and what it means in this home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from devices.families import LineCodec, MqttCodec, SerialCodec
from devices.told import EACH, Told, Value
from devices.told_kinds import CARE, DANGERS, KINDS, MOMENTARY, PRESSES, RELEASED, STATES
from rules.model import DeviceId, Kind, Origin, Reading

SAME_CODE: Final = timedelta(seconds=5)  # one press of a 433 MHz button comes as up to 25 packets
SAME_STATE: Final = timedelta(seconds=2)  # a radar tells the same 10 times a second
SAME_ALARM: Final = timedelta(
    seconds=60
)  # a detector in alarm repeats itself: KD101 every 5 s (ethersex#420)

Meaning = tuple[Kind, float]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Whose words count. `table` has the device of each sender, or is the one device of the port; `codes`
    tells what a code means where senders send only codes: (sender, code) → kind and value; `kinds` is what
    the installer said of a device: a plain button with Kind.SOS there is an SOS."""

    table: Mapping[str, DeviceId] | DeviceId
    codes: Mapping[tuple[str, str], Meaning] = field(default_factory=dict)
    kinds: Mapping[DeviceId, frozenset[Kind]] = field(default_factory=dict)


class Reader:
    """Turns Told into readings, sheds what only repeats, and counts in `refused` what it cannot use."""

    def __init__(self, enrolled: Enrolled, refused: Counter[str]) -> None:
        self._enrolled = enrolled
        self._refused = refused
        self._last: dict[tuple[DeviceId, Kind], tuple[float, datetime]] = {}
        self._codes: dict[tuple[DeviceId, Kind, float], datetime] = {}
        self._active: dict[tuple[DeviceId, Kind], datetime] = {}  # when a state was last told

    def read(self, told: Sequence[Told], at: datetime) -> Sequence[Reading]:
        """The readings of one message or read. Each enrolled device that spoke leaves a sign of it, unless it
        said the same less than 2 s ago."""
        found: list[Reading] = []
        for one in told:
            address, device = self._whose(one)
            if device is None:
                self._refused["sender not enrolled"] += 1
                continue
            found += self._reading(one, address, device, at)
        return found

    def _whose(self, told: Told) -> tuple[str, DeviceId | None]:
        """A code may be enrolled under its sender or, where that has no name, as itself."""
        table = self._enrolled.table
        if isinstance(table, str):
            return told.who, table
        if told.role == "rf_code" and told.who not in table and str(told.value) in table:
            return str(told.value), table[str(told.value)]
        who = told.who
        while who not in table and "/" in who:  # a part of an enrolled device: an input, an entity
            who = who.rpartition("/")[0]
        return told.who, table.get(who)

    def _reading(self, told: Told, address: str, device: DeviceId, at: datetime) -> Sequence[Reading]:
        meaning = self._code(told, address) if told.role == "rf_code" else self._meaning(told, device)
        if meaning is None:
            return self._heard(told, device, at)
        kind, value = meaning
        lasts = self._lasts(told, address, kind)
        reading = Reading(device, kind, value, at, _origin(told, kind, value, lasts))
        anew = self._anew(reading, lasts)
        if (anew or told.role == "rf_code") and self._copy(device, meaning, at):
            return ()
        if kind is Kind.ONLINE:
            return self._online(told, device, value, at)
        if not anew:
            return self._unless_same(reading)
        self._last[device, kind] = (value, at)
        return (Reading(device, kind, 0.0, at, Origin.SYNTHETIC), reading)

    def _lasts(self, told: Told, address: str, kind: Kind) -> timedelta | None:
        """After how long a state is over by itself. Most motion sensors on 433 MHz have no code for the end;
        a danger counts as a new one only when the detector was silent for a while."""
        lasts = told.lasts
        if lasts is None and told.role == "rf_code" and kind in MOMENTARY and not self._ends(address, kind):
            lasts = EACH
        if lasts is None or kind not in STATES:
            return None
        if kind in DANGERS:
            return max(lasts, SAME_ALARM)
        return lasts if lasts > EACH or kind in MOMENTARY else None  # who opens a door may not shut it

    def _anew(self, reading: Reading, lasts: timedelta | None) -> bool:
        """Whether a state begins once more whose end nobody told. What was before our own start nobody knows:
        then it does, for taking it for an old one would hide it."""
        if reading.origin is Origin.REPLAY:
            return False
        key = (reading.device, reading.kind)
        told = self._active.pop(key, None)
        if reading.value > 0:
            self._active[key] = reading.at
        if lasts is None or reading.value <= 0 or reading.origin is not Origin.EVENT:
            return False
        return told is None or not timedelta() <= reading.at - told < lasts

    def _code(self, told: Told, address: str) -> Meaning | None:
        """Only an enrolled code means anything: the model's name beside it is a guess of the radio."""
        meaning = self._enrolled.codes.get((address, str(told.value)))
        if meaning is None:
            self._refused["code not enrolled"] += 1
        return meaning

    def _meaning(self, told: Told, device: DeviceId) -> Meaning | None:
        kind = self._kind(told.role, device)
        if kind is None:
            return None
        value = _pressed(told.value) if kind in PRESSES else _number(told.value)
        if value is None and told.value is not None and kind not in PRESSES:
            self._refused[f"{told.role} is no number"] += 1
        return None if value is None else (kind, value)

    def _kind(self, role: str, device: DeviceId) -> Kind | None:
        said = self._enrolled.kinds.get(device, frozenset())
        if role == "button" and Kind.SOS in said:
            return Kind.SOS
        if role == "alarm" or (role == "contact_open" and said & CARE and Kind.CONTACT not in said):
            return next(iter(said & CARE)) if len(said & CARE) == 1 else None
        return KINDS.get(role)

    def _ends(self, address: str, kind: Kind) -> bool:
        """Whether the sender has a code for the end."""
        codes = self._enrolled.codes.items()
        return any(sender == address and meaning == (kind, 0.0) for (sender, _), meaning in codes)

    def _copy(self, device: DeviceId, meaning: Meaning, at: datetime) -> bool:
        """One transmission heard several times, or decoded in several ways, is one event."""
        first = self._codes.get((device, *meaning))
        if first is not None and timedelta() <= at - first < SAME_CODE:
            return True
        self._codes[(device, *meaning)] = at
        return False

    def _heard(self, told: Told, device: DeviceId, at: datetime) -> Sequence[Reading]:
        """The device lives, though it said nothing that a rule asks for."""
        if told.origin is Origin.REPLAY:
            return ()
        return self._unless_same(Reading(device, Kind.ONLINE, 1.0, at, Origin.HEARTBEAT))

    def _online(self, told: Told, device: DeviceId, value: float, at: datetime) -> Sequence[Reading]:
        """That others miss a device is no sign that it lives; that it answered is."""
        alive = value > 0 and told.origin is not Origin.REPLAY
        origin = Origin.HEARTBEAT if alive else Origin.REPLAY
        return self._unless_same(Reading(device, Kind.ONLINE, value, at, origin))

    def _unless_same(self, reading: Reading) -> Sequence[Reading]:
        if reading.kind in PRESSES:
            return (reading,)
        if reading.origin is Origin.REPLAY:
            return (reading,)
        key = (reading.device, reading.kind)
        value, at = self._last.get(key, (None, reading.at))
        if value == reading.value and timedelta() <= reading.at - at < SAME_STATE:
            return ()
        self._last[key] = (reading.value, reading.at)
        return (reading,)


class ToldReader:
    """Implements devices.port.Codec over a serial family's codec."""

    def __init__(self, codec: SerialCodec, enrolled: Enrolled) -> None:
        self.codec = codec
        self.refused = codec.refused
        self._reader = Reader(enrolled, codec.refused)

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""
        return self._reader.read(self.codec.feed(data, at), at)


class ToldCaller:
    """Implements devices.port.Caller over one line of a family whose senders call in."""

    def __init__(self, codec: LineCodec, reader: Reader) -> None:
        self._codec = codec
        self._reader = reader

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""
        return self._reader.read(self._codec.feed(data, at), at)

    def answer(self) -> bytes:
        """What the sender waits for, once."""
        return self._codec.ask()


class ToldReceiver:
    """Implements devices.port.Receiver: a sensor is the same one whatever line it is heard on."""

    def __init__(self, codec: LineCodec, enrolled: Enrolled) -> None:
        self.refused = codec.refused
        self._codec = codec
        self._reader = Reader(enrolled, codec.refused)
        if not isinstance(enrolled.table, str):
            codec.enrol(enrolled.table.keys())

    def line(self) -> ToldCaller:
        """One more line."""
        return ToldCaller(self._codec.line(), self._reader)


class TopicToldReader:
    """Implements devices.port.TopicCodec over an MQTT family's codec."""

    def __init__(self, codec: MqttCodec, enrolled: Enrolled) -> None:
        self.codec = codec
        self.refused = codec.refused
        self._reader = Reader(enrolled, codec.refused)

    @property
    def memory(self) -> bytes | None:
        """What the codec learnt and needs after a restart."""
        return self.codec.memory

    @memory.setter
    def memory(self, memory: bytes | None) -> None:
        self.codec.memory = memory

    def recall(self, memory: bytes) -> None:
        """Be what an earlier run had learnt."""
        self.codec.recall(memory)

    @property
    def topics(self) -> Sequence[str]:
        """The subscriptions the codec needs."""
        return self.codec.topics

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Reading]:
        """The readings of one message."""
        return self._reader.read(self.codec.feed(topic, payload, at, retained), at)


def _number(value: Value) -> float | None:
    match value:
        case bool() | int() | float() if isfinite(value):
            return float(value)
    return None


def _origin(told: Told, kind: Kind, value: float, lasts: timedelta | None) -> Origin:
    """An end of motion that may be lost another time is no better than one that we put in ourselves: from a
    sensor that tells its ends, rules/trust.py expects every one, and doubts it when one does not come."""
    unsure = kind in MOMENTARY and value == 0.0 and lasts is not None
    return Origin.SYNTHETIC if unsure and told.origin is Origin.EVENT else told.origin


def _pressed(value: Value) -> float | None:
    """Whatever way a button was pressed; None for its release."""
    match value:
        case str():
            return None if value.lower() in RELEASED else 1.0
        case bool() | int() | float():
            return 1.0 if value else None
    return None
