"""Nonin pulse oximeters: serial data format 2, and the text of their printer format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.pulse import Pulse
from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import Told

_FRAME: Final = 5  # 01, status, pleth, value, sum
_SYNC, _ALARM, _OUT_OF_TRACK, _DISCONNECTED = 0x01, 0x08, 0x10, 0x40  # bits of the status
_TEXT: Final = b"SPO2="
_LONGEST: Final = 48  # bytes of a line of text
_LINE: Final = re.compile(rb"SPO2=\s*(\d{1,3}|-+)%?\s+HR=\s*(\d{1,3}|-+)")
_NONE: Final = 511


class Nonin:
    """25 frames make a packet, three packets a second; the first three frames of one hold the values."""

    every: timedelta | None = None

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(_measure, self.refused)
        self._head: list[bytes] = []  # frames since the last that began a packet, three at most
        self._flaws = 0
        self._pulse = Pulse()

    def ask(self) -> bytes:
        """Nothing: it speaks by itself."""
        return b""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes tell."""
        return [told for frame in self.stream.feed(data, at) for told in self._frame(frame, at)]

    def _frame(self, frame: bytes, at: datetime) -> Sequence[Told]:
        if frame.startswith(_TEXT):
            return self._line(frame, at)
        if self.refused.total() != self._flaws:  # a frame is missing: what follows is no longer the second
            self._flaws, self._head = self.refused.total(), []
        if frame[1] & _SYNC:
            self._head = []
        elif not 0 < len(self._head) < 3:
            return ()
        self._head.append(frame)
        return self._packet(at) if len(self._head) == 3 else ()

    def _packet(self, at: datetime) -> Sequence[Told]:
        """The values of a packet whose head is there."""
        first, second, third = self._head
        status = first[1] | second[1] | third[1]
        if status & _DISCONNECTED:
            return self._pulse.broken()
        if status & (_ALARM | _OUT_OF_TRACK):
            return self._pulse.silent()
        rate = (first[3] & 0x03) << 7 | second[3] & 0x7F
        return self._pulse.measured(rate, third[3] & 0x7F, at)

    def _line(self, line: bytes, at: datetime) -> Sequence[Told]:
        match = _LINE.match(line)
        if match is None:
            return ()
        saturation, rate = (int(text) if text.isdigit() else _NONE for text in match.groups())
        return self._pulse.measured(rate, saturation, at)


def make(_options: Mapping[str, str]) -> Nonin:
    """The codec for a source."""
    return Nonin()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recording says."""
    return tell(Nonin(), recorded(frame))


def _measure(held: bytearray, start: int) -> Cut:
    if held[start] == _TEXT[0]:
        return _text(held, start)
    if held[start] != 0x01 or (len(held) - start > 1 and not held[start + 1] & 0x80):
        return NOISE
    if len(held) - start < _FRAME:
        return 0
    return _FRAME if sum(held[start : start + 4]) & 0xFF == held[start + 4] else "checksum"


def _text(held: bytearray, start: int) -> Cut:
    seen = held[start : start + _LONGEST]
    if not (seen.startswith(_TEXT) or _TEXT.startswith(seen)):
        return NOISE
    end = seen.find(b"\n")
    if end >= 0:
        return end + 1
    return 0 if len(seen) < _LONGEST else NOISE
