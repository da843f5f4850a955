"""A device that is no longer heard: first in doubt, then taken for dead. Every reading passes here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.facts import minutes, place
from rules.home import Supervision
from rules.model import (
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
    Unheard,
)
from rules.rhythm import Rhythm, own
from rules.rhythm import heard as learn


class Stage(StrEnum):
    """How long it has been silent: past the first limit, or past the second."""

    WARN = "warn"
    FAULT = "fault"


_NONE = timedelta(0)
_REPLAY = Origin.REPLAY  # looked up once: every reading passes here


@dataclass(frozen=True, slots=True)
class Heard:
    """When each device was heard last, and which are silent. `check` is when to look next: nothing falls due
    before it, and a reading, which only postpones, need not move it. None: all are dead already."""

    last: Mapping[DeviceId, datetime]
    silent: Mapping[DeviceId, Stage]
    check: datetime | None
    rhythms: Mapping[DeviceId, Rhythm] = field(default_factory=dict)  # of devices whose window may be learned
    deaf: Mapping[DeviceId, timedelta] = field(default_factory=dict)  # since its last word nothing could be
    until: datetime | None = None  # heard for so long, and until when


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
        return self._looked(Heard(dict.fromkeys(self.windows, now), {}, None), {}, now)

    def step(self, state: Heard, event: Event, now: datetime) -> tuple[Heard, Sequence[Decision]]:
        """Note who spoke; look who did not."""
        if isinstance(event, Reading):
            return self._hear(state, event, now)
        if isinstance(event, Tick) and (due := self.due(state)) is not None and due <= now:
            return self._look(state, now)
        if isinstance(event, Swapped):
            return self._swap(state, event, now)
        return (self._deaf(state, event) if isinstance(event, Unheard) else state), ()

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
        if before is None:
            return self._back(state, device, at, now)
        if at <= before:
            return state, ()
        if state.deaf and device in state.deaf:  # what it said meanwhile nobody knows: it teaches nothing
            deaf = {other: length for other, length in state.deaf.items() if other != device}
            state = replace(state, deaf=deaf, last={**state.last, device: at})
        elif self.windows[device].learn:
            state = self._learn(state, device, at - before, at)
        if device in state.silent:
            return self._back(state, device, at, now)
        last = {**state.last, device: at}
        return Heard(last, state.silent, state.check, state.rhythms, state.deaf, state.until), ()

    def _learn(self, state: Heard, device: DeviceId, gap: timedelta, at: datetime) -> Heard:
        old = state.rhythms.get(device)
        new = Rhythm(at) if old is None else learn(old, gap, at, self.windows[device])
        if new is old:
            return state
        check = state.check
        if old is not None and new.learned != old.learned:  # a shorter window may end before the next look
            end = at + own(new, self.windows[device]).warn
            check = end if check is None else min(check, end)
        return replace(state, check=check, rhythms={**state.rhythms, device: new})

    def _back(
        self, state: Heard, device: DeviceId, at: datetime, now: datetime
    ) -> tuple[Heard, Sequence[Decision]]:
        check = at + self._window(state, device).warn
        if state.check is not None and state.check < check:
            check = state.check
        last = {**state.last, device: at}
        if device not in state.silent:
            return replace(state, last=last, check=check), ()
        silent = {other: stage for other, stage in state.silent.items() if other != device}
        return replace(state, last=last, silent=silent, check=check), (Clear(f"device.silent:{device}", now),)

    def _look(self, state: Heard, now: datetime) -> tuple[Heard, Sequence[Decision]]:
        last = {device: state.last.get(device, now) for device in self.windows}
        rhythms = {device: rhythm for device, rhythm in state.rhythms.items() if device in self.windows}
        seen = replace(state, last=last, rhythms=rhythms)
        silent = {device: stage for device in last if (stage := self._stage(seen, device, now))}
        gone = tuple(Clear(f"device.silent:{device}", now) for device in state.silent if device not in silent)
        news = tuple(
            self._finding(seen, device, stage, now)
            for device, stage in silent.items()
            if state.silent.get(device) is not stage
        )
        return self._looked(seen, silent, now), gone + news

    def _swap(self, state: Heard, swap: Swapped, now: datetime) -> tuple[Heard, Sequence[Decision]]:
        """The new sensor has its whole window from now, by the rhythm of the place."""
        last = {device: at for device, at in state.last.items() if device != swap.old} | {swap.new: swap.at}
        silent = {device: stage for device, stage in state.silent.items() if device != swap.old}
        rhythms = {swap.new if d == swap.old else d: rhythm for d, rhythm in state.rhythms.items()}
        over = (Clear(f"device.silent:{swap.old}", swap.at),) if swap.old in state.silent else ()
        check = state.check
        if swap.new in self.windows:
            window = own(rhythms.get(swap.new), self.windows[swap.new])
            check = min(filter(None, (check, swap.at + window.warn)))
        deaf = {device: length for device, length in state.deaf.items() if device != swap.old}
        return replace(state, last=last, silent=silent, check=check, rhythms=rhythms, deaf=deaf), over

    def _deaf(self, state: Heard, gap: Unheard) -> Heard:
        """No device could be heard: each has what was left of its window."""
        if state.until is not None and gap.at <= state.until:
            return state
        since = gap.since if state.until is None else max(gap.since, state.until)
        deaf = dict(state.deaf)
        for device, last in state.last.items():
            if last < gap.at:
                deaf[device] = deaf.get(device, _NONE) + (gap.at - max(since, last))
        return replace(state, deaf=deaf, until=gap.at)

    def _window(self, state: Heard, device: DeviceId) -> Supervision:
        window = self.windows[device]
        window = own(state.rhythms.get(device), window) if window.learn else window
        deaf = state.deaf.get(device)
        return window if deaf is None else replace(window, warn=window.warn + deaf, fault=window.fault + deaf)

    def _stage(self, state: Heard, device: DeviceId, now: datetime) -> Stage | None:
        window, last = self._window(state, device), state.last[device]
        if last + window.fault <= now:
            return Stage.FAULT
        return Stage.WARN if last + window.warn <= now else None

    def _looked(self, state: Heard, silent: Mapping[DeviceId, Stage], now: datetime) -> Heard:
        windows = {device: self._window(state, device) for device in self.windows}
        limits = (state.last[d] + limit for d, w in windows.items() for limit in (w.warn, w.fault))
        check = min((at for at in limits if at > now), default=None if state.last else now)
        return replace(state, silent=silent, check=check)

    def _finding(self, state: Heard, device: DeviceId, stage: Stage, now: datetime) -> Raise:
        last, window = state.last[device], self._window(state, device)
        facts = place(self.rooms, device) | {
            "heard": last.isoformat(),
            "stage": stage.value,
            "minutes": minutes(last, now),
        }
        if device not in state.deaf and window != self.windows[device]:
            facts["learned"] = window.warn.total_seconds() // 60
        return Raise(f"device.silent:{device}", Severity.TROUBLE, now, facts)
