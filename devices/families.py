"""Which families of sensors this program speaks, and where the codec of each is found.

A family's module is devices/codecs/<name with _ for ->.py and has two functions:

- `make(options: Mapping[str, str]) -> SerialCodec | MqttCodec`: the codec that a source runs. Options are
  what the installer wrote of the source (`base`, `model`, `profile` …); one that is missing has a default.
- `decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]`: what one recorded frame says, or
  why it is refused, for `shouwang devices decode`.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Final, Literal, Protocol, TypeAlias, cast

from devices.told import Told

Transport: TypeAlias = Literal["mqtt", "serial", "tcp", "udp"]
Verdict: TypeAlias = tuple[Sequence[Told], str | None]  # what it says, or why it is refused


class SerialCodec(Protocol):
    """Sans-I/O decoder of a byte stream; it may also have `ask() -> bytes` and `every: timedelta | None`."""

    refused: Counter[str]

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete. Never raises."""


class LineCodec(Protocol):
    """Sans-I/O decoder of senders that call in, each on a line of its own, and wait for an answer."""

    refused: Counter[str]

    def enrol(self, addresses: Collection[str]) -> None:
        """Whom to answer well: nobody acts upon what others say."""

    def line(self) -> LineCodec:
        """One more line; what all of them know is shared."""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete. Never raises."""

    def ask(self) -> bytes:
        """The answers owed; to be sent when what was told is stored."""


class MqttCodec(Protocol):
    """Sans-I/O decoder of one MQTT family."""

    refused: Counter[str]
    memory: bytes | None

    def recall(self, memory: bytes) -> None:
        """Be what an earlier run had learnt."""

    @property
    def topics(self) -> Sequence[str]:
        """The subscriptions it needs."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one message says. Never raises."""


AnyCodec: TypeAlias = SerialCodec | MqttCodec | LineCodec


class NoCodecError(LookupError):
    """The family is unknown, or known and not built yet; the message says which."""


@dataclass(frozen=True, slots=True)
class Family:
    """A way in which sensors speak."""

    name: str
    transport: Transport

    @property
    def module(self) -> str:
        """The codec's Python module."""
        return _ELSEWHERE.get(self.name, f"devices.codecs.{self.name.replace('-', '_')}")

    @property
    def built(self) -> bool:
        """Whether there is a codec."""
        return find_spec(self.module) is not None

    def make(self, options: Mapping[str, str]) -> AnyCodec:
        """The codec for a source. Raises NoCodecError; ValueError naming an option that is wrong."""
        return cast(AnyCodec, self._verb("make")(options))

    def decode(self, frame: Mapping[str, object]) -> Verdict:
        """What one recorded frame says. Raises NoCodecError."""
        return cast(Verdict, self._verb("decode")(frame))

    def _verb(self, name: str) -> Callable[[Mapping[str, object]], object]:
        if not self.built:
            raise NoCodecError(f"{self.name}: no codec yet")
        found = getattr(importlib.import_module(self.module), name, None)
        if found is None:
            raise NoCodecError(f"{self.name}: {self.module} has no {name}()")
        return cast(Callable[[Mapping[str, object]], object], found)


def find(name: str) -> Family:
    """The family of this name. Raises NoCodecError."""
    if name not in FAMILIES:
        raise NoCodecError(f"{name}: no such family; there are {', '.join(sorted(FAMILIES))}")
    return FAMILIES[name]


_ELSEWHERE: Final = {
    "zigbee2mqtt": "devices.codecs.z2m_frames",
    "z2m-converter": "devices.codecs.z2m_frames",
    "modbus-rtu": "devices.modbus",
}
_SERIAL: Final = (
    *("r60-radar", "tinyframe-radar", "ld2410", "ld2450", "rflink", "rfxtrx", "sonoff-efm8", "enocean-esp3"),
    *("nonin", "cms50-oximeter", "blood-pressure", "modbus-rtu", "at-modem"),
)
_MQTT: Final = (
    *("zigbee2mqtt", "z2m-converter", "ha-discovery", "shelly", "tasmota-rf", "tasmota-zigbee", "rtl_433"),
    *("omg-rf", "theengs-ble", "sleepace", "aqara-lan", "milesight-lorawan"),
)
FAMILIES: Final[Mapping[str, Family]] = (
    {name: Family(name, "serial") for name in _SERIAL}
    | {name: Family(name, "mqtt") for name in _MQTT}
    | {"sia-dc09": Family("sia-dc09", "tcp")}
)
