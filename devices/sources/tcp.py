"""A port that senders call by TCP or UDP: what they say is stored first, and then they get their answer."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from devices.port import Caller, Emit, Receiver
from devices.sources.callers import ROOM, Bounds, Callers
from devices.sources.mqtt import Refusals

log = logging.getLogger(__name__)

GAP: Final = 0.005  # seconds between two rounds: others have the loop's time too
LOOK: Final = 1.0  # seconds between two looks at who is silent
DATAGRAMS: Final = 256  # that may wait for their round; more are dropped, and sent again by who sent them

Datagram = tuple[bytes, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and for what."""

    host: str
    port: int
    tcp: bool = True
    udp: bool = True


class ListenSource:
    """Hears all who call at one port. `run` never returns; it raises when the port cannot be had, or what
    `emit` raised: then nobody got an answer, and all send again."""

    def __init__(
        self,
        name: str,
        place: Place,
        receiver: Receiver,
        now: Callable[[], datetime],
        bounds: Bounds | None = None,
    ) -> None:
        self.name = name
        self._place = place
        self._receiver = receiver
        self._now = now
        self._bounds = bounds or Bounds()
        self._refusals = Refusals(name, receiver.refused)

    async def run(self, emit: Emit) -> None:
        """Listen, and answer in rounds."""
        callers = Callers(self._receiver.line, self._bounds, self._receiver.refused)
        post = _Post(callers.arrived, self._bounds, self._receiver)
        async with AsyncExitStack() as open_:
            open_.callback(callers.close)
            await self._open(callers, post, open_)
            log.info("%s: listening at %s:%d", self.name, self._place.host, self._place.port)
            while True:
                await _either(callers.arrived, LOOK)
                self._round(callers, post, emit)
                self._refusals.tell(asyncio.get_running_loop().time())
                await asyncio.sleep(GAP)

    async def _open(self, callers: Callers, post: _Post, open_: AsyncExitStack) -> None:
        loop, place = asyncio.get_running_loop(), self._place
        if place.udp:
            transport, _ = await loop.create_datagram_endpoint(lambda: post, (place.host, place.port))
            open_.callback(transport.close)
        if place.tcp:
            server = await loop.create_server(callers, place.host, place.port, backlog=self._bounds.most)
            open_.callback(server.close)

    def _round(self, callers: Callers, post: _Post, emit: Emit) -> None:
        """A piece of each caller: understood, stored in one go, answered. One with much to say waits for the
        next round with the rest of it."""
        at = self._now()
        callers.arrived.clear()
        ready = callers.ready()
        said = [reading for peer in ready for reading in peer.hear(at)]
        letters = post.opened()
        said += [reading for line, data, _ in letters for reading in line.feed(data, at)]
        if said:
            emit([(reading,) for reading in said])
        for peer in ready:
            peer.reply()
        for line, _, sender in letters:
            post.reply(line.answer(), sender)
        callers.tidy(asyncio.get_running_loop().time())
        if callers.ready() or post.waits:
            callers.arrived.set()


class _Post(asyncio.DatagramProtocol):
    """The datagrams that wait for their round. Each is a line of its own."""

    def __init__(self, arrived: asyncio.Event, bounds: Bounds, receiver: Receiver) -> None:
        self._arrived = arrived
        self._bounds = bounds
        self._receiver = receiver
        self._inbox: deque[Datagram] = deque()
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def waits(self) -> bool:
        """Whether some are not opened yet."""
        return bool(self._inbox)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: the port is ours."""
        self._transport = cast(asyncio.DatagramTransport, transport)  # Python 3.11's is none by its class

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """asyncio's: one has arrived."""
        refused = self._receiver.refused
        if not self._bounds.admits(addr[0]):
            refused["address not allowed"] += 1
        elif len(data) > ROOM:
            refused["datagram too big"] += 1
        elif len(self._inbox) >= DATAGRAMS or self._waiting(addr[0]) >= self._bounds.each:
            refused["datagram lost, too many at once"] += 1
        else:
            self._inbox.append((data, addr))
            self._arrived.set()

    def opened(self) -> list[tuple[Caller, bytes, tuple[Any, ...]]]:
        """As many as one round bears, each with its line."""
        count = min(len(self._inbox), self._bounds.each)
        return [(self._receiver.line(), *self._inbox.popleft()) for _ in range(count)]

    def _waiting(self, address: str) -> int:
        return sum(sender[0] == address for _, sender in self._inbox)

    def reply(self, answer: bytes, sender: tuple[Any, ...]) -> None:
        """Send what the sender waits for: what it said is stored."""
        if answer and self._transport is not None:
            self._transport.sendto(answer, sender)


async def _either(event: asyncio.Event, patience: float) -> None:
    """Return when the event is set, or after `patience` seconds."""
    try:
        async with asyncio.timeout(patience):
            await event.wait()
    except TimeoutError:
        pass
