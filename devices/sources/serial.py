"""One serial port: a thread takes the bytes off the line, the loop has them understood and stored.

The thread is there because the kernel keeps 4 KiB of a port that nobody reads, a third of a second at 115,200
baud, and a commit on a worn SD card takes longer than that.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import EACCES
from math import inf
from pathlib import Path
from typing import Final, Protocol

import serial

from devices.port import Emit
from devices.sources.mqtt import Refusals
from rules.model import Reading

log = logging.getLogger(__name__)

GATHER: Final = 0.01  # seconds that bytes may wait for company: bounds how often the loop is woken
ROOM: Final = 1 << 20  # bytes that may wait for the loop: 90 s at 115,200 baud
BREATH: Final = 1.0  # seconds: the longest that a read or a write blocks its thread
QUIET: Final = 20.0  # seconds between two looks at the refusals when nothing comes


@dataclass(frozen=True, slots=True)
class Line:
    """A port and how it is set. A path of /dev/serial/by-id names the same adapter after a restart too."""

    path: Path
    baud: int
    format: str = "8N1"  # data bits, parity, stop bits


@dataclass(frozen=True, slots=True)
class Poll:
    """What must be sent for the sensors to speak: `ask` is called at first and then `every` so often, `reply`
    whenever something has come."""

    ask: Callable[[], bytes]
    every: timedelta | None = None
    reply: Callable[[], bytes] | None = None


class ByteCodec(Protocol):
    """A codec with the count of what it refused."""

    refused: Counter[str]

    def feed(self, data: bytes, at: datetime) -> Sequence[Reading]:
        """The readings that these bytes complete."""


class SerialSource:
    """Reads one port through one codec. `run` waits until the port is there; it raises when it is gone."""

    def __init__(
        self,
        name: str,
        line: Line,
        codec: ByteCodec,
        now: Callable[[], datetime],
        poll: Poll | None = None,
        look: float = 1.0,
    ) -> None:
        """`look`: how often to look for a port that is not there, in seconds."""
        self.name = name
        self.codec = codec
        self._line = line
        self._now = now
        self._poll = poll
        self._look = look
        self._refusals = Refusals(name, codec.refused)

    async def run(self, emit: Emit) -> None:
        """Read until the port is gone. Raises OSError then, or what `emit` raised."""
        await self._appears()
        port = await asyncio.to_thread(_open, self._line)
        log.info("%s: reading %s at %d baud", self.name, self._line.path, self._line.baud)
        inbox = _Inbox(asyncio.get_running_loop())
        thread = threading.Thread(target=_listen, args=(port, inbox), name=self.name, daemon=True)
        thread.start()
        try:
            await self._talk(port, inbox, emit)
        finally:
            inbox.stop.set()
            port.cancel_read()
            await asyncio.to_thread(thread.join, 2 * BREATH)
            port.close()

    async def _appears(self) -> None:
        """Return when the port is there. It may be away for long: a sensor is carried to another room."""
        if self._line.path.exists():
            return
        log.warning("%s: there is no %s; waiting for it to be plugged in", self.name, self._line.path)
        while not self._line.path.exists():  # noqa: ASYNC110  nobody tells when udev has made it
            await asyncio.sleep(self._look)

    async def _talk(self, port: serial.Serial, inbox: _Inbox, emit: Emit) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self._poll is not None and loop.time() >= due:
                if data := self._poll.ask():
                    await asyncio.to_thread(port.write, data)
                due = loop.time() + (self._poll.every.total_seconds() if self._poll.every else inf)
            wait = QUIET if self._poll is None else min(QUIET, due - loop.time())
            try:
                async with asyncio.timeout(wait):
                    await inbox.arrived.wait()
            except TimeoutError:
                pass
            self._take(inbox, emit)
            if self._poll is not None and self._poll.reply is not None and (data := self._poll.reply()):
                await asyncio.to_thread(port.write, data)
            self._refusals.tell(loop.time())

    def _take(self, inbox: _Inbox, emit: Emit) -> None:
        """Have what has come understood and stored; each reading as a message of its own, for a read may
        hold several of one sensor."""
        data, lost, broken = inbox.take()
        if lost:
            self.codec.refused["bytes lost, this machine is too slow"] += lost
        if data and (readings := self.codec.feed(data, self._now())):
            emit([(reading,) for reading in readings])
        if broken is not None:
            raise broken


class _Inbox:
    """Where the thread puts bytes and the loop takes them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.arrived = asyncio.Event()
        self.stop = threading.Event()
        self._loop = loop
        self._lock = threading.Lock()
        self._data = bytearray()
        self._lost = 0
        self._broken: OSError | None = None

    def put(self, data: bytes) -> None:
        """The thread's: bytes came."""
        with self._lock:
            first = not self._data
            if len(self._data) + len(data) > ROOM:
                self._lost += len(data)
            else:
                self._data += data
        if first:
            self._wake()

    def breaks(self, error: OSError) -> None:
        """The thread's: no more will come."""
        self._broken = error
        self._wake()

    def take(self) -> tuple[bytes, int, OSError | None]:
        """The loop's: the bytes, how many were lost, and what ended the line."""
        with self._lock:
            data, lost = bytes(self._data), self._lost
            self._data.clear()
            self._lost = 0
            self.arrived.clear()
        return data, lost, self._broken

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.arrived.set)


def _open(line: Line) -> serial.Serial:
    bits, parity, stops = tuple(line.format)
    try:
        return serial.Serial(
            str(line.path),
            line.baud,
            bytesize=int(bits),
            parity=parity,
            stopbits=int(stops),
            timeout=BREATH,
            write_timeout=BREATH,
            exclusive=True,
        )
    except serial.SerialException as error:
        if error.errno == EACCES:
            raise PermissionError(f"{line.path}: not allowed; add this user to the group dialout") from error
        raise


def _listen(port: serial.Serial, inbox: _Inbox) -> None:
    """The thread's life."""
    try:
        while not inbox.stop.is_set():
            if data := port.read(1):
                inbox.stop.wait(GATHER)
                inbox.put(data + port.read(port.in_waiting))
    except (OSError, TypeError) as error:  # pyserial reads from None when it is closed meanwhile
        inbox.breaks(error if isinstance(error, OSError) else OSError(str(error)))
