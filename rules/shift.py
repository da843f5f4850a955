"""Moves every instant that a state holds, when the wall clock was set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any


def shifted(value: Any, by: timedelta) -> Any:
    """The same plain value (dataclass, mapping, tuple, frozenset, scalar), each datetime moved by `by`."""
    match value:
        case datetime():
            return value + by
        case Mapping():
            return {key: shifted(item, by) for key, item in value.items()}
        case tuple():
            return tuple(shifted(item, by) for item in value)
        case frozenset():
            return frozenset(shifted(item, by) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: shifted(getattr(value, f.name), by) for f in fields(value)})
    return value
