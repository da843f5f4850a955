"""Codec of the tracking radar HLK-LD2450: whether one of up to three targets is in view.

Frames: AA FF 03 00, three times x, y, speed, resolution (2 each, little-endian), 55 CC: 30 bytes, unchecked.
Bit 15 set means a positive number, against two's complement. Source: Hi-Link's serial protocol manual.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.stream import Stream, framed, recorded, tell
from devices.told import Told, Value
from rules.model import Origin

SIZE: Final = 30
FARTHEST: Final = 20_000  # mm; the radar sees 8 m: beyond this the bytes are no report
_words = struct.Struct("<4x12H2x").unpack


def signed(word: int) -> int:
    """The number that the radar means by a word."""
    return word & 0x7FFF if word & 0x8000 else -(word & 0x7FFF)


def targets(frame: bytes) -> Sequence[tuple[int, int, int]]:
    """Of each target in view x and y in mm, and speed in cm/s. An empty place is all zero."""
    words = _words(frame)
    found = (words[i : i + 4] for i in (0, 4, 8))
    return [(signed(x), signed(y), signed(speed)) for x, y, speed, size in found if x or y or speed or size]


def _flaw(frame: bytes) -> str:
    if not frame.endswith(b"\x55\xcc"):
        return "no tail"
    far = any(max(abs(x), abs(y)) > FARTHEST for x, y, _ in targets(frame))
    return "a target that cannot be" if far else ""


MEASURE: Final = framed(b"\xaa\xff\x03\x00", lambda held, start: SIZE, _flaw)


class Ld2450:
    """One radar. It reports ten times a second: only a change of presence is an event."""

    every: timedelta | None = None

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(MEASURE, self.refused)
        self._there: bool | None = None

    def ask(self) -> bytes:
        """Nothing: it speaks by itself."""
        return b""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete."""
        return [told for found in self.stream.feed(data, at) for told in self._told(targets(found))]

    def _told(self, seen: Sequence[tuple[int, int, int]]) -> Sequence[Told]:
        there = bool(seen)
        origin = Origin.HEARTBEAT if there == self._there else Origin.EVENT
        self._there = there
        places: list[tuple[str, Value]] = [("position", (x, y, speed)) for x, y, speed in seen]
        return [Told("presence", there, "", origin)] + [Told(r, v, "", Origin.HEARTBEAT) for r, v in places]


def make(options: Mapping[str, str]) -> Ld2450:
    """The codec for a source; there is nothing to choose."""
    return Ld2450()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded frame says, or why it is refused."""
    return tell(Ld2450(), recorded(frame))
