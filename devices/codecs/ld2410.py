"""Codec of the presence radar HLK-LD2410: somebody moves, somebody is there.

Frames: F4 F3 F2 F1, length (2, little-endian), type (02, or 01 in engineering mode), AA, state, distances and
energies, 55 00, F8 F7 F6 F5. There is no checksum: head, length, both inner marks and tail must all fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.stream import Cut, Stream, framed, recorded, tell
from devices.told import Told
from rules.model import Origin

TAIL: Final = b"\xf8\xf7\xf6\xf5"
ANSWER: Final = b"\xfd\xfc\xfb\xfa"
ACK: Final = b"\x04\x03\x02\x01"
SHORTEST: Final = 13  # bytes of a plain report
LONGEST: Final = 64  # the radar's own buffer


def _size(buffer: bytearray, at: int) -> Cut:
    if len(buffer) < at + 6:
        return 0
    length = buffer[at + 4] | buffer[at + 5] << 8
    return length + 10 if SHORTEST <= length <= LONGEST else "impossible length"


def _flaw(frame: bytes) -> str:
    if not frame.endswith(TAIL):
        return "no tail"
    if frame[6] not in (1, 2) or frame[7] != 0xAA or frame[-6:-4] != b"\x55\x00":
        return "no report"
    return ""


MEASURE: Final = framed(b"\xf4\xf3\xf2\xf1", _size, _flaw)
_STATES: Final = ((False, False), (True, True), (True, False), (True, True))  # presence, motion


class Ld2410:
    """One radar. It reports ten times a second: only a change is an event."""

    every: timedelta | None = None

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(MEASURE, self.refused)
        self._last = -1

    def ask(self) -> bytes:
        """Nothing: it speaks by itself."""
        return b""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete. Distances are not read: the radar leaves old ones standing."""
        return [told for found in self.stream.feed(data, at) for told in self._told(found[8])]

    def _told(self, state: int) -> Sequence[Told]:
        if state >= len(_STATES):  # newer firmware calibrates itself under states 4 to 6
            self.refused["state of no target"] += 1
            return ()
        origin = Origin.HEARTBEAT if state == self._last else Origin.EVENT
        self._last = state
        presence, motion = _STATES[state]
        return Told("presence", presence, "", origin), Told("motion", motion, "", origin)


def make(options: Mapping[str, str]) -> Ld2410:
    """The codec for a source; there is nothing to choose."""
    return Ld2410()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded frame says, or why it is refused. An answer to a command is neither."""
    data = recorded(frame)
    return ((), None) if _answer(data) else tell(Ld2410(), data)


def _answer(data: bytes) -> bool:
    """Whether recorded bytes are the radar's answer to a command; it says nothing of the room."""
    length = int.from_bytes(data[4:6], "little")
    return data.startswith(ANSWER) and data.endswith(ACK) and len(data) == length + 10
