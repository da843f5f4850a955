"""What a pulse oximeter's stream tells: a measurement every two seconds, not sixty in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from devices.told import Told

EVERY: Final = timedelta(seconds=2)
_ZERO: Final = timedelta()
_RATES: Final = range(1, 301)  # beats a minute
_SATURATIONS: Final = range(1, 101)  # per cent


class Pulse:
    """One oximeter. The first value after a pause is told at once."""

    def __init__(self) -> None:
        self._told: datetime | None = None
        self._broken = False

    def measured(self, rate: int, saturation: int, at: datetime) -> Sequence[Told]:
        """Heart rate (a minute) and SpO2 (%); a value that no body has is the device's word for "none"."""
        found = [Told("heart_rate", rate)] if rate in _RATES else []
        found += [Told("spo2", saturation)] if saturation in _SATURATIONS else []
        if not found:
            return self.silent()
        if self._told is not None and _ZERO <= at - self._told < EVERY:
            return ()
        self._told = at
        return [*self._fault(False), *found]

    def silent(self) -> Sequence[Told]:
        """No finger, or still searching."""
        self._told = None
        return ()

    def broken(self) -> Sequence[Told]:
        """The probe is unplugged or defective."""
        self._told = None
        return self._fault(True)

    def _fault(self, broken: bool) -> Sequence[Told]:
        """A fault is told once, and once that it is over."""
        if broken == self._broken:
            return ()
        self._broken = broken
        return (Told("fault", broken),)
