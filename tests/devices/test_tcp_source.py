"""Panels call a port: nothing is acknowledged before it is stored, and a bad caller starves nobody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from brokers import free_port
from panels import ACCOUNT, Site, ack, null, smoke, sos

from devices.codecs.sia_dc09 import SiaDc09, framed
from devices.sources.callers import Bounds
from devices.sources.tcp import ListenSource, Place
from devices.told_readings import Enrolled, ToldReceiver
from rules.model import DeviceId, Kind, Origin, Reading

HEAD, BUTTON = DeviceId("head"), DeviceId("button")
TABLE = {f"{ACCOUNT}/129": HEAD, f"{ACCOUNT}/001": BUTTON}


class FullError(Exception):
    """The disk is full."""


@dataclass
class Shelf:
    """Where readings are stored; it notes what had been answered by then."""

    rows: list[Reading] = field(default_factory=list)
    batches: int = 0
    full: bool = False

    def emit(self, messages: Sequence[Sequence[Reading]]) -> None:
        if self.full:
            raise FullError
        self.batches += 1
        self.rows += [reading for readings in messages for reading in readings]

    def kinds(self) -> list[tuple[DeviceId, Kind, Origin]]:
        return [(row.device, row.kind, row.origin) for row in self.rows if row.kind is not Kind.ONLINE]


Work = Callable[[Site, Shelf], Awaitable[None]]


def listening(
    work: Work, bounds: Bounds | None = None, shelf: Shelf | None = None, place: Place | None = None
) -> ToldReceiver:
    """Do some work beside a source that runs as `supervise` runs it; what it refused is in the receiver."""
    site, shelf = Site(free_port()), shelf or Shelf()
    receiver = ToldReceiver(SiaDc09(), Enrolled(TABLE))

    async def live() -> None:
        where = Place("127.0.0.1", site.port, place.tcp if place else True, place.udp if place else True)
        source = ListenSource("panels", where, receiver, lambda: datetime.now(UTC), bounds)
        while True:
            with suppress(FullError):
                await source.run(shelf.emit)
            await asyncio.sleep(0.05)

    async def both() -> None:
        task = asyncio.create_task(live())
        try:
            await work(site, shelf)
        finally:
            await site.leaves()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(both())
    return receiver


def test_an_alarm_is_stored_and_answered() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        assert await panel.asks(smoke()) == ack()
        assert await panel.asks(sos(2)) == ack(2)
        assert shelf.kinds()[-1] == (BUTTON, Kind.SOS, Origin.EVENT)
        assert (HEAD, Kind.SMOKE, Origin.EVENT) in shelf.kinds()

    listening(work)


def test_a_datagram_is_stored_and_answered() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        (await site.calls()).dies()
        assert await site.mails(smoke()) == ack()
        assert await site.mails(null()) == framed(f'"ACK"0000L0#{ACCOUNT}[]')
        assert (HEAD, Kind.SMOKE, Origin.EVENT) in shelf.kinds()
        with pytest.raises(TimeoutError):
            await site.mails(smoke(2)[:-5], 0.3)

    listening(work)


def test_only_what_is_asked_for_is_listened_to() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        assert await panel.asks(smoke()) == ack()
        with pytest.raises((TimeoutError, ConnectionError)):
            await site.mails(smoke(), 0.3)

    listening(work, place=Place("", 0, udp=False))


def test_nothing_is_answered_that_was_not_stored_and_the_panel_says_it_again() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        panel.says(sos())
        assert await panel.hears() == b""  # the line is cut, without a word
        shelf.full = False
        panel = await site.calls()
        assert await panel.asks(sos()) == ack()
        assert len(shelf.rows) == 1

    listening(work, shelf=Shelf(full=True))


def test_an_answer_that_was_lost_is_given_again_and_the_alarm_counts_once() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        panel.says(sos())
        while not shelf.rows:
            await asyncio.sleep(0.01)
        panel.dies()
        assert await (await site.calls()).asks(sos()) == ack()
        assert [origin for _, _, origin in shelf.kinds()] == [Origin.EVENT, Origin.REPLAY]

    listening(work)


def test_frames_in_pieces_two_at_once_and_noise_around_them() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        for byte in smoke():
            panel.says(bytes((byte,)))
            await asyncio.sleep(0.001)
        assert await panel.hears() == ack()
        panel.says(b"\x00\xff\x7f" + sos(2) + b"garbage" + smoke(3) + b"\n")
        assert [await panel.hears(), await panel.hears()] == [ack(2), ack(3)]

    listening(work)


def test_a_panel_that_dies_within_a_message_leaves_nothing_behind() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        panel.says(smoke()[:30])
        await panel.writer.drain()
        panel.dies()
        second = await site.calls()
        second.says(smoke()[30:])
        assert await second.asks(sos(2)) == ack(2)
        assert [kind for _, kind, _ in shelf.kinds()] == [Kind.SOS]

    listening(work)


def test_what_was_said_before_hanging_up_counts() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        panel.says(sos())
        panel.writer.close()
        await panel.writer.wait_closed()
        while not shelf.rows:
            await asyncio.sleep(0.01)

    listening(work)


def test_who_is_not_enrolled_is_told_so() -> None:
    """ACK would say that somebody acts upon it."""

    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        assert await panel.asks(sos(1, "AAAA")) == ack(1, "AAAA", "DUH")
        assert await panel.asks(smoke(2, "130")) == ack(2, word="DUH")
        closing = framed(f'"ADM-CID"0003L0#{ACCOUNT}[#{ACCOUNT}|3401 01 057]')
        assert await panel.asks(closing) == ack(3)
        encrypted = framed(f'"*ADM-CID"0004L0#{ACCOUNT}[5AB718E008C6')
        assert await panel.asks(encrypted) == ack(4, word="DUH")

    refused = listening(work).refused
    assert refused["account not enrolled"] == refused["zone not enrolled"] == refused["encrypted"] == 1


def test_a_panel_s_sign_of_life_is_its_zones_but_for_those_that_it_lost() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        await panel.asks(null())
        assert {(row.device, row.kind) for row in shelf.rows} == {(HEAD, Kind.ONLINE), (BUTTON, Kind.ONLINE)}
        await panel.asks(framed(f'"ADM-CID"0001L0#{ACCOUNT}[#{ACCOUNT}|1381 00 129]'))
        assert (shelf.rows[-1].device, shelf.rows[-1].value) == (HEAD, 0.0)
        await asyncio.sleep(2.1)  # the same told again within 2 s is dropped
        shelf.rows.clear()
        await panel.asks(null())
        assert [row.device for row in shelf.rows] == [BUTTON]

    listening(work)


def test_strangers_may_be_kept_out() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        panel.says(sos())
        assert await panel.hears() == b""
        with pytest.raises(TimeoutError):
            await site.mails(sos(), 0.2)
        assert shelf.rows == []

    refused = listening(work, Bounds((ip_network("192.168.1.0/24"),))).refused
    assert refused["address not allowed"] == 2


def test_who_holds_all_lines_keeps_nobody_out() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        held = [await site.calls() for _ in range(30)]
        assert await (await site.calls()).asks(sos()) == ack()
        for panel in held:
            panel.dies()

    assert listening(work, Bounds(each=4)).refused["too many lines of one address"] == 27
    assert listening(work, Bounds(each=100, most=6)).refused["too many lines"] == 25


def test_a_panel_that_has_spoken_is_not_put_out_by_others_that_never_did() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        assert await panel.asks(sos()) == ack()
        held = [await site.calls() for _ in range(30)]
        assert await panel.asks(smoke(2)) == ack(2)
        for other in held:
            other.dies()

    listening(work, Bounds(each=4))


def test_who_drips_is_cut_off() -> None:
    """A byte now and then, and never a message."""

    async def work(site: Site, shelf: Shelf) -> None:
        panel, good = await site.calls(), await site.calls()
        assert await good.asks(sos()) == ack()
        for byte in smoke()[:-1] * 10:
            panel.says(bytes((byte,)))
            await asyncio.sleep(0.05)
            if panel.reader.at_eof():
                break
        assert panel.reader.at_eof()
        assert await good.asks(smoke(2)) == ack(2)

    assert listening(work, Bounds(first=0.5)).refused["line closed: no message"] == 1


def test_a_line_that_is_silent_for_long_is_closed() -> None:
    async def work(site: Site, shelf: Shelf) -> None:
        panel = await site.calls()
        assert await panel.asks(null())
        assert await panel.hears() == b""

    listening(work, Bounds(quiet=0.3))


@pytest.mark.parametrize(
    "flood", [os.urandom(65_536), b"\n" * 65_536, b'\n00000000"' * 6_000, smoke(1, account="AAAA") * 1_000]
)
def test_who_shouts_starves_nobody(flood: bytes) -> None:
    async def shout(site: Site) -> None:
        while True:
            with suppress(OSError):
                panel = await site.calls()
                with suppress(ConnectionError):
                    while not panel.reader.at_eof():
                        panel.says(flood)
                        await panel.writer.drain()
                panel.dies()
            await asyncio.sleep(0)

    async def work(site: Site, shelf: Shelf) -> None:
        good = await site.calls()
        assert await good.asks(null())
        bad = [asyncio.create_task(shout(site)) for _ in range(3)]
        await asyncio.sleep(0.3)
        loop = asyncio.get_running_loop()
        for number in range(1, 6):
            began = loop.time()
            assert await good.asks(sos(number)) == ack(number)
            assert loop.time() - began < 1.0
        for task in bad:
            task.cancel()
        await asyncio.gather(*bad, return_exceptions=True)

    listening(work)
