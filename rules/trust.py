"""Which sensors lie: stuck, beating like a clock, chattering, or never proven. What they say is no life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Final

from rules.doubt import Doubt, Why, judged
from rules.facts import minutes, place
from rules.hearing import (
    Docket,
    Hearing,
    deaf,
    doubting,
    forgotten,
    moving,
    staying,
    still,
    uncrowded,
)
from rules.home import Device, Home
from rules.model import (
    Clear,
    Decision,
    DeviceId,
    Event,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
    Unheard,
)
from rules.presence import LIFE, Presence, alive
from rules.strict import Range, Span
from rules.witness import Witness, after, first

ABSENT: Final = frozenset({Mode.AWAY, Mode.HOSPITAL})
_CROWDED: Final = frozenset({Mode.VISITOR, Mode.TEST})  # several people give more signs than one
_MOMENTS: Final = frozenset({Kind.SOS, Kind.BUTTON})  # somebody pressed it, whatever else the device does
_STAYING: Final = frozenset({Kind.PRESENCE, Kind.BED})  # somebody may rest there for days
_MOTION, _FAULT = Kind.MOTION, Kind.FAULT  # looking an enum's member up costs as much as building a tuple
_EVENT, _SYNTHETIC, _REPLAY = Origin.EVENT, Origin.SYNTHETIC, Origin.REPLAY
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """When a sensor is no longer believed, and when it is again. What nobody does is in rules/witness.py."""

    held: Span = timedelta(hours=4)  # our choice; PIRs that stay occupied: zigbee2mqtt#19771, #33163
    elsewhere: Span = timedelta(hours=4)  # our choice: more than a visitor spends in the kitchen
    rest: Span = timedelta(minutes=30)  # our choice: a pause that a stuck sensor does not make
    calm: Span = timedelta(hours=1)  # our choice: the sieve looks at a chattering device every 5 min
    proof: Span = timedelta(days=7)  # our choice: entry doors and rooms are used within a week
    patience: Annotated[float, Range(0.5, 10.0)] = 1.0  # times the limits of rules/witness.py


@dataclass(frozen=True, slots=True)
class Doubting:
    """Raises sensor.stuck and sensor.unproven, and tells the engine whom not to believe. A stuck sensor is
    believed again when it has rested for a while; one that never gave a sign clears with its first."""

    part: Part
    rooms: Mapping[DeviceId, str] = field(compare=False, repr=False)
    exterior: frozenset[DeviceId] = field(compare=False, repr=False)
    proving: frozenset[DeviceId] = field(compare=False, repr=False)  # those that have to give a sign
    name: str = field(default="trust", init=False)
    kinds: frozenset[Kind] = field(default=LIFE | {Kind.FAULT}, init=False)

    def start(self, now: datetime) -> Hearing:
        """Every sensor is believed, and has the time of proof from now."""
        pending = dict.fromkeys(sorted(self.proving), now + self.part.proof)
        return Hearing(Presence(now), now + min(_DAY, self.part.proof), docket=Docket(pending=pending))

    def step(self, state: Hearing, event: Event, now: datetime) -> tuple[Hearing, Sequence[Decision]]:
        """Take what a sensor says, or look whose time is up."""
        if isinstance(event, Reading):
            return self._hear(state, event, now)
        if isinstance(event, Tick):
            return self._look(state, now) if state.check <= now else (state, ())
        if isinstance(event, ModeSet):
            return self._mode(state, event.mode, now), ()
        if isinstance(event, Swapped):
            return self._swap(state, event)
        return (deaf(state, event) if isinstance(event, Unheard) else state), ()

    def due(self, state: Hearing) -> datetime | None:
        """When to look next: a lower bound of when a doubt begins or ends."""
        return state.check

    def believes(self, state: Hearing, reading: Reading) -> bool:
        """Whether it can be a sign of life. Who presses a button is always believed."""
        doubt = state.doubts.get(reading.device)
        return doubt is None or not doubt.lie or reading.kind in _MOMENTS

    def _hear(self, state: Hearing, event: Reading, now: datetime) -> tuple[Hearing, Sequence[Decision]]:
        kind, device, at = event.kind, event.device, event.at
        if event.origin is _REPLAY or device not in self.rooms:
            return state, ()
        if at > now:
            at = now
        if kind is _MOTION:
            if event.value <= 0:
                return still(state, device, at, event.origin is _EVENT), ()
            if event.origin is _EVENT:
                state = moving(state, device, at, at + self.part.held)
        elif kind in _STAYING:
            state = staying(state, event, at)
        elif kind is _FAULT:
            return self._fault(state, event, at), ()
        return self._sign(state, event, at) if alive(event) else (state, ())

    def _fault(self, state: Hearing, event: Reading, at: datetime) -> Hearing:
        """The sieve's own word counts; a device that calls itself broken may still see."""
        device, doubt = event.device, state.doubts.get(event.device)
        if event.origin is not _SYNTHETIC or (doubt is not None and doubt.why is not Why.CHATTER):
            return state
        if event.value > 0:
            since = at if doubt is None else doubt.since
            chatter = Doubt(Why.CHATTER, since, None, self.part.calm)
            return state if doubt == chatter else doubting(state, device, chatter)
        if doubt is None or doubt.calm is not None:
            return state
        return doubting(state, device, replace(doubt, calm=at))

    def _sign(self, state: Hearing, event: Reading, at: datetime) -> tuple[Hearing, Sequence[Decision]]:
        device = event.device
        old = state.witnesses.get(device)
        if old is None:
            return self._first(state, device, at)
        if at <= old.last:
            return state, ()
        new = after(old, at)
        found: tuple[Decision, ...] = ()
        if event.kind not in _MOMENTS:
            was = state.doubts.get(device)
            doubt, seen = self._judged(state, was, new, old.last), old.seen
            if doubt is not was and doubt is not None:
                state = doubting(state, device, doubt)
                if (
                    was is None or was.why is not doubt.why
                ):  # what it said before it was found out was a lie too
                    seen, found = min(seen, doubt.since), (self._stuck(device, doubt, at),)
            if doubt is not None and doubt.lie:
                return replace(state, witnesses={**state.witnesses, device: replace(new, seen=seen)}), found
        state, more = self._believed(state, device, new)
        return state, (*found, *more) if found else more

    def _judged(self, state: Hearing, was: Doubt | None, new: Witness, before: datetime) -> Doubt | None:
        if was is None and state.docket.mode in _CROWDED:
            return None
        return judged(was, new, before, self.part.patience, self.part.rest)

    def _first(self, state: Hearing, device: DeviceId, at: datetime) -> tuple[Hearing, Sequence[Decision]]:
        docket = state.docket
        over = (Clear(f"sensor.unproven:{device}", at),) if device in docket.unproven else ()
        pending = {other: end for other, end in docket.pending.items() if other != device}
        docket = replace(docket, pending=pending, unproven=docket.unproven - {device})
        state, more = self._believed(replace(state, docket=docket), device, first(at))
        return state, (*over, *more)

    def _believed(self, state: Hearing, device: DeviceId, new: Witness) -> tuple[Hearing, Sequence[Decision]]:
        presence = state.presence.after(device, new.last, device in self.exterior)
        witnesses = {**state.witnesses, device: new}
        state = Hearing(presence, state.check, witnesses, state.held, state.doubts, state.docket)
        if not state.docket.stays or state.docket.mode in _CROWDED:
            return state, ()
        return self._elsewhere(state, device, new.last)

    def _elsewhere(
        self, state: Hearing, device: DeviceId, at: datetime
    ) -> tuple[Hearing, Sequence[Decision]]:
        """Life in one room, while a sensor says that somebody stays in another."""
        stays, found = dict(state.docket.stays), []
        for key, stay in state.docket.stays.items():
            if self.rooms.get(stay.device) != self.rooms[device]:
                stays[key] = stay = stay.elsewhere(at)
                if stay.apart >= self.part.elsewhere and stay.device not in state.doubts:
                    doubt = Doubt(Why.HELD, stay.since, None, self.part.rest)
                    state = doubting(state, stay.device, doubt)
                    found.append(self._stuck(stay.device, doubt, at))
        if stays == state.docket.stays:
            return state, found
        return replace(state, docket=replace(state.docket, stays=stays)), found

    def _look(self, state: Hearing, now: datetime) -> tuple[Hearing, Sequence[Decision]]:
        over = [device for device, doubt in state.doubts.items() if doubt.over and doubt.over <= now]
        found: list[Decision] = [
            Clear(f"sensor.stuck:{device}", now)
            for device in over
            if state.doubts[device].why is not Why.CHATTER
        ]
        for device in over:
            state = doubting(state, device, None)
        for device in self._stuck_on(state, now):
            doubt = Doubt(Why.HELD, state.held[device], None, self.part.rest)
            state = doubting(state, device, doubt)
            found.append(self._stuck(device, doubt, now))
        state, more = self._unproven(state, now)
        return replace(state, check=min(self._ends(state, now), default=now + _DAY)), (*found, *more)

    def _stuck_on(self, state: Hearing, now: datetime) -> Sequence[DeviceId]:
        limit, ends = self.part.held, state.docket.ends
        return [
            device
            for device, since in state.held.items()
            if since + limit <= now and device in ends and device not in state.doubts
        ]

    def _unproven(self, state: Hearing, now: datetime) -> tuple[Hearing, Sequence[Decision]]:
        docket = state.docket
        if docket.mode in ABSENT:
            return state, ()
        late = [device for device, end in docket.pending.items() if end <= now and device in self.proving]
        known = docket.pending.keys() | docket.unproven | state.witnesses.keys()
        new = dict.fromkeys(sorted(self.proving - known), now + self.part.proof)  # the settings added them
        pending = {device: end for device, end in docket.pending.items() if end > now} | new
        docket = replace(docket, pending=pending, unproven=docket.unproven | frozenset(late))
        return replace(state, docket=docket), [self._never(device, now) for device in late]

    def _ends(self, state: Hearing, now: datetime) -> Iterator[datetime]:
        yield now + _DAY
        yield from state.docket.pending.values()
        yield from (doubt.over for doubt in state.doubts.values() if doubt.over)
        for device, since in state.held.items():
            if device not in state.doubts and since + self.part.held > now:
                yield since + self.part.held

    def _mode(self, state: Hearing, mode: Mode, now: datetime) -> Hearing:
        docket = state.docket
        if mode is docket.mode:
            return state
        if docket.mode in _CROWDED:
            state = uncrowded(state)
        pending = docket.pending
        if mode in ABSENT:
            pending = {}
        elif docket.mode in ABSENT:
            waiting = self.proving - state.witnesses.keys() - docket.unproven
            pending = dict.fromkeys(sorted(waiting), now + self.part.proof)
        docket = replace(docket, mode=mode, pending=pending)
        return replace(state, docket=docket, check=min(state.check, *pending.values(), now + _DAY))

    def _swap(self, state: Hearing, swap: Swapped) -> tuple[Hearing, Sequence[Decision]]:
        old, new = swap.old, swap.new
        doubt = state.doubts.get(old)
        over = [Clear(f"sensor.stuck:{old}", swap.at)] if doubt and doubt.why is not Why.CHATTER else []
        over += [Clear(f"sensor.unproven:{old}", swap.at)] if old in state.docket.unproven else []
        state = forgotten(state, old, new)
        if new not in self.proving or state.docket.mode in ABSENT:
            return state, over
        end = swap.at + self.part.proof
        docket = replace(state.docket, pending={**state.docket.pending, new: end})
        return replace(state, docket=docket, check=min(state.check, end)), over

    def _stuck(self, device: DeviceId, doubt: Doubt, at: datetime) -> Raise:
        facts = place(self.rooms, device) | {
            "why": doubt.why.value,
            "since": doubt.since.isoformat(),
            "minutes": minutes(doubt.since, at),
        }
        if doubt.pause:
            facts["pause"] = doubt.pause.total_seconds() / 60
        return Raise(f"sensor.stuck:{device}", Severity.TROUBLE, at, facts)

    def _never(self, device: DeviceId, at: datetime) -> Raise:
        days = self.part.proof / _DAY
        facts = place(self.rooms, device) | {"since": (at - self.part.proof).isoformat(), "days": days}
        return Raise(f"sensor.unproven:{device}", Severity.TROUBLE, at, facts)


def doubts(part: Part, home: Home) -> Doubting | None:
    """The rule for a home; None where no sensor of it could give a sign of life."""
    able = [device for device in home.devices if not device.kinds or device.kinds & LIFE]
    if not able:
        return None
    exterior = frozenset(device.id for device in able if device.exterior)
    proving = frozenset(device.id for device in able if _proves(device))
    return Doubting(part, home.rooms(), exterior, proving)


def _proves(device: Device) -> bool:
    """An entry door and what sees people have a sign to give within days; a window or a button may not."""
    return device.exterior or bool(device.kinds & (_STAYING | {_MOTION}))
