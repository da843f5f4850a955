"""The radio chip of a Sonoff RF bridge (EFM8BB1), by its serial line: bare 433 MHz codes and their timing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.codecs.stream import NOISE, Cut, Stream, recorded, tell
from devices.told import EACH, Told

_BEGIN, _END, _RECEIVED = 0xAA, 0x55, 0xA4
_LENGTHS: Final = {0xA0: 3, 0xA1: 3, 0xA2: 3, 0xA3: 12, _RECEIVED: 12, 0xA5: 12, 0xA7: 3}  # by command
_ACKNOWLEDGE: Final = bytes((_BEGIN, 0xA0, _END))
_SHORTEST: Final = 50  # µs: a pulse that the chip can tell


class SonoffEfm8:
    """A code is not acknowledged by itself: the chip repeats it until `ask` was sent."""

    every: timedelta | None = timedelta(seconds=0.5)

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.stream = Stream(_measure, self.refused)
        self._owed = 0

    def ask(self) -> bytes:
        """The acknowledgements that the chip waits for."""
        owed, self._owed = self._owed, 0
        return _ACKNOWLEDGE * owed

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """The codes that these bytes complete."""
        codes = [frame[8:11].hex().upper() for frame in self.stream.feed(data, at) if frame[1] == _RECEIVED]
        self._owed += len(codes)
        return [Told("rf_code", code, f"efm8/{code[:5]}", lasts=EACH) for code in codes]


def make(_options: Mapping[str, str]) -> SonoffEfm8:
    """The codec for a source."""
    return SonoffEfm8()


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What a recorded frame says."""
    return tell(SonoffEfm8(), recorded(frame))


def _measure(held: bytearray, start: int) -> Cut:
    if held[start] != _BEGIN:
        return NOISE
    if len(held) - start < 2:
        return 0
    length = _LENGTHS.get(held[start + 1])
    if length is None:
        return "unknown command"
    if len(held) - start < length:
        return 0
    if held[start + length - 1] != _END:
        return "no end mark"
    return length if length == 3 or _timed(held[start + 2 : start + 8]) else "timing of no code"


def _timed(times: bytearray) -> bool:
    """Whether sync, short and long pulse are a code's: the only check that this frame allows."""
    sync, low, high = (int.from_bytes(times[at : at + 2], "big") for at in (0, 2, 4))
    return _SHORTEST <= low < high < sync
