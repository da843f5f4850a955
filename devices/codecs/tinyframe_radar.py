"""Codec of the radars that speak TinyFrame: HLK-LD6002, LD6002B, LD6002C, Seeed MR60BHA2 and MR60FDA2.

Frames: 01, id, length, type (each 2, big-endian), ~XOR of these, data (little-endian), ~XOR of the data.
Sources: Hi-Link's TinyFrame Protocol Reference V1.2 (2025-06-06) and its LD6002 protocol. Some example frames
of the former carry wrong checksums, so none is taken on trust.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from math import isfinite
from operator import xor
from typing import Final

from devices.codecs.stream import Cut, Stream, framed, recorded, tell
from devices.told import Told
from rules.model import Origin

LONGEST: Final = 1024  # data bytes, by the reference
POLL: Final = timedelta(seconds=60)

Read = Callable[[bytes], Sequence[Told]]


def check(data: bytes | bytearray) -> int:
    """TinyFrame's checksum as these radars use it: the XOR of all bytes, inverted."""
    return reduce(xor, data, 0xFF)


def _size(buffer: bytearray, at: int) -> Cut:
    if len(buffer) < at + 8:
        return 0
    if check(buffer[at : at + 7]) != buffer[at + 7]:
        return "header checksum"
    length = buffer[at + 3] << 8 | buffer[at + 4]
    if length > LONGEST:
        return "impossible length"
    return 8 + length + (length > 0)


def _flaw(frame: bytes) -> str:
    return "data checksum" if len(frame) > 8 and check(frame[8:-1]) != frame[-1] else ""


MEASURE: Final = framed(b"\x01", _size, _flaw)


def frame(kind: int, data: bytes = b"", id: int = 0) -> bytes:  # noqa: A002  the protocol's own word
    """The bytes of one frame."""
    head = bytes((1, *id.to_bytes(2, "big"), *len(data).to_bytes(2, "big"), *kind.to_bytes(2, "big")))
    body = head + bytes((check(head),)) + data
    return body + bytes((check(data),)) if data else body


PARAMETERS: Final = frame(0x0E06)  # a question that changes nothing: its answer is the sign of life

ALIVE: Final = Told("heartbeat", True, "", Origin.HEARTBEAT)


def _rate(role: str) -> Read:
    """A float; 0 is no value."""

    def read(data: bytes) -> Sequence[Told]:
        value: float = struct.unpack("<f", data)[0]
        return (Told(role, round(value, 2)),) if isfinite(value) and value > 0 else (ALIVE,)

    return read


def _distance(data: bytes) -> Sequence[Told]:
    there, distance = struct.unpack("<If", data)
    if not there or not isfinite(distance):
        return (ALIVE,)
    return (Told("distance_cm", round(distance, 2), "", Origin.HEARTBEAT),)


def _fall(data: bytes) -> Sequence[Told]:
    return (Told("fall", data[0] == 1),) if data[0] <= 1 else (ALIVE,)


def _somebody(data: bytes) -> Sequence[Told]:
    """People in view, or the state of each zone."""
    return (Told("presence", any(data)),)


def _alive(data: bytes) -> Sequence[Told]:
    return (ALIVE,)


Shown = tuple[int, int]  # type and length: types are used again by other models, with other lengths
_PEOPLE: Final[Mapping[Shown, Read]] = {(0x0F09, length): _somebody for length in (1, 2, 4)}
_VITALS: Final[Mapping[Shown, Read]] = {
    **_PEOPLE,
    (0x0A13, 12): _alive,  # phases of the whole, the breath and the heart
    (0x0A14, 4): _rate("breath_rate"),
    (0x0A15, 4): _rate("heart_rate"),
    (0x0A16, 8): _distance,
}
_ZONES: Final[Mapping[Shown, Read]] = {
    **_PEOPLE,
    (0x0A0A, 16): _somebody,
    (0x0A13, 4): _alive,  # sleep time of the low-power mode
    (0x0A14, 1): _alive,  # low-power or normal
}
_FALLS: Final[Mapping[Shown, Read]] = {
    (0x0E02, 1): _fall,
    (0x0E06, 28): _alive,
    (0x0E0E, 4): _alive,  # height of the target
}
MODELS: Final[Mapping[str, Mapping[Shown, Read]]] = {
    "ld6002": _VITALS,
    "mr60bha2": _VITALS,
    "ld6002b": _ZONES,
    "ld6002c": {**_ZONES, **_FALLS},
    "mr60fda2": {**_FALLS, **_PEOPLE},
    "": {**_VITALS, **_ZONES, **_FALLS},  # not said: type and length together tell them apart
}
_POLLED: Final = frozenset({"ld6002c", "mr60fda2"})  # the only ones that know the question


class TinyFrameRadar:
    """One radar of one model."""

    def __init__(self, model: str = "") -> None:
        """Raises ValueError for a model that is not known."""
        if model not in MODELS:
            raise ValueError(f'model "{model}" is not known; there are {", ".join(filter(None, MODELS))}')
        self.refused: Counter[str] = Counter()
        self.stream = Stream(MEASURE, self.refused)
        self.every = POLL if model in _POLLED else None
        self._reads = MODELS[model]
        self._types = {kind for kind, _ in self._reads}
        self._there: bool | None = None

    def ask(self) -> bytes:
        """What to send now: where the model knows it, the question for its parameters."""
        return PARAMETERS if self.every else b""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete."""
        return [told for found in self.stream.feed(data, at) for told in self._told(found)]

    def _told(self, found: bytes) -> Sequence[Told]:
        kind, data = found[5] << 8 | found[6], found[8:-1]
        read = self._reads.get((kind, len(data)))
        if read is None:
            if kind in self._types and len(data) > 1:  # shorter ones are answers to settings
                self.refused[f"type {kind:04X} of another model"] += 1
            return ()
        return [self._again(told) for told in read(data)]

    def _again(self, told: Told) -> Told:
        """Presence is told many times a second: only its change is an event."""
        if told.role != "presence":
            return told
        before, self._there = self._there, bool(told.value)
        return Told("presence", told.value, "", Origin.HEARTBEAT) if before == told.value else told


def make(options: Mapping[str, str]) -> TinyFrameRadar:
    """The codec for a source of `model`. Raises ValueError for one that is not known."""
    return TinyFrameRadar(options.get("model", "").lower())


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded frame says, or why it is refused."""
    return tell(TinyFrameRadar(), recorded(frame))
