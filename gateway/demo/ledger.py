"""Reads from the alert service's own store what became of each alert: the demonstration's proof."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of an alert's story."""

    at: datetime
    what: str
    who: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice of an alert."""

    name: str
    kind: str  # summon, remind, stand_down
    address: str
    text: str
    status: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class Case:
    """One alert with its story and its notices, oldest first."""

    id: str
    key: str
    status: str
    cause: str
    raised_at: datetime
    opened_at: datetime
    story: tuple[Line, ...]
    notices: tuple[Sent, ...]

    def lines(self, what: str) -> tuple[Line, ...]:
        """The entries of one kind that changed something."""
        return tuple(line for line in self.story if line.what == what and not line.data.get("late"))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The store of a running or stopped alert service; it is only read."""

    database: Path

    def cases(self) -> tuple[Case, ...]:
        """Every alert, in the order of opening."""
        with closing(self._open()) as db:
            rows = db.execute("SELECT * FROM desk_alert ORDER BY opened_at").fetchall()
            return tuple(_case(db, row) for row in rows)

    def samples(self) -> int:
        """How many readings have come all the way."""
        if not self.database.exists():
            return 0
        with closing(self._open()) as db:
            return int(db.execute("SELECT count(*) FROM timeline_sample").fetchone()[0])

    def open_cases(self) -> int:
        """How many alerts are not closed."""
        with closing(self._open()) as db:
            return int(db.execute("SELECT count(*) FROM desk_alert WHERE status <> 'closed'").fetchone()[0])

    def waits(self, code: str) -> bool:
        """Whether the alert of this code still needs somebody to go."""
        with closing(self._open()) as db:
            row = db.execute(
                "SELECT 1 FROM desk_alert WHERE code = ? AND status = 'open'", (code,)
            ).fetchone()
            return row is not None

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        db.row_factory = sqlite3.Row
        return db


def _case(db: sqlite3.Connection, row: sqlite3.Row) -> Case:
    return Case(
        row["id"],
        row["key"],
        row["status"],
        row["cause"],
        _instant(row["raised_at"]),
        _instant(row["opened_at"]),
        tuple(_story(db, row["id"])),
        tuple(_notices(db, row["id"])),
    )


def _story(db: sqlite3.Connection, alert: str) -> Iterator[Line]:
    for row in db.execute("SELECT * FROM desk_entry WHERE alert_id = ? ORDER BY n", (alert,)):
        yield Line(_instant(row["at"]), row["what"], row["who"], json.loads(row["data"]))


def _notices(db: sqlite3.Connection, alert: str) -> Iterator[Sent]:
    for row in db.execute("SELECT * FROM desk_notice WHERE alert_id = ? ORDER BY created_at", (alert,)):
        yield Sent(row["name"], row["kind"], row["address"], row["text"], row["status"], row["provider_id"])


def _instant(text: str) -> datetime:
    """Django keeps UTC without saying so."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
