"""An alert's story as a chain: each entry is hashed over the one before; none changes unseen. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `n` counts from 1 within an alert."""

    n: int
    at: datetime
    what: str
    who: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


def link(before: str, alert: str, line: Line) -> str:
    """The hash of an entry that follows the entry hashed `before`. `data` must be what JSON can hold."""
    content = {
        "alert": alert,
        "at": line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "data": line.data,
        "n": line.n,
        "what": line.what,
        "who": line.who,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(f"{before}\n{text}".encode()).hexdigest()


def broken(alert: str, lines: Iterable[tuple[Line, str]]) -> int | None:
    """The `n` of the first entry that is missing or does not fit its hash; None if the whole chain holds."""
    before = START
    for n, (line, claimed) in enumerate(lines, 1):
        if line.n != n or link(before, alert, line) != claimed:
            return n
        before = claimed
    return None
