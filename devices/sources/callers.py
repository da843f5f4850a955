"""Who is on the line of a listening source: bounds on how many, how long, how much, so that one cannot starve
the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeAlias

from devices.port import Caller
from rules.model import Reading

ROOM: Final = 2048  # bytes of one caller that are looked at in a round; a DC-09 message has at most 1,024
MOST: Final = 64  # callers at once
EACH: Final = 8  # of them from one address
FIRST: Final = 20.0  # seconds for the first whole message
QUIET: Final = 300.0  # seconds without one, then the line is closed; panels call again
NOISE: Final = 16_384  # bytes without a whole message between them
OWED: Final = 65_536  # bytes of answers that nobody takes

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one source allows; the figures are our choice, a panel needs a hundredth of them."""

    allow: Sequence[Network] = ()  # () for everybody
    most: int = MOST
    each: int = EACH
    first: float = FIRST
    quiet: float = QUIET

    def admits(self, address: str) -> bool:
        """Whether this address may call."""
        place = ip_address(address.partition("%")[0])
        place = getattr(place, "ipv4_mapped", None) or place
        return not self.allow or any(place in network for network in self.allow)


class Peer(asyncio.BufferedProtocol):
    """One connection. What arrives waits here until its turn; more than ROOM stays with the sender."""

    def __init__(self, line: Caller, callers: Callers) -> None:
        self.address = ""
        self.spoke = asyncio.get_running_loop().time()  # when it said its last whole message, or called
        self.messages = 0
        self.gone = False
        self._line = line
        self._callers = callers
        self._room = memoryview(bytearray(ROOM))
        self._inbox = bytearray()
        self._noise = 0
        self._transport: asyncio.Transport | None = None

    @property
    def waits(self) -> bool:
        """Whether something of it was not looked at yet."""
        return bool(self._inbox)

    @property
    def mutters(self) -> bool:
        """Whether it has said too much that is no message."""
        return self._noise > NOISE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: somebody calls."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        peername = transport.get_extra_info("peername")
        self.address = peername[0] if peername else ""
        self._callers.enter(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """asyncio's: where to put what arrives."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """asyncio's: so much has arrived."""
        self._inbox += self._room[:nbytes]
        if len(self._inbox) >= ROOM and self._transport is not None:
            self._transport.pause_reading()
        self._callers.arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: it ended. What was said before counts."""
        self.gone = True
        self._callers.arrived.set()

    def hear(self, at: datetime) -> Sequence[Reading]:
        """What the next bytes of it tell; at most ROOM of them."""
        data = bytes(self._inbox[:ROOM])
        del self._inbox[:ROOM]
        self._noise += len(data)
        if not self.gone and self._transport is not None:
            self._transport.resume_reading()
        return self._line.feed(data, at)

    def reply(self) -> None:
        """Send what it waits for: all that it said is stored."""
        answer = self._line.answer()
        if not answer:
            return
        self.messages += 1
        self._noise = 0
        self.spoke = asyncio.get_running_loop().time()
        if self.gone or self._transport is None:
            return
        self._transport.write(answer)
        if self._transport.get_write_buffer_size() > OWED:
            self.hang_up()

    def hang_up(self) -> None:
        """End it at once."""
        self.gone = True
        self._inbox.clear()
        if self._transport is not None:
            self._transport.abort()


class Callers:
    """All connections of one source. A new caller is always let in: the one that was silent for longest goes,
    of its own address where that has too many."""

    def __init__(self, line: Callable[[], Caller], bounds: Bounds, refused: Counter[str]) -> None:
        self.arrived = asyncio.Event()
        self._line = line
        self._bounds = bounds
        self._refused = refused
        self._peers: dict[Peer, None] = {}

    def __call__(self) -> Peer:
        """asyncio's factory of protocols."""
        return Peer(self._line(), self)

    def enter(self, peer: Peer) -> None:
        """Somebody calls."""
        if not self._bounds.admits(peer.address):
            self._refuse(peer, "address not allowed")
            return
        own = [one for one in self._peers if one.address == peer.address]
        if len(own) >= self._bounds.each:
            self._refuse(_idlest(own), "too many lines of one address")
        elif len(self._peers) >= self._bounds.most:
            self._refuse(_idlest(list(self._peers)), "too many lines")
        self._peers[peer] = None

    def ready(self) -> Sequence[Peer]:
        """Those of whom something waits, each once."""
        return [peer for peer in self._peers if peer.waits]

    def tidy(self, now: float) -> None:
        """Close the lines of which no whole message came for too long; `now` is the loop's time."""
        for peer in list(self._peers):
            if peer.gone and not peer.waits:
                del self._peers[peer]
            elif peer.mutters:
                self._refuse(peer, "line closed: noise")
            elif now - peer.spoke > (self._bounds.quiet if peer.messages else self._bounds.first):
                self._refuse(peer, "line closed: no message")

    def close(self) -> None:
        """End all of them."""
        for peer in self._peers:
            peer.hang_up()
        self._peers.clear()

    def _refuse(self, peer: Peer, why: str) -> None:
        self._peers.pop(peer, None)
        self._refused[why] += 1
        peer.hang_up()


def _idlest(peers: Sequence[Peer]) -> Peer:
    """Who never said a whole message goes first."""
    return min(peers, key=lambda peer: (peer.messages > 0, peer.spoke))
