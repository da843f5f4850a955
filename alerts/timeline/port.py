"""What a timeline is: the readings of a home, kept for looking back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rules.model import DeviceId, HomeId, Reading


class Timeline(Protocol):
    """Readings by home and instant. Times are UTC-aware; naive ones are refused with ValueError."""

    def append(self, home: HomeId, readings: Sequence[Reading]) -> None:
        """Keep these readings. Joins the caller's transaction, where the implementation has one."""

    def span(self, home: HomeId, since: datetime, until: datetime) -> Sequence[Reading]:
        """The readings with since ≤ at < until, in the order of `at`, then of arrival."""

    def move(self, home: HomeId, old: DeviceId, new: DeviceId) -> int:
        """The readings of `old` count as those of `new`, which took its place; how many they are."""

    def thin(self, before: datetime) -> int:
        """Of what is older than `before`, keep the first reading an hour; how many went."""
