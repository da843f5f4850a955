"""What a finding says of where it was made: the device and its room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rules.model import DeviceId, Fact


def place(rooms: Mapping[DeviceId, str], device: DeviceId) -> dict[str, Fact]:
    """The facts `device` and, where it is known, `room`."""
    facts: dict[str, Fact] = {"device": device} if device else {}
    if room := rooms.get(device):
        facts["room"] = room
    return facts


def minutes(since: datetime, at: datetime) -> float:
    """Whole minutes from `since` to `at`."""
    return float((at - since).total_seconds() // 60)
