"""What happened, on disk: every record of every home, the snapshots, and how far the centre has it.

The table only grows at its end: a commit writes the few pages that its bytes fill, however many homes they
belong to. Where a home's unsent records lie is an index in memory, built anew at each start.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rules.model import HomeId
from rules.wire import Lane

FILE = "journal.db"
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunk (
    id INTEGER PRIMARY KEY, home TEXT NOT NULL,
    alarm_last INTEGER NOT NULL, alarm BLOB, telemetry_last INTEGER NOT NULL, telemetry BLOB);
CREATE TABLE IF NOT EXISTS snapshot (
    home TEXT PRIMARY KEY, seq INTEGER NOT NULL, body BLOB NOT NULL, chunk INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stored (
    home TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (home, lane)) WITHOUT ROWID;
"""
Spot: TypeAlias = tuple[int, int]  # last seq of a lane in a chunk, the chunk's id


@dataclass(slots=True)
class Chunk:
    """The new records of one home, by lane, as lines; `last` is the seq of a lane's last line, 0 for none."""

    alarm: list[bytes]
    telemetry: list[bytes]
    alarm_last: int = 0
    telemetry_last: int = 0

    def add(self, lane: Lane, seq: int, line: bytes) -> None:
        """One more record."""
        if lane is Lane.TELEMETRY:
            self.telemetry.append(line)
            self.telemetry_last = seq
        else:
            self.alarm.append(line)
            self.alarm_last = seq


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A home's state after its record `seq`, as bytes."""

    seq: int
    body: bytes


class Journal:
    """One SQLite file (WAL, synchronous FULL: what is committed is on the disk). One process at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA wal_autocheckpoint = 4000")
        self._db.executescript(SCHEMA)
        self.id = self._identity()
        self._next = 1 + int(self._db.execute("SELECT coalesce(max(id), 0) FROM chunk").fetchone()[0])
        self._marks: dict[tuple[HomeId, Lane], int] = {}
        self._notes: dict[str, str] = {}
        self._stored = {
            (HomeId(h), Lane(n)): int(seq) for h, n, seq in self._db.execute("SELECT * FROM stored")
        }
        self._last: dict[HomeId, int] = {}
        for (told, _), seq in self._stored.items():
            self._last[told] = max(seq, self._last.get(told, 0))
        self._unsent: dict[tuple[HomeId, Lane], deque[Spot]] = {}
        for chunk, home, alarm, telemetry in self._db.execute(
            "SELECT id, home, alarm_last, telemetry_last FROM chunk ORDER BY id"
        ):
            self._place(HomeId(home), chunk, alarm, telemetry)

    def close(self) -> None:
        """Write what is still in hand and close the file; the next `Journal` of it may be opened then."""
        self.append({})
        self._db.close()

    def append(self, chunks: dict[HomeId, Chunk]) -> None:
        """Store them, all or none: on the disk when this returns. Raises sqlite3.Error if they are not."""
        rows = [
            (i, home, c.alarm_last, b"\n".join(c.alarm), c.telemetry_last, b"\n".join(c.telemetry))
            for i, (home, c) in enumerate(chunks.items(), self._next)
        ]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?)", rows)
            if self._marks:
                marks = [(home, lane, seq) for (home, lane), seq in self._marks.items()]
                self._db.executemany("INSERT OR REPLACE INTO stored VALUES (?, ?, ?)", marks)
            if self._notes:
                self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", self._notes.items())
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._marks.clear()
        self._notes.clear()
        for row in rows:
            self._place(row[1], row[0], row[2], row[4])
        self._next += len(rows)

    def records(self) -> Iterator[tuple[HomeId, Sequence[bytes]]]:
        """What a restart folds again: the lines of each chunk after the oldest snapshot, oldest first.

        Lines of the two lanes are not yet in the order of their seq.
        """
        edge = self._db.execute("SELECT coalesce(min(chunk), 0) FROM snapshot").fetchone()[0]
        query = "SELECT home, alarm, telemetry FROM chunk WHERE id > ? ORDER BY id"
        for home, alarm, telemetry in self._db.execute(query, (edge,)):
            yield HomeId(home), [line for part in (alarm, telemetry) if part for line in part.split(b"\n")]

    def batch(self, home: HomeId, lane: Lane, after: int, most: int) -> Sequence[Spot]:
        """Where the next chunks of one lane lie whose last seq is above `after`, at most `most` of them."""
        spots = self._unsent.get((home, lane), ())
        found = []
        for spot in spots:
            if spot[0] > after:
                found.append(spot)
                if len(found) == most:
                    break
        return found

    def lines(self, lane: Lane, spot: Spot) -> bytes:
        """The lines of one lane of one chunk."""
        query = f"SELECT {lane} FROM chunk WHERE id = ?"  # noqa: S608  an enum's word, nobody's input
        body: bytes = self._db.execute(query, (spot[1],)).fetchone()[0]
        return body

    def stored(self, home: HomeId, lane: Lane) -> int:
        """The last seq that the centre is known to have."""
        return self._stored.get((home, lane), 0)

    def last(self, home: HomeId) -> int:
        """The highest seq that was ever given to a record of this home, as far as anybody may know of it: a
        home that was out of the settings for a while counts on, or the centre would take its new records for
        old ones."""
        return self._last.get(home, 0)

    def mark(self, home: HomeId, lane: Lane, seq: int) -> None:
        """Note what the centre has; written with the next append. A note lost costs only a repeated batch."""
        if seq < self.stored(home, lane):
            self._rewind(home, lane, seq)
        self._marks[home, lane] = self._stored[home, lane] = seq
        unsent = self._unsent.get((home, lane))
        while unsent and unsent[0][0] <= seq:
            unsent.popleft()

    def renew(self) -> None:
        """Give the journal a new name from the next opening on: to the centre it is another one."""
        self.remember("id", uuid.uuid4().hex)

    def snapshot(self, home: HomeId) -> Snapshot | None:
        """The newest snapshot of a home."""
        row = self._db.execute("SELECT seq, body FROM snapshot WHERE home = ?", (home,)).fetchone()
        return Snapshot(*row) if row else None

    def keep(self, snapshots: dict[HomeId, Snapshot]) -> None:
        """Replace all snapshots, in one commit: those of homes that are gone go too."""
        rows = [(home, s.seq, s.body, self._next - 1) for home, s in snapshots.items()]
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM snapshot")
        self._db.executemany("INSERT INTO snapshot VALUES (?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def trim(self, chunks: int) -> int:
        """Drop what the centre and the snapshots have, but for the newest `chunks`; how many went. A home
        without a snapshot is no longer in the settings: nobody sends what it left, and it must not fill the
        disk."""
        kept = dict(self._db.execute("SELECT home, chunk FROM snapshot"))
        waiting = [spots[0][1] - 1 for (home, _), spots in self._unsent.items() if spots and home in kept]
        edge = min([min(kept.values(), default=0), self._next - 1 - chunks, *waiting])
        for spots in self._unsent.values():
            while spots and spots[0][1] <= edge:
                spots.popleft()
        return self._db.execute("DELETE FROM chunk WHERE id <= ?", (edge,)).rowcount

    def settle(self) -> None:
        """There is no centre: nobody waits for what is here, and one that comes later gets what is new."""
        for (home, lane), spots in self._unsent.items():
            if spots:
                self.mark(home, lane, spots[-1][0])

    def remember(self, name: str, value: str | bytes) -> None:
        """Keep a word about the journal itself, durable when this returns."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def note(self, name: str, value: str) -> None:
        """Keep a word that belongs to the next append: both are on the disk, or neither."""
        self._notes[name] = value

    def recall(self, name: str) -> str | bytes | None:
        """What `remember` kept."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        found: str | bytes | None = row[0] if row else None
        return found

    def _identity(self) -> str:
        found = self.recall("id")
        if found is None:
            self.remember("id", found := uuid.uuid4().hex)
        return str(found)

    def _place(self, home: HomeId, chunk: int, alarm: int, telemetry: int) -> None:
        self._last[home] = max(alarm, telemetry, self._last.get(home, 0))
        for lane, last in ((Lane.ALARM, alarm), (Lane.TELEMETRY, telemetry)):
            if last > self.stored(home, lane):
                self._unsent.setdefault((home, lane), deque()).append((last, chunk))

    def _rewind(self, home: HomeId, lane: Lane, seq: int) -> None:
        """The centre has less than it had: what lies after `seq` is unsent again."""
        query = f"SELECT {lane}_last, id FROM chunk WHERE home = ? AND {lane}_last > ? ORDER BY id"  # noqa: S608
        self._unsent[home, lane] = deque(self._db.execute(query, (home, seq)).fetchall())
