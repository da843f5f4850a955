"""Sensors that took the place of others: until the journal has it on record, the old settings judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from devices.sieve import Seen, inherited
from rules.engine import Engine
from rules.model import DeviceId, Swapped


@dataclass(frozen=True, slots=True)
class Swaps:
    """The swaps that the settings tell of: `replaces` has the old sensor of each new one; `former` are the
    rules as they were before, the old sensors still in their places."""

    replaces: Mapping[DeviceId, DeviceId]
    former: Engine

    def pending(self, done: Mapping[DeviceId, DeviceId], now: datetime) -> Sequence[Swapped]:
        """Those that are not on record yet."""
        return [Swapped(old, new, now) for new, old in self.replaces.items() if done.get(new) != old]


def noted(done: Mapping[DeviceId, DeviceId], swap: Swapped) -> dict[DeviceId, DeviceId]:
    """What is on record after one more swap. A sensor that comes back may be replaced again later."""
    return {new: old for new, old in done.items() if new != swap.old} | {swap.new: swap.old}


def moved(seen: Mapping[DeviceId, Seen], swap: Swapped) -> dict[DeviceId, Seen]:
    """The sieve's memory: the new sensor goes on from the old one's state."""
    left = {device: known for device, known in seen.items() if device != swap.old}
    if swap.old in seen:
        left[swap.new] = inherited(seen[swap.old])
    return left
