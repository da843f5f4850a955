"""What speaks for and against a home's sensors: who saw a sign of life where, and which of them cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from rules.battery import Cells, Reason
from rules.engine import HomeState
from rules.hearing import Hearing
from rules.home import Device, Home
from rules.model import DeviceId, Kind
from rules.silence import Heard

_EYES: Final = frozenset(
    {Kind.MOTION, Kind.PRESENCE, Kind.CONTACT, Kind.BED}
)  # a button tells only if pressed
_FLAT: Final = timedelta(hours=3)  # our choice: so long unheard, a sensor with a low battery has none
_LOW: Final = frozenset({Reason.LOW, Reason.SAID})
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Blind:
    """A sensor that cannot tell of life, and since when. `why`: warn or fault (so long silent), held, run,
    clock or chatter (not believed), unproven, or flat."""

    device: DeviceId
    room: str
    why: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of a room: its last sign of life that is believed, and how many of its sensors work."""

    name: str
    last: datetime | None
    sensors: int
    working: int


def eyes(home: Home) -> tuple[Device, ...]:
    """The sensors that could see life; those whose kinds nobody told may."""
    return tuple(device for device in home.devices if not device.kinds or device.kinds & _EYES)


def blind(state: HomeState, home: Home, now: datetime) -> tuple[Blind, ...]:
    """The eyes that cannot tell, in the home's order."""
    return tuple(
        Blind(device.id, device.room, *why)
        for device in eyes(home)
        if (why := next(_why(state, device.id, now), None)) is not None
    )


def rooms(state: HomeState, home: Home, unable: tuple[Blind, ...]) -> tuple[Room, ...]:
    """Each room with an eye or a sign, in the home's order."""
    names = dict.fromkeys(device.room for device in home.devices)
    lost, told = {one.device for one in unable}, tuple(_room(state, home, name) for name in names)
    able = {name: [d.id for d in eyes(home) if d.room == name] for name in names}
    return tuple(
        Room(name, last, len(able[name]), sum(device not in lost for device in able[name]))
        for name, last in zip(names, told, strict=True)
        if able[name] or last is not None
    )


def hearing(state: HomeState) -> Hearing | None:
    """What the sensors said, where a rule weighs it."""
    return _of(state, "trust", Hearing)


def _why(state: HomeState, device: DeviceId, now: datetime) -> Iterator[tuple[str, datetime | None]]:
    """What is wrong with a sensor, the gravest first."""
    heard, said = _of(state, "device.silent", Heard), hearing(state)
    last = heard.last.get(device) if heard else None
    if heard and device in heard.silent:
        yield heard.silent[device].value, last
    if said and (doubt := said.doubts.get(device)):
        yield doubt.why.value, doubt.since
    if said and device in said.docket.unproven:
        yield "unproven", None
    cells = _of(state, "battery", Cells)
    cell = cells.cells.get(device) if cells else None
    if cell and cell.told in _LOW:
        if said and (witness := said.witnesses.get(device)):
            last = max(last or witness.last, witness.last)
        if last is not None and now - last >= _FLAT:
            yield "flat", last


def _room(state: HomeState, home: Home, name: str) -> datetime | None:
    said = hearing(state)
    if said is None:
        return None
    here = (said.witnesses.get(device.id) for device in home.devices if device.room == name)
    return max((witness.seen for witness in here if witness), default=None)


def _of(state: HomeState, name: str, cls: type[S]) -> S | None:
    found = state.rules.get(name)
    return found if isinstance(found, cls) else None
