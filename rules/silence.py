"""A device that is no longer heard: first in doubt, then taken for dead. Every reading passes here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rules.facts import minutes, place
from rules.home import Supervision
from rules.model import Clear, Decision, DeviceId, Event, Kind, Origin, Raise, Reading, Severity, Tick


class Stage(StrEnum):
    """How long it has been silent: past the first limit, or past the second."""

    WARN = "warn"
    FAULT = "fault"


_REPLAY = Origin.REPLAY  # looked up once: every reading passes here


@dataclass(frozen=True, slots=True)
class Heard:
    """When each device was heard last, and which are silent. `check` is when to look next: nothing falls due
    before it, and a reading, which only postpones, need not move it. None: all are dead already."""

    last: Mapping[DeviceId, datetime]
    silent: Mapping[DeviceId, Stage]
    check: datetime | None


@dataclass(frozen=True, slots=True)
class Silence:
    """Supervises the devices that can be supervised: `windows` holds no others. Cached states are no sign
    that a device lives, everything else is."""

    windows: Mapping[DeviceId, Supervision] = field(compare=False, repr=False)
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    name: str = field(default="device.silent", init=False)
    kinds: frozenset[Kind] = field(default=frozenset(Kind), init=False)

    def start(self, now: datetime) -> Heard:
        """Every device gets its whole window from now."""
        return self._looked(dict.fromkeys(self.windows, now), {}, now)

    def step(self, state: Heard, event: Event, now: datetime) -> tuple[Heard, Sequence[Decision]]:
        """Note who spoke; look who did not."""
        if isinstance(event, Reading):
            return self._hear(state, event, now)
        if isinstance(event, Tick) and (due := self.due(state)) is not None and due <= now:
            return self._look(state, now)
        return state, ()

    def due(self, state: Heard) -> datetime | None:
        """When to look next: a lower bound of when the next device falls silent."""
        if state.check is not None:
            return state.check if self.windows else None
        unknown = self.windows.keys() - state.last.keys()  # a device that the settings added
        return max(state.last.values()) if unknown else None

    def _hear(self, state: Heard, event: Reading, now: datetime) -> tuple[Heard, Sequence[Decision]]:
        device = event.device
        if event.origin is _REPLAY or device not in self.windows:
            return state, ()
        at = event.at
        if at > now:
            at = now
        before = state.last.get(device)
        if before is not None:
            if at <= before:
                return state, ()
            if device not in state.silent:
                return Heard({**state.last, device: at}, state.silent, state.check), ()
        return self._back(state, device, at, now)

    def _back(
        self, state: Heard, device: DeviceId, at: datetime, now: datetime
    ) -> tuple[Heard, Sequence[Decision]]:
        check = at + self.windows[device].warn
        if state.check is not None and state.check < check:
            check = state.check
        if device not in state.silent:
            return Heard({**state.last, device: at}, state.silent, check), ()
        silent = {other: stage for other, stage in state.silent.items() if other != device}
        return Heard({**state.last, device: at}, silent, check), (Clear(f"device.silent:{device}", now),)

    def _look(self, state: Heard, now: datetime) -> tuple[Heard, Sequence[Decision]]:
        last = {device: state.last.get(device, now) for device in self.windows}
        silent = {device: stage for device in last if (stage := self._stage(device, last[device], now))}
        gone = tuple(Clear(f"device.silent:{device}", now) for device in state.silent if device not in silent)
        news = tuple(
            self._finding(device, stage, last[device], now)
            for device, stage in silent.items()
            if state.silent.get(device) is not stage
        )
        return self._looked(last, silent, now), gone + news

    def _stage(self, device: DeviceId, last: datetime, now: datetime) -> Stage | None:
        window = self.windows[device]
        if last + window.fault <= now:
            return Stage.FAULT
        return Stage.WARN if last + window.warn <= now else None

    def _looked(
        self, last: Mapping[DeviceId, datetime], silent: Mapping[DeviceId, Stage], now: datetime
    ) -> Heard:
        limits = (last[d] + limit for d, w in self.windows.items() for limit in (w.warn, w.fault))
        return Heard(last, silent, min((at for at in limits if at > now), default=None if last else now))

    def _finding(self, device: DeviceId, stage: Stage, last: datetime, now: datetime) -> Raise:
        facts = place(self.rooms, device) | {
            "heard": last.isoformat(),
            "stage": stage.value,
            "minutes": minutes(last, now),
        }
        return Raise(f"device.silent:{device}", Severity.TROUBLE, now, facts)
