"""Cuts frames out of a noisy stream of bytes: by length and checksum, never by a closing mark alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from devices.told import Told

NOBODY_CARES: Final = datetime(2000, 1, 1, tzinfo=UTC)  # when a recorded frame came


@dataclass(frozen=True, slots=True)
class Shape:
    """How a family's frame looks."""

    head: bytes  # what every frame begins with
    measure: Callable[[bytearray, int], int | str]  # its length from there, 0 if more must come, or why none
    flaw: Callable[[bytes], str]  # what is wrong with a whole frame, "" if nothing is


class Cutter:
    """Keeps what has come of an unfinished frame, at most one frame long.

    An unfinished frame holds up no whole one that follows it: a false beginning in noise costs nothing.
    """

    def __init__(self, shape: Shape, refused: Counter[str]) -> None:
        self.whole = 0  # frames found so far
        self._shape = shape
        self._refused = refused
        self._rest = bytearray()

    @property
    def unfinished(self) -> bool:
        """Whether the beginning of a frame waits for its end."""
        return len(self._rest) >= len(self._shape.head)

    def feed(self, data: bytes) -> Sequence[bytes]:
        """The frames that these bytes complete; what is refused is counted by reason."""
        rest, head = self._rest, self._shape.head
        rest += data
        frames: list[bytes] = []
        done, waiting = 0, -1
        at = rest.find(head)
        while at >= 0:
            frame = self._frame(at, waiting < 0)
            if frame:
                frames.append(frame)
                if waiting >= 0:
                    self._refused["cut short"] += 1
                done, waiting = at + len(frame), -1
                at = rest.find(head, done)
                continue
            if frame is None and waiting < 0:
                waiting = at
            at = rest.find(head, at + 1)
        self.whole += len(frames)
        del rest[: waiting if waiting >= 0 else max(done, len(rest) - len(head) + 1)]
        return frames

    def _frame(self, at: int, count: bool) -> bytes | None:
        """The whole frame that begins here; b"" if none does, None if that is not known yet."""
        size = self._shape.measure(self._rest, at)
        if isinstance(size, str):
            why = size
        elif size == 0 or at + size > len(self._rest):
            return None
        else:
            frame = bytes(self._rest[at : at + size])
            why = self._shape.flaw(frame)
            if not why:
                return frame
        if count:  # what follows an unfinished frame is looked at again
            self._refused[why] += 1
        return b""


class Cutting(Protocol):
    """A codec that cuts its frames with a Cutter."""

    refused: Counter[str]
    cutter: Cutter

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
        """What these bytes complete."""


def verdict(codec: Cutting, raw: object) -> tuple[Sequence[Told], str | None]:
    """What a fresh codec makes of recorded bytes (hexadecimal text), or why it refuses them."""
    try:
        data = bytes.fromhex(str(raw))
    except ValueError:
        return (), "not hexadecimal"
    told = codec.feed(data, NOBODY_CARES)
    if told or (codec.cutter.whole and not codec.refused):
        return told, None
    if codec.refused:
        return (), next(iter(codec.refused))
    return (), "incomplete" if codec.cutter.unfinished else "no frame"
