"""What happened, on disk: every record of every home, the snapshots, and how far the centre has it."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rules.model import HomeId
from rules.wire import Lane

Row: TypeAlias = tuple[HomeId, Lane, int, bytes]

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    home TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (home, lane, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshot (home TEXT PRIMARY KEY, seq INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stored (
    home TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (home, lane)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A home's state after its record `seq`, as bytes."""

    seq: int
    body: bytes


class Journal:
    """One SQLite file (WAL, synchronous FULL: a commit is on the disk when it returns). One process at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA wal_autocheckpoint = 4000")
        self._db.executescript(SCHEMA)
        self.id = self._meta("id", uuid.uuid4().hex)
        self._marks: dict[tuple[HomeId, Lane], int] = {}

    def close(self) -> None:
        """Write what is still in hand and close the file; the next `Journal` of it may be opened then."""
        self.append(())
        self._db.close()

    def append(self, rows: Sequence[Row]) -> None:
        """Store rows, all or none. Returns when they are on the disk. Raises sqlite3.Error if they are not."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", rows)
            if self._marks:
                marks = [(home, lane, seq) for (home, lane), seq in self._marks.items()]
                self._db.executemany("INSERT OR REPLACE INTO stored VALUES (?, ?, ?)", marks)
            self._db.execute("COMMIT")
            self._marks.clear()
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def last(self, home: HomeId) -> int:
        """The newest seq of a home; 0 for none."""
        row = self._db.execute(
            "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM record WHERE home = :h AND lane = 'alarm' UNION ALL"
            " SELECT max(seq) FROM record WHERE home = :h AND lane = 'telemetry' UNION ALL"
            " SELECT seq FROM snapshot WHERE home = :h)",
            {"h": home},
        ).fetchone()
        return int(row[0] or 0)

    def since(self, home: HomeId, seq: int) -> Iterator[bytes]:
        """The bodies of all records after `seq`, both lanes, in their order."""
        query = "SELECT body FROM record WHERE home = ? AND seq > ? ORDER BY seq"
        for (body,) in self._db.execute(query, (home, seq)):
            yield body

    def batch(self, home: HomeId, lane: Lane, after: int, most: int) -> Sequence[tuple[int, bytes]]:
        """Up to `most` records of one lane after `after`: (seq, body)."""
        query = "SELECT seq, body FROM record WHERE home = ? AND lane = ? AND seq > ? ORDER BY seq LIMIT ?"
        return self._db.execute(query, (home, lane, after, most)).fetchall()

    def stored(self, home: HomeId, lane: Lane) -> int:
        """The last seq that the centre is known to have."""
        if (home, lane) in self._marks:
            return self._marks[home, lane]
        row = self._db.execute("SELECT seq FROM stored WHERE home = ? AND lane = ?", (home, lane)).fetchone()
        return int(row[0]) if row else 0

    def mark(self, home: HomeId, lane: Lane, seq: int) -> None:
        """Note what the centre has; written with the next append. A note lost costs only a repeated batch."""
        self._marks[home, lane] = seq

    def snapshot(self, home: HomeId) -> Snapshot | None:
        """The newest snapshot of a home."""
        row = self._db.execute("SELECT seq, body FROM snapshot WHERE home = ?", (home,)).fetchone()
        return Snapshot(*row) if row else None

    def keep(self, home: HomeId, snapshot: Snapshot) -> None:
        """Replace the snapshot of a home."""
        self._db.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", (home, snapshot.seq, snapshot.body))

    def trim(self, home: HomeId, rows: int) -> int:
        """Drop what the centre and the snapshot both have, but for the newest `rows` of each lane; how many."""
        kept = self.snapshot(home)
        gone = 0
        for lane in Lane:
            edge = min(self.stored(home, lane), kept.seq if kept else 0) - rows
            done = self._db.execute("DELETE FROM record WHERE home = ? AND lane = ? AND seq <= ?", (home, lane, edge))
            gone += done.rowcount
        return gone

    def remember(self, name: str, value: str) -> None:
        """Keep a word about the journal itself."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> str | None:
        """What `remember` kept."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def _meta(self, name: str, default: str) -> str:
        found = self.recall(name)
        if found is None:
            self.remember(name, default)
        return found or default
