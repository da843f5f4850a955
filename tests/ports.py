"""A pty that stands in for a serial adapter: it can be pulled out and put back."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import tty
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from devices.families import FAMILIES, SerialCodec
from devices.told import Value
from rules.model import Reading

SAMPLES = Path(__file__).resolve().parent / "devices" / "codecs" / "samples.jsonl"


@dataclass(frozen=True, slots=True)
class Sample:
    """The bytes of one frame and what they say."""

    family: str
    data: bytes
    expect: tuple[tuple[str, Value], ...]
    options: Mapping[str, str]

    def codec(self) -> SerialCodec:
        """A fresh codec that understands it."""
        return cast(SerialCodec, FAMILIES[self.family].make(self.options))


def samples() -> list[Sample]:
    """The samples of every serial family."""
    return [_sample(json.loads(line)) for line in SAMPLES.read_text("utf-8").splitlines()]


def _sample(row: dict[str, Any]) -> Sample:
    expect = tuple((role, _value(value)) for role, value in row["expect"])
    return Sample(row["family"], bytes.fromhex(row["hex"]), expect, row.get("options", {}))


def _value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]


class Heard:
    """A codec as a source wants it, which notes what it is told instead of making readings of it."""

    def __init__(self, codec: SerialCodec) -> None:
        self.codec = codec
        self.refused: Counter[str] = codec.refused
        self.said: list[tuple[str, Value]] = []
        self.bytes = 0
        self.opens = 0  # how often the port was opened
        self.breaks = 0  # and lost

    def ask(self) -> bytes:
        """What the codec asks; a source calls this first when the port is open."""
        self.opens += 1
        ask: Callable[[], bytes] | None = getattr(self.codec, "ask", None)
        return ask() if ask else b""

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """Note what these bytes say."""
        self.bytes += len(data)
        self.said += [(told.role, told.value) for told in self.codec.feed(data, at)]
        return ()


class Adapter:
    """One serial adapter with a name that stays, as udev's by-id names do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._master = -1
        self.plug()

    def plug(self) -> None:
        """Put it in: it comes under another device node, and the same name."""
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave  # else the pty hangs up before the source opens it

    def pull(self) -> None:
        """Pull it out."""
        if self._master >= 0:
            self.path.unlink()
            os.close(self._slave)
            os.close(self._master)
            self._master = -1

    def write(self, data: bytes) -> None:
        """The sensor speaks."""
        while data:
            with suppress(BlockingIOError):
                data = data[os.write(self._master, data) :]

    def read(self) -> bytes:
        """What the sensor was sent."""
        try:
            return os.read(self._master, 4096)
        except BlockingIOError:
            return b""


async def until(holds: Callable[[], object], patience: float = 5.0) -> None:
    """Return as soon as something holds; fail when it does not come to hold."""
    async with asyncio.timeout(patience):
        while not holds():
            await asyncio.sleep(0.002)


def now() -> datetime:
    return datetime.now(UTC)
