"""An alarm panel of the tests: it speaks DC-09 over real sockets."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field

from devices.codecs.sia_dc09 import framed

ACCOUNT = "12345A"


def smoke(number: int = 1, zone: str = "129", account: str = ACCOUNT) -> bytes:
    """A smoke detector of a zone has gone off."""
    return framed(f'"ADM-CID"{number:04}L0#{account}[#{account}|1110 00 {zone}]')


def sos(number: int = 1, account: str = ACCOUNT) -> bytes:
    """Somebody has pressed the medical button, zone 1."""
    return framed(f'"ADM-CID"{number:04}L0#{account}[#{account}|1100 00 001]')


def null(account: str = ACCOUNT) -> bytes:
    """The panel lives."""
    return framed(f'"NULL"0000L0#{account}[]')


def ack(number: int = 1, account: str = ACCOUNT, word: str = "ACK") -> bytes:
    """The answer that the panel waits for."""
    return framed(f'"{word}"{number:04}L0#{account}[]')


@dataclass(slots=True)
class Panel:
    """One connection of a panel."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def says(self, *pieces: bytes) -> None:
        """Send without waiting for an answer."""
        for piece in pieces:
            self.writer.write(piece)

    async def hears(self, patience: float = 5.0) -> bytes:
        """The next answer; b"" when the line is closed."""
        async with asyncio.timeout(patience):
            try:
                return await self.reader.readuntil(b"\r")
            except (asyncio.IncompleteReadError, ConnectionError):
                return b""

    async def asks(self, message: bytes) -> bytes:
        """Say something and wait for the answer."""
        self.says(message)
        return await self.hears()

    def dies(self) -> None:
        """Gone without a farewell."""
        self.writer.transport.abort()


@dataclass(slots=True)
class Site:
    """Where panels call from: one port of a gateway."""

    port: int
    panels: list[Panel] = field(default_factory=list)

    async def calls(self) -> Panel:
        """A panel connects as soon as somebody listens."""
        async with asyncio.timeout(10):
            while True:
                try:
                    panel = Panel(*await asyncio.open_connection("127.0.0.1", self.port))
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    self.panels.append(panel)
                    return panel

    async def mails(self, message: bytes, patience: float = 5.0) -> bytes:
        """The answer to one datagram."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(("127.0.0.1", self.port))
            await loop.sock_sendall(sock, message)
            async with asyncio.timeout(patience):
                return await loop.sock_recv(sock, 2048)

    async def leaves(self) -> None:
        """All hang up."""
        for panel in self.panels:
            panel.dies()
        await asyncio.sleep(0.01)
