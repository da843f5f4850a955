"""Takes values out of a finding's facts, which come from afar: what does not fit is not there. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

Facts = Mapping[str, object]


def text(facts: Facts, key: str) -> str:
    """The fact as a string; empty if there is none."""
    value = facts.get(key)
    return value if isinstance(value, str) else ""


def number(facts: Facts, key: str) -> float | None:
    """The fact as a finite number."""
    value = facts.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def instant(facts: Facts, key: str) -> datetime | None:
    """The fact as an aware instant."""
    try:
        at = datetime.fromisoformat(text(facts, key))
    except ValueError:
        return None
    return at if at.tzinfo else None
