"""The homes of this gateway: each event is folded, then written down, and only then does anything follow."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from devices.sieve import Seen, seen_again, sift
from gateway.clock import EPOCH, Clock, Watch, boot_id, restarted
from gateway.journal import Journal, Row, Snapshot
from rules.engine import Engine, HomeState
from rules.model import ClockStepped, DeviceId, Event, HomeId, ModeSet, Reading, Tick
from rules.record import decode, encode
from rules.snapshot import SnapshotError, dump, load
from rules.wire import Lane

log = logging.getLogger(__name__)

SNAPSHOT_EVERY = 1000  # records: bounds what a restart folds again (about 10 ms)
_body = msgspec.msgpack.Decoder(tuple[bytes, dict[DeviceId, Seen]]).decode


class Home:
    """One home's engine, state and count."""

    def __init__(self, id: HomeId, engine: Engine, devices: Iterable[DeviceId], now: datetime) -> None:  # noqa: A002
        self.id = id
        self.devices = tuple(devices)
        self.engine = engine
        self.state: HomeState = engine.start(now)
        self.seen: dict[DeviceId, Seen] = {}
        self.seq = 0
        self.kept = 0  # the seq of the newest snapshot

    def fold(self, event: Event, now: datetime, rows: list[Row]) -> None:
        """Take one event; add its record, then those of the decisions that came of it."""
        self.state, decisions = self.engine.step(self.state, event, now)
        telemetry = isinstance(event, Reading)
        if not decisions and isinstance(event, Tick):
            return  # time alone, and nothing came of it: the next event's fold implies it
        self.seq += 1
        lane = Lane.TELEMETRY if telemetry else Lane.ALARM
        rows.append((self.id, lane, self.seq, encode(self.seq, now, event)))
        for decision in decisions:
            self.seq += 1
            rows.append((self.id, Lane.ALARM, self.seq, encode(self.seq, now, decision)))

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        return Snapshot(self.seq, msgspec.msgpack.encode((dump(self.engine, self.state), self.seen)))

    def resume(self, journal: Journal) -> bool:
        """Be again what the journal remembers; False if it knows nothing of this home."""
        self._load(journal.snapshot(self.id))
        for line in journal.since(self.id, self.kept):
            record = decode(line)
            match record.item:
                case Reading() as reading:
                    seen = self.seen.get(reading.device, Seen())
                    self.seen[reading.device] = seen_again(seen, reading)
                    self.state, _ = self.engine.step(self.state, reading, record.now)
                case Tick() | ModeSet() | ClockStepped() as event:
                    self.state, _ = self.engine.step(self.state, event, record.now)
            self.seq = record.seq
        self.seq = max(self.seq, journal.last(self.id))
        return self.seq > 0

    def _load(self, kept: Snapshot | None) -> None:
        if kept is None:
            self.state = self.engine.start(EPOCH)  # folding starts at the first record's own time
            return
        self.kept = self.seq = kept.seq
        try:
            state, self.seen = _body(kept.body)
            self.state = load(self.engine, state)
        except (msgspec.DecodeError, SnapshotError) as error:
            log.error("home %s: snapshot unreadable (%s); its rules start afresh", self.id, error)


class Fold:
    """The gateway's heart: what arrives is folded and journaled in one go; then it is durable, or we die."""

    def __init__(self, homes: Sequence[Home], journal: Journal, clock: Clock) -> None:
        self.homes = homes
        self.refused: Counter[str] = Counter()
        self.moved = 0  # grows with each pass: what the watchdog looks at
        self.broken: sqlite3.Error | None = None  # why nothing can be stored any more; the process must end
        self._journal = journal
        self._clock = clock
        self._watch = Watch(clock)
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
        told = EPOCH + timedelta(seconds=float(offset)) if same and offset else None
        rows: list[Row] = []
        for home in self.homes:
            if not home.resume(self._journal):
                home.state = home.engine.start(now)
            elif step := restarted(home.state.now, now, told, self._watch):
                log.warning("home %s: the clock was set by %s while the gateway was down", home.id, step.by)
                home.fold(step, now, rows)
            home.fold(Tick(now), now, rows)
        self._note_clock()
        self._commit(rows)

    def take(self, messages: Sequence[Sequence[Reading]]) -> None:
        """Fold the readings of each message; returns when they are on the disk (devices.port.Emit)."""
        rows: list[Row] = []
        now = self._now(rows)
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
                home.fold(reading, now, rows)
        self._commit(rows)

    def tick(self) -> None:
        """Let time pass: fire every deadline that is due."""
        rows: list[Row] = []
        now = self._now(rows)
        for home in self.homes:
            if home.state.due is not None and home.state.due <= now:
                home.fold(Tick(now), now, rows)
        self._commit(rows)
        self.moved += 1

    def keep(self, everything: bool = False) -> None:
        """Write the snapshots that are worth it, or all."""
        for home in self.homes:
            if home.seq - home.kept >= (1 if everything else SNAPSHOT_EVERY):
                self._journal.keep(home.id, home.snapshot())
                home.kept = home.seq

    def _now(self, rows: list[Row]) -> datetime:
        now, step = self._watch.look()
        if step is not None:
            log.warning("the clock was set by %s", step.by)
            for home in self.homes:
                home.fold(step, now, rows)
            self._note_clock()
        return now

    def _note_clock(self) -> None:
        self._journal.remember("boot", boot_id())
        self._journal.remember("offset", str((self._watch.offset - EPOCH).total_seconds()))

    def _commit(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        if self.broken is not None:
            raise self.broken
        try:
            self._journal.append(rows)
        except sqlite3.Error as error:  # nothing was acknowledged: all of it comes again to the next process
            self.broken = error
            raise
        for home, lane in {(row[0], row[1]) for row in rows}:
            for wake in self._wake:
                wake(home, lane)
