"""The way to the centre: two lanes a home, one batch in flight each, sent again until the centre has it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from devices import mqtt311
from devices.link import Address, Link, linked
from devices.mqtt311 import Packet, Publish
from gateway.clock import Clock
from gateway.journal import Journal
from rules.model import HomeId
from rules.record import BadRecordError, decode
from rules.wire import (
    MAX_BATCH,
    Ack,
    ForgedError,
    Head,
    Lane,
    Word,
    batch,
    digest,
    down_topic,
    hear,
    up_topic,
)

log = logging.getLogger(__name__)

MOST = 1000  # records a batch, about
ROOM = MAX_BATCH - 1000  # bytes of lines a batch
PATIENCE = 2.0  # seconds for the centre's ack, then the batch goes again: doubled each time, up to
LONGEST = {Lane.ALARM: 4.0, Lane.TELEMETRY: 30.0}  # these: no slow centre is buried, and no alarm waits
RETRY = 0.5  # seconds between attempts while there is no connection


class JournalWentBackError(RuntimeError):
    """The centre has more of this journal than we: a disk that lied, or an old copy. The process must end."""


class Uplink(Protocol):
    """Delivers batches of one gateway."""

    async def deliver(self, home: HomeId, lane: Lane, lines: Sequence[bytes]) -> int:
        """Send, and return the last seq that is stored over there. Raises ConnectionError."""


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre's broker, and who we are to it."""

    host: str
    port: int
    gateway: str
    key: bytes = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


class MqttUplink:
    """An uplink over the centre's broker. `run` keeps the connection; `deliver` works while there is one."""

    def __init__(self, centre: Centre, homes: Sequence[HomeId], journal: str, clock: Clock) -> None:
        self.refused: Counter[str] = Counter()
        self.words: dict[HomeId, Word] = {}
        self._centre = centre
        self._homes = {down_topic(home): home for home in homes}
        self._journal = journal
        self._clock = clock
        self._address = Address(
            centre.host,
            centre.port,
            f"shouwang-up-{centre.gateway}",
            centre.username or "",  # nats-server refuses a user without a name
            centre.password or "",
            centre.tls,
        )
        self._link: Link | None = None
        self._mid = 0
        self._waiting: dict[tuple[HomeId, Lane], asyncio.Future[int]] = {}
        self._told: list[Callable[[HomeId, Word], None]] = []

    def on_word(self, told: Callable[[HomeId, Word], None]) -> None:
        """Call `told` with each Word, before the centre is told that the home holds it."""
        self._told.append(told)

    async def run(self) -> None:
        """Connect and listen. Raises when the connection breaks; `supervise` starts it again."""
        async with linked(self._address, list(self._homes), self._take, clean=True) as link:
            self._link = link
            try:
                await link.live(lambda _: None)
            finally:
                self._link = None
                for answer in self._waiting.values():
                    if not answer.done():
                        answer.set_exception(ConnectionError("the connection to the centre's broker broke"))
                        answer.exception()  # a pump that is told to stop does not ask for it

    async def deliver(self, home: HomeId, lane: Lane, lines: Sequence[bytes]) -> int:
        """Send one batch, now, and wait for the centre's ack."""
        if self._link is None:
            raise ConnectionError("no connection to the centre's broker")
        word = self.words.get(home)
        head = Head(
            self._centre.gateway,
            self._journal,
            self._clock.now(),
            len(lines),
            digest(word) if word is not None else "",
        )
        topic = up_topic(home, lane)
        self._mid = self._mid % 65_535 + 1
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[home, lane] = answer
        try:
            self._link.send(mqtt311.publish(topic, batch(self._centre.key, topic, head, lines), self._mid))
            return await answer
        finally:
            self._waiting.pop((home, lane), None)

    def _take(self, packets: Sequence[Packet]) -> bytes:
        """Hear what the centre says, and return the acknowledgements."""
        heard = [packet for packet in packets if isinstance(packet, Publish)]
        for message in heard:
            self._hear(message.topic.decode(errors="replace"), message.payload)
        return mqtt311.acknowledge(message.mid for message in heard if message.mid)

    def _hear(self, topic: str, payload: bytes) -> None:
        home = self._homes.get(topic)
        if home is None:
            self.refused["not for us"] += 1
            return
        try:
            down = hear(self._centre.key, home, payload)
        except (ForgedError, BadRecordError) as error:
            self.refused[type(error).__name__] += 1
            log.warning("home %s: a message of the centre refused: %s", home, error)
            return
        match down:
            case Ack(lane=lane, journal=self._journal, seq=seq):
                waiting = self._waiting.get((home, lane))
                if waiting is not None and not waiting.done():
                    waiting.set_result(seq)
            case Word():
                for told in self._told:
                    told(home, down)
                self.words[home] = down
                log.info(
                    "home %s: the centre says: %s",
                    home,
                    "; ".join(t.text or t.status for t in down.alerts) or "-",
                )


class Pump:
    """Moves one lane of one home from the journal to the centre, for ever."""

    def __init__(
        self,
        home: HomeId,
        lane: Lane,
        journal: Journal,
        uplink: Uplink,
        linger: timedelta,
        heartbeat: timedelta,
    ) -> None:
        self.home = home
        self.lane = lane
        self._journal = journal
        self._uplink = uplink
        self._linger = linger.total_seconds() if lane is Lane.TELEMETRY else 0.0
        self._heartbeat = heartbeat.total_seconds() if lane is Lane.TELEMETRY else None
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There are new records."""
        self._news.set()

    async def run(self) -> None:
        """Deliver what is there, then wait for news; an empty batch is the heartbeat."""
        stored = self._journal.stored(self.home, self.lane)
        beat = self._heartbeat is not None  # say at once that we are here
        patience = PATIENCE
        while True:
            self._news.clear()
            sent, lines = self._next(stored, patience > PATIENCE)
            if not lines and sent > stored:  # nothing of it can be read, nor ever will be
                stored = sent
                self._journal.mark(self.home, self.lane, stored)
                continue
            if not lines and not beat:
                beat = await self._quiet()
                continue
            try:
                async with asyncio.timeout(patience):
                    heard = await self._uplink.deliver(self.home, self.lane, lines)
            except TimeoutError:
                patience = self._longer(patience)
                continue
            except ConnectionError:
                await asyncio.sleep(RETRY)
                continue
            beat, patience = False, PATIENCE
            reached = self._reached(stored, heard, sent)
            if lines and reached <= stored:  # an answer to an older batch, or a centre that went back
                await asyncio.sleep(RETRY)
            if reached != stored:
                stored = reached
                self._journal.mark(self.home, self.lane, stored)
            if len(lines) < MOST:
                await asyncio.sleep(self._linger)  # what comes meanwhile goes together

    def _longer(self, patience: float) -> float:
        longest = LONGEST[self.lane]
        if patience < longest <= patience * 2:
            log.warning(
                "home %s: the centre's broker is there, but the centre acknowledges no %s; "
                "does its registry hold this gateway, its key and this home?",
                self.home,
                self.lane,
            )
        return min(longest, patience * 2)

    def _next(self, stored: int, careful: bool) -> tuple[int, Sequence[bytes]]:
        """The lines of the next batch, and the seq it reaches. `careful`: without those that nobody can
        read, for which the centre would refuse the batch for ever."""
        lines: list[bytes] = []
        size = 0
        for spot in self._journal.batch(self.home, self.lane, stored, MOST):
            body = self._journal.lines(self.lane, spot)
            size += len(body) + 1
            if lines and (size > ROOM or len(lines) >= MOST):
                break
            if size > ROOM:
                return _begin(body.split(b"\n"), stored)
            lines += self._legible(body.split(b"\n")) if careful else body.split(b"\n")
            stored = spot[0]
        return stored, lines

    def _legible(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        for line in lines:
            try:
                decode(line)
            except BadRecordError as error:
                log.error("home %s: a record is unreadable and is not sent: %s", self.home, error)
            else:
                yield line

    def _reached(self, stored: int, heard: int, sent: int) -> int:
        """How far the centre is. One restored from a backup has less than it had: what it lost goes again.
        One that knows nothing of us is another centre: old alarms would be a storm, it gets what is new."""
        if heard == 0 and stored > 0:
            log.warning(
                "home %s: the centre knows nothing of this %s lane; it gets what is new", self.home, self.lane
            )
            return stored
        if heard > self._journal.last(self.home):
            self._journal.renew()
            raise JournalWentBackError(
                f"the centre has record {heard} of home {self.home}, but the journal ends before: the disk "
                "lost what was written. The journal is renamed, so that nothing new is taken for old; "
                "start the gateway again"
            )
        return min(heard, sent)

    async def _quiet(self) -> bool:
        """Wait for news; True if it is time for a heartbeat instead."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._heartbeat):
                await self._news.wait()
            return False
        return True


def _begin(lines: Sequence[bytes], stored: int) -> tuple[int, Sequence[bytes]]:
    """As many lines of one huge chunk as a batch takes, after the record `stored`, and the seq they reach."""
    part: list[bytes] = []
    reached, room = stored, ROOM
    for seq, line in ((_seq(line), line) for line in lines):
        if seq <= stored:
            continue
        room -= len(line) + 1
        if part and room < 0:
            break
        part.append(line)
        reached = seq
    return reached, part


def _seq(line: bytes) -> int:
    """Of {"seq":17,"now":…; 0 for what is no record."""
    number = line[7 : line.find(b",")]
    return int(number) if number.isdigit() else 0


def pumps(
    homes: Sequence[HomeId], journal: Journal, uplink: Uplink, linger: timedelta, heartbeat: timedelta
) -> Mapping[tuple[HomeId, Lane], Pump]:
    """One pump a home and lane. They linger for 0.75 to 1.25 of `linger`, so that a corridor's homes do not
    all speak in one moment, and an alarm behind them need not wait."""
    spread = {home: linger * (0.75 + 0.5 * i / len(homes)) for i, home in enumerate(homes)}
    return {
        (home, lane): Pump(home, lane, journal, uplink, spread[home], heartbeat)
        for home in homes
        for lane in Lane
    }
