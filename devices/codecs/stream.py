"""Cuts a stream of bytes into frames and gets over noise: what the serial codecs have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeAlias

from devices.told import Told

PAUSE: Final = timedelta(seconds=2)  # no sender rests that long inside a frame
NOISE: Final = "noise"  # a byte with which no frame begins
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)

Cut: TypeAlias = int | str
"""What stands at a place of the buffer: a whole frame of so many bytes, 0 for the beginning of one, or why
no frame begins there."""
Measure: TypeAlias = Callable[[bytearray, int], Cut]


def framed(head: bytes, size: Measure, flaw: Callable[[bytes], str]) -> Measure:
    """The measure of frames that begin with `head`, are `size` long (0: more must come to know) and have no
    `flaw` ("" for none) when they are whole."""

    def measure(held: bytearray, start: int) -> Cut:
        begun = held[start : start + len(head)]
        if begun != head:
            return 0 if head.startswith(begun) else NOISE
        length = size(held, start)
        if isinstance(length, str) or length == 0 or start + length > len(held):
            return length if isinstance(length, str) else 0
        return flaw(bytes(held[start : start + length])) or length

    return measure


class Stream:
    """Holds what has not become a frame yet: never more than one frame's length."""

    def __init__(self, measure: Measure, refused: Counter[str], pause: timedelta = PAUSE) -> None:
        self._measure = measure
        self._pause = pause
        self._refused = refused
        self._held = bytearray()
        self._at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._held)

    def feed(self, data: bytes, at: datetime) -> Iterator[bytes]:
        """The frames that these bytes complete, in order. What is no frame is skipped byte by byte, so that
        a false beginning hides no true frame behind it."""
        if self._held and self._at is not None and at - self._at > self._pause:
            yield from self._give_up()
        self._at = at
        self._held += data
        yield from self._cut()

    def _cut(self) -> Iterator[bytes]:
        """Frames from the front; the rest stays."""
        start, held = 0, self._held
        while start < len(held):
            cut = self._measure(held, start)
            if isinstance(cut, str):
                self._refused[cut] += 1
                start += 1
            elif cut == 0:
                break
            else:
                yield bytes(held[start : start + cut])
                start += cut
        del held[:start]

    def _give_up(self) -> Iterator[bytes]:
        """The frame that was begun never ended: look for others in what it held."""
        while self._held:
            self._refused["incomplete"] += 1
            del self._held[0]
            yield from self._cut()


class Streamed(Protocol):
    """A codec over a Stream."""

    refused: Counter[str]
    stream: Stream

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes say."""


def recorded(frame: Mapping[str, object]) -> bytes:
    """The bytes of a recorded frame: `raw` is hexadecimal unless `encoding` says "text"."""
    raw = str(frame.get("raw", ""))
    if frame.get("encoding") == "text":
        return raw.encode()
    try:
        return bytes.fromhex(raw)
    except ValueError:
        return b""


def tell(codec: Streamed, data: bytes) -> tuple[Sequence[Told], str | None]:
    """What a fresh codec understands of a recording; if it says nothing, what was wrong, if anything was."""
    told = codec.feed(data, _NEVER)
    reasons = [reason for reason, times in codec.refused.items() if times]
    if told or not (reasons or codec.stream.waits):
        return told, None
    return told, min(reasons, key=NOISE.__eq__, default="incomplete")  # noise only if there is no better word
