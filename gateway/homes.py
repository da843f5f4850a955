"""The homes of this gateway: each event is folded, then written down, and only then does anything follow."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import TypeAlias

import msgspec

from devices.sieve import Seen, seen_again, sift
from gateway.clock import EPOCH, SLACK, Clock, Watch, boot_id, restarted
from gateway.journal import Chunk, Journal, Snapshot
from gateway.swaps import Swaps, moved, noted
from rules.engine import Engine, HomeState, ended
from rules.hazards import SEVERITIES
from rules.model import (
    ClockStepped,
    DeviceId,
    Event,
    HomeId,
    ModeSet,
    Origin,
    Reading,
    Swapped,
    Tick,
    Unheard,
)
from rules.record import BadRecordError, Record, decode, encode
from rules.snapshot import SnapshotError, dump, load
from rules.wire import Lane, Wish, Word

log = logging.getLogger(__name__)

New: TypeAlias = dict[HomeId, Chunk]  # what one pass adds to the journal


class _Body(msgspec.Struct, frozen=True, array_like=True):
    state: bytes
    seen: dict[DeviceId, Seen]
    swapped: dict[DeviceId, DeviceId] = {}


_body = msgspec.msgpack.Decoder(_Body).decode


class Home:
    """One home's engine, state and count."""

    def __init__(
        self,
        id: HomeId,  # noqa: A002
        engine: Engine,
        devices: Iterable[DeviceId],
        now: datetime,
        swaps: Swaps | None = None,
    ) -> None:
        self.id = id
        self.devices = tuple(devices)
        self.engine = engine
        self.state: HomeState = engine.start(now)
        self.seen: dict[DeviceId, Seen] = {}
        self.seq = 0
        self.kept = 0  # the seq of the newest snapshot
        self.swapped: dict[DeviceId, DeviceId] = {}  # new sensor → old: what is on record
        self._swaps = swaps
        self.known = False  # whether `state` goes back to the journal; if not, it began at `now`

    def fold(self, event: Event, now: datetime, new: New) -> None:
        """Take one event; add its record, then those of the decisions that came of it."""
        if now < self.state.now and not isinstance(event, ClockStepped):
            now = self.state.now  # the clock slewed back a little: the record says what the engine went by
        over = None if isinstance(event, ClockStepped) else ended(self.state.mode, now)
        self.state, decisions = self.engine.step(self.state, event, now)
        if not decisions and isinstance(event, Tick) and over is None:
            return  # time alone, and nothing came of it: the next event's fold implies it
        chunk = new.get(self.id)
        if chunk is None:
            chunk = new[self.id] = Chunk([], [])
        if over is not None:  # the engine knows by itself; the centre must be told
            self.seq += 1
            chunk.add(Lane.ALARM, self.seq, encode(self.seq, now, over))
        self.seq += 1
        lane = Lane.TELEMETRY if isinstance(event, Reading) else Lane.ALARM
        chunk.add(lane, self.seq, encode(self.seq, now, event))
        for decision in decisions:
            self.seq += 1
            chunk.add(Lane.ALARM, self.seq, encode(self.seq, now, decision))

    def remind(self, now: datetime, new: New) -> None:
        """Tell the rules of the dangers that the sieve has for known: one that started afresh, because its
        settings changed, would never hear of them again."""
        for device in self.devices:
            for kind, last in self.seen.get(device, Seen()).last.items():
                if kind in SEVERITIES and last.value > 0:
                    known = Reading(device, kind, last.value, now, Origin.REPLAY)
                    if self.engine.step(self.state, known, now)[1]:
                        self.fold(known, now, new)

    def obey(self, wish: Wish, now: datetime, new: New) -> None:
        """Be in the mode that the centre says, once: it says the same again until it hears of it. By a clock
        that is wrong the mode lasts no longer than it was meant to."""
        mode = self.state.mode
        if mode is not None and wish.order <= mode.order:
            return
        until = None if wish.until is None else min(wish.until, now + (wish.until - wish.at))
        log.info("home %s: %s says %s until %s", self.id, wish.by, wish.mode, until or "further notice")
        self.fold(ModeSet(wish.mode, now, wish.by, until, wish.order), now, new)

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        return Snapshot(
            self.seq, msgspec.msgpack.encode(_Body(dump(self.engine, self.state), self.seen, self.swapped))
        )

    def resume(self, kept: Snapshot | None) -> None:
        """Be what the snapshot says."""
        if kept is None:
            return
        self.kept = self.seq = kept.seq
        try:
            body = _body(kept.body)
            self.seen, self.swapped = body.seen, body.swapped
            self.state = load(self._judge(), body.state)
            self.known = True
        except (msgspec.DecodeError, SnapshotError) as error:
            log.error("home %s: snapshot unreadable (%s); its rules start afresh", self.id, error)

    def again(self, record: Record) -> None:
        """Fold a record of the journal. Its decisions were written down when they were made."""
        if record.seq <= self.kept:
            return
        self.seq = record.seq
        if not self.known:  # from here on the record tells the time: what is set later is told by it too
            self.state, self.known = self._judge().start(record.now), True
        match record.item:
            case Reading() as reading:
                self.seen[reading.device] = seen_again(self.seen.get(reading.device, Seen()), reading)
                self.state, _ = self._judge().step(self.state, reading, record.now)
            case Tick() | ModeSet() | ClockStepped() | Unheard() as event:
                self.state, _ = self._judge().step(self.state, event, record.now)
            case Swapped() as swap:
                self._adopt(swap)
                self.state, _ = self.engine.step(self.state, swap, record.now)

    def swap(self, now: datetime, new: New) -> None:
        """Put new sensors in the places of old ones, as the settings say and the journal does not yet. Before
        time passes: no deadline of a place may fire between the two."""
        for swap in self._swaps.pending(self.swapped, now) if self._swaps else ():
            log.info("home %s: %s takes the place of %s", self.id, swap.new, swap.old)
            self._adopt(swap)
            self.fold(swap, self.state.now, new)

    def _adopt(self, swap: Swapped) -> None:
        self.swapped = noted(self.swapped, swap)
        self.seen = moved(self.seen, swap)
        self.state = self.engine.resume(self.state.now, self.state.rules, self.state.mode)

    def _judge(self) -> Engine:
        """Who judges what the journal holds: until a swap is on record, the rules with the old sensors."""
        if self._swaps is None or not self._swaps.pending(self.swapped, self.state.now):
            return self.engine
        return self._swaps.former


class Fold:
    """The gateway's heart: what arrives is folded and journaled in one go; then it is durable, or we die."""

    def __init__(self, homes: Sequence[Home], journal: Journal, clock: Clock) -> None:
        self.homes = homes
        self.refused: Counter[str] = Counter()
        self.moved = 0  # grows with each pass: what the watchdog looks at
        self.broken: BaseException | None = None  # why the homes are not what the disk says: we must end
        self._journal = journal
        self._clock = clock
        self._watch = Watch(clock)
        self._noted = self._watch.offset  # what a restart will hold the clock against
        self._of = {device: home for home in homes for device in home.devices}
        self._wake: list[Callable[[HomeId, Lane], None]] = []

    def on_stored(self, wake: Callable[[HomeId, Lane], None]) -> None:
        """Call `wake` for each home and lane that has new records on the disk."""
        self._wake.append(wake)

    def resume(self) -> None:
        """Take up every home where the journal left it, and fire what fell due meanwhile."""
        now, _ = self._watch.look()
        same = self._journal.recall("boot") == boot_id()
        offset = self._journal.recall("offset")
        told = EPOCH + timedelta(seconds=float(str(offset))) if same and offset is not None else None
        self._replay()
        new: New = {}
        for home in self.homes:
            step = restarted(home.state.now, now, told, self._watch) if home.known else None
            if step is not None:
                log.warning("home %s: the clock was set by %s while the gateway was down", home.id, step.by)
                home.fold(step, now, new)
            home.swap(now, new)
            home.fold(Tick(now), now, new)
            home.remind(now, new)
        self._note_clock()
        self._journal.append(new)
        self.keep()

    def _replay(self) -> None:
        homes = {home.id: home for home in self.homes}
        for home in self.homes:
            home.resume(self._journal.snapshot(home.id))
        for id, lines in self._journal.records():  # noqa: A001
            if id in homes:
                for record in sorted(_read(id, lines), key=attrgetter("seq")):
                    homes[id].again(record)
        for home in self.homes:
            home.seq = max(home.seq, self._journal.last(home.id))

    def take(self, messages: Sequence[Sequence[Reading]]) -> None:
        """Fold the readings of each message; returns when they are on the disk (devices.port.Emit)."""
        self._once(lambda now, new: self._take(messages, now, new))

    def hear(self, home: HomeId, word: Word) -> None:
        """Do what the centre's word asks of the home; returns when it is on the disk."""
        wish = word.mode
        for one in self.homes:
            if wish is not None and one.id == home:
                self._once(partial(one.obey, wish))

    def tick(self) -> None:
        """Let time pass: fire every deadline that is due."""
        self._once(self._tick)
        self.moved += 1

    def _once(self, fold: Callable[[datetime, New], None]) -> None:
        """One pass: folded and on the disk, or we are broken. What was folded and not written down would
        never be told to anybody, and what comes again would be taken for known."""
        if self.broken is not None:
            raise self.broken
        new: New = {}
        try:
            fold(self._now(new), new)
            if new:
                self._journal.append(new)
        except BaseException as error:  # nothing was acknowledged: all of it comes again to the next process
            self.broken = error
            raise
        self._tell(new)

    def _take(self, messages: Sequence[Sequence[Reading]], now: datetime, new: New) -> None:
        for readings in messages:
            if not readings:
                continue
            device = readings[0].device
            home = self._of.get(device)
            if home is None:
                self.refused["device of no home"] += 1
                continue
            seen = home.seen.get(device)
            seen, kept = sift(seen if seen is not None else Seen(), readings, now)
            home.seen[device] = seen
            for reading in kept:
                home.fold(reading, now, new)

    def _tick(self, now: datetime, new: New) -> None:
        for home in self.homes:
            if home.state.due is not None and home.state.due <= now:
                home.fold(Tick(now), now, new)

    def keep(self) -> None:
        """Write a snapshot of every home: what came before it need not be folded again."""
        if self.broken is not None:
            raise self.broken
        self._journal.keep({home.id: home.snapshot() for home in self.homes})
        for home in self.homes:
            home.kept = home.seq

    def _now(self, new: New) -> datetime:
        now, step = self._watch.look()
        if step is not None:
            log.warning("the clock was set by %s", step.by)
            for home in self.homes:
                home.fold(step, now, new)
        if step is not None or abs(self._watch.offset - self._noted) > SLACK / 2:
            self._note_clock()
        return now

    def _note_clock(self) -> None:
        """With the next append: a step that is on record and not noted, or the other way round, would be
        taken twice or never by a restart."""
        self._noted = self._watch.offset
        self._journal.note("boot", boot_id())
        self._journal.note("offset", str((self._noted - EPOCH).total_seconds()))

    def _tell(self, new: New) -> None:
        for home, chunk in new.items():
            for wake in self._wake:
                if chunk.alarm:
                    wake(home, Lane.ALARM)
                if chunk.telemetry:
                    wake(home, Lane.TELEMETRY)


def _read(home: HomeId, lines: Iterable[bytes]) -> Iterator[Record]:
    """The records of these lines. One that cannot be read must not keep the others from their home."""
    for line in lines:
        try:
            yield decode(line)
        except BadRecordError as error:
            log.error("home %s: a record of the journal is unreadable and left out: %s", home, error)
