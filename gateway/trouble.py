"""What the operator is told when the gateway cannot store any more, and what becomes of a damaged journal."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.journal import FILE
from gateway.uplink import JournalWentBackError

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SAID = {
    sqlite3.SQLITE_BUSY: "another process uses it; stop it, or give each gateway its own data folder",
    sqlite3.SQLITE_FULL: "the disk is full; make room: what the sensors say waits at their broker",
    sqlite3.SQLITE_READONLY: "it may not be written; give the folder to the user who runs the gateway",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; give the folder to the user who runs the gateway",
    sqlite3.SQLITE_PERM: "it may not be used; give the folder to the user who runs the gateway",
    sqlite3.SQLITE_IOERR: "the disk fails; look at the kernel's log, and replace the card",
}


def explained(error: BaseException, data: Path) -> str | None:
    """Why the gateway ended, in the operator's words; None if nobody but a programmer can tell. A journal
    that is damaged is put aside: the next start begins a new one, for a home that is watched from now on is
    better off than one that never is again."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case sqlite3.Error():
            return _of_journal(error, data / FILE)
        case OSError():
            return f"{error.filename or data}: {error.strerror or error}; the journal is kept in {data}"
        case JournalWentBackError():
            return str(error)
    return None


def _of_journal(error: sqlite3.Error, journal: Path) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return f"{journal} is damaged ({error}). It lies in {_aside(journal)} now; start the gateway again"
    return f"{journal}: {_SAID.get(code, 'it cannot be used')} ({error})"


def _aside(journal: Path) -> Path:
    count = len(list(journal.parent.glob(f"{journal.name}.damaged-*")))
    folder = journal.with_name(f"{journal.name}.damaged-{count + 1}")
    folder.mkdir()
    for part in (journal, *(journal.with_name(journal.name + end) for end in ("-wal", "-shm"))):
        if part.exists():
            part.rename(folder / part.name)
    return folder
