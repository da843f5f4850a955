"""Contec CMS50 pulse oximeters, and others that speak like them, with old or new firmware.

Neither protocol has a checksum. The two never look alike: in the old one only the first byte of a frame has
its high bit set, in the new one only the first has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.pulse import Pulse
from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import Told

_OLD, _NEW = 5, 9  # bytes of a frame with values
_VALUES, _HOST = 0x01, 0x7D  # what a frame of the new firmware begins with
_HIGH: Final = 0x80
_REPLIES: Final = {  # other frames of the new firmware, by their first byte: how long they are
    **dict.fromkeys((0x02, 0x03, 0x04, 0x11, 0x13, 0x14, _HOST), 9),
    0x06: 4,
    0x0C: 2,
    0x0E: 3,
}
_STEADY: Final = 5  # frames in a row, of 60 a second: noise does not look like so many
_START: Final = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")
_KEEP: Final = bytes.fromhex("7D 81 AF 80 80 80 80 80 80")


class Cms50:
    """Tells by itself which firmware speaks. The new one streams only while it is asked to.

    Nothing is believed before `steady` frames have come in a row.
    """

    every: timedelta | None = timedelta(seconds=5)

    def __init__(self, steady: int = _STEADY) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(_measure, self.refused)
        self._pulse = Pulse()
        self._steady = steady
        self._row = self._flaws = 0  # frames since the last flaw, and flaws
        self._heard = 0  # bytes in a frame, of the firmware that spoke since the last `ask`

    def ask(self) -> bytes:
        """Begin, or go on. The old firmware wants nothing."""
        heard, self._heard = self._heard, 0
        return {_OLD: b"", _NEW: _KEEP}.get(heard, _START)

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes tell."""
        return [told for frame in self.stream.feed(data, at) for told in self._frame(frame, at)]

    def _frame(self, frame: bytes, at: datetime) -> Sequence[Told]:
        if self.refused.total() != self._flaws:
            self._flaws, self._row = self.refused.total(), 0
        self._row += 1
        if self._row < self._steady:
            return ()
        if frame[0] & _HIGH:
            self._heard = _OLD
            return self._old(frame, at)
        if frame[0] == _VALUES:
            self._heard = _NEW
            return self._new(frame, at)
        return ()

    def _old(self, frame: bytes, at: datetime) -> Sequence[Told]:
        """Signal and flags, wave, bar with the rate's highest bit, rate, saturation."""
        if frame[2] & 0x10:
            return self._pulse.broken()
        if frame[0] & 0x10 or frame[2] & 0x20:  # searched too long, or searches
            return self._pulse.silent()
        return self._measured((frame[2] & 0x40) << 1 | frame[3], frame[4], at)

    def _new(self, frame: bytes, at: datetime) -> Sequence[Told]:
        """The second byte holds the high bits of those that follow; the first two of them say "no values"."""
        high = frame[1]
        if high & 0x03:
            return self._pulse.silent()
        return self._measured((high & 0x08) << 4 | frame[5] & 0x7F, (high & 0x10) << 3 | frame[6] & 0x7F, at)

    def _measured(self, rate: int, saturation: int, at: datetime) -> Sequence[Told]:
        """127 is "none" of either; a rate of 127 beside a true saturation is a rate."""
        return self._pulse.silent() if saturation > 100 else self._pulse.measured(rate, saturation, at)


def make(_options: Mapping[str, str]) -> Cms50:
    """The codec for a source."""
    return Cms50()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recording says."""
    return tell(Cms50(steady=1), recorded(frame))


def _measure(held: bytearray, start: int) -> Cut:
    """A frame by its high bits: all that there is to check."""
    first = held[start] & _HIGH
    length = _OLD if first else _NEW if held[start] == _VALUES else _REPLIES.get(held[start], 0)
    if not length:
        return NOISE
    rest = held[start + 1 : start + length]
    if any(byte & _HIGH == first for byte in rest):
        return "frame cut short"
    return length if len(rest) == length - 1 else 0
