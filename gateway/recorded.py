"""Reads what was recorded in one home, as its gateway would have taken it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

from devices.sources.recording import BadRecordingError, Watch, events, homes
from rules.home import Home
from rules.model import DeviceId, Event, Reading


def recorded(
    path: Path, home: Home, of: str | None, watch: Watch | None = None
) -> Iterator[tuple[Event, datetime]]:
    """Each event with the instant it was taken. Of a CSV with several homes `of`, or the home's own id.
    Raises BadRecordingError."""
    if not path.name.removesuffix(".gz").endswith(".csv"):
        return events(path, None, home.zone, watch)
    wanted = events(path, of or home.id, home.zone, watch)
    first = next(wanted, None)
    if first is not None:
        return chain((first,), wanted)
    return events(path, _only(path, of), home.zone, watch)


def known(
    taken: Iterable[tuple[Event, datetime]], home: Home, strangers: Counter[DeviceId]
) -> Iterator[tuple[Event, datetime]]:
    """As in the gateway, readings of devices that are not enrolled count for nothing but a number."""
    enrolled = frozenset(device.id for device in home.devices)
    for event, now in taken:
        if isinstance(event, Reading) and event.device not in enrolled:
            strangers[event.device] += 1
        else:
            yield event, now


def _only(path: Path, of: str | None) -> str | None:
    """The home of a CSV that holds but one, whatever it is called there; None if it holds nothing."""
    there = homes(path)
    if there and (of or len(there) > 1):
        some = ", ".join(there[:5]) + (", …" if len(there) > 5 else "")
        raise BadRecordingError(f"{path} holds no home {of or 'of that id'}; say --of and one of {some}")
    return there[0] if there else None
