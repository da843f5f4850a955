"""What a home's sensors said of life so far, and which of them are not believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from rules.doubt import Doubt, Why
from rules.model import DeviceId, Mode, Reading, Unheard
from rules.presence import Presence
from rules.witness import LADDER, Witness

_DAY: Final = timedelta(days=1)
_QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody is there, or in bed, as a sensor says: since when, and how many quarters of an hour brought
    signs from other rooms since `begun`, a day ago at most; `until` is the newest of them."""

    device: DeviceId
    since: datetime
    begun: datetime
    until: datetime
    quarters: int = 0

    def elsewhere(self, at: datetime) -> Stay:
        """The stay after a sign from another room. The same object if that quarter is counted."""
        if at - self.until < _QUARTER:
            return self
        if at - self.begun > _DAY:
            return Stay(self.device, self.since, at, at, 1)
        return Stay(self.device, self.since, self.begun, at, self.quarters + 1)

    @property
    def apart(self) -> timedelta:
        """How long, within a day, there was life in other rooms."""
        return self.quarters * _QUARTER


@dataclass(frozen=True, slots=True)
class Docket:
    """What waits for judgement, and what was said of the home as a whole."""

    ends: frozenset[DeviceId] = frozenset()  # those that are known to say when nobody moves
    stays: Mapping[str, Stay] = field(default_factory=dict)  # by "<kind>:<device>"
    pending: Mapping[DeviceId, datetime] = field(default_factory=dict)  # until when it may prove itself
    unproven: frozenset[DeviceId] = frozenset()
    mode: Mode = Mode.HOME
    unheard: tuple[datetime, datetime] | None = None  # the last stretch in which nothing could be heard


@dataclass(frozen=True, slots=True)
class Hearing:
    """`check` is when to look next: nothing falls due before it."""

    presence: Presence  # by believed signs alone
    check: datetime
    witnesses: Mapping[DeviceId, Witness] = field(default_factory=dict)
    held: Mapping[DeviceId, datetime] = field(default_factory=dict)  # since when it says that somebody moves
    doubts: Mapping[DeviceId, Doubt] = field(default_factory=dict)
    docket: Docket = Docket()


def doubting(state: Hearing, device: DeviceId, doubt: Doubt | None) -> Hearing:
    """The state after a sensor was found to lie, or to be honest."""
    doubts = {other: kept for other, kept in state.doubts.items() if other != device}
    if doubt is None:
        return replace(state, doubts=doubts)
    check = min(state.check, doubt.over or state.check)
    return replace(state, doubts={**doubts, device: doubt}, check=check)


def moving(state: Hearing, device: DeviceId, at: datetime, end: datetime) -> Hearing:
    """The state after a sensor said that somebody moves; it is stuck if it still says so at `end`."""
    if device in state.held:
        return state
    check = min(state.check, end)
    held = {**state.held, device: at}
    new = Hearing(state.presence, check, state.witnesses, held, state.doubts, state.docket)
    return _calm(new, device, None) if new.doubts else new


def still(state: Hearing, device: DeviceId, at: datetime, told: bool) -> Hearing:
    """The state after it said that nobody does. `told`: by the sensor itself; an end that we put in, because
    a new motion ends the one before, does not make it a sensor that tells its ends."""
    docket, since = state.docket, state.held.get(device)
    if told and device not in docket.ends:
        docket = replace(docket, ends=docket.ends | {device})
    held = state.held
    if since is not None and since <= at:
        held = {other: begun for other, begun in held.items() if other != device}
    elif docket is state.docket:
        return state
    new = Hearing(state.presence, state.check, state.witnesses, held, state.doubts, docket)
    return _calm(new, device, at) if new.doubts else new


def staying(state: Hearing, reading: Reading, at: datetime) -> Hearing:
    """The state after a sensor said that somebody is there, or in bed, or not."""
    device, key = reading.device, f"{reading.kind}:{reading.device}"
    stays = state.docket.stays
    stay = stays.get(key)
    if reading.value > 0:
        if stay is not None:
            return state
        new = replace(state.docket, stays={**stays, key: Stay(device, at, at, at)})
        return _calm(replace(state, docket=new), device, None)
    if stay is None or at < stay.since:
        return state
    left = {other: kept for other, kept in stays.items() if other != key}
    return _calm(replace(state, docket=replace(state.docket, stays=left)), device, at)


def uncrowded(state: Hearing) -> Hearing:
    """The state after visitors left: what they did teaches nothing of the sensors."""
    fresh = {
        device: replace(one, runs=(one.last,) * len(LADDER), beats=0)
        for device, one in state.witnesses.items()
    }
    return replace(state, witnesses=fresh)


def deaf(state: Hearing, event: Unheard) -> Hearing:
    """The state after nothing could be heard: an end may have been missed, and a proof."""
    known = state.docket.unheard
    if known is not None and event.at <= known[1]:
        return state  # told twice
    missed = event.at - event.since
    held = {device: max(since, event.at) for device, since in state.held.items()}
    pending = {device: end + missed for device, end in state.docket.pending.items()}
    docket = replace(state.docket, pending=pending, unheard=(event.since, event.at))
    return replace(state, held=held, docket=docket)


def forgotten(state: Hearing, old: DeviceId, new: DeviceId) -> Hearing:
    """The state after the sensor `new` took the place of `old`: it has to earn its own belief."""
    presence = state.presence
    docket = replace(
        state.docket,
        ends=state.docket.ends - {old},
        stays={key: stay for key, stay in state.docket.stays.items() if stay.device != old},
        pending={device: end for device, end in state.docket.pending.items() if device != old},
        unproven=state.docket.unproven - {old},
    )
    return replace(
        state,
        presence=replace(presence, device=new) if presence.device == old else presence,
        witnesses={device: one for device, one in state.witnesses.items() if device != old},
        held={device: since for device, since in state.held.items() if device != old},
        doubts={device: doubt for device, doubt in state.doubts.items() if device != old},
        docket=docket,
    )


def _calm(state: Hearing, device: DeviceId, at: datetime | None) -> Hearing:
    """A sensor that was stuck behaves from when it says that nobody is there, until it says otherwise."""
    doubt = state.doubts.get(device)
    if doubt is None or doubt.why is not Why.HELD:
        return state
    lasts = device in state.held or any(stay.device == device for stay in state.docket.stays.values())
    return doubting(state, device, replace(doubt, calm=None if lasts else at))
