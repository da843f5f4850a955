"""What every serial codec must stand: frames in pieces, frames in one, and noise around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from devices.told import Told, Value

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


class Fed(Protocol):
    """A serial codec."""

    def feed(self, data: bytes, at: datetime) -> Sequence[Told]: ...


def said(codec: Fed, *pieces: bytes, at: datetime = NOON) -> list[tuple[str, Value]]:
    """Role and value of all that is told of these pieces."""
    return [(told.role, told.value) for piece in pieces for told in codec.feed(piece, at)]


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def stands_splits(make: Callable[[], Fed], data: bytes) -> None:
    """The same is told wherever the reads end."""
    whole = said(make(), data)
    assert whole
    assert said(make(), *bytewise(data)) == whole
    for at in range(1, len(data)):
        assert said(make(), data[:at], data[at:]) == whole


def stands_neighbours(make: Callable[[], Fed], noise: bytes, data: bytes) -> None:
    """Noise before and after costs nothing; what it left unfinished is given up after a pause."""
    whole = said(make(), data)
    codec = make()
    assert said(codec, noise) == []
    assert said(codec, data, at=LATER)[-len(whole) :] == whole
    assert said(codec, noise, at=LATER) == []
    assert said(codec, data, at=LATER + timedelta(minutes=1))[-len(whole) :] == whole
