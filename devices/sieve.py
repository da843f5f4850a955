"""Keeps of one device's readings what is news, and marks what is only a sign that the device lives.

Pure, and rebuilt from the journal: `Seen` depends on nothing but the readings that were kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Final

from rules.model import Kind, Origin, Reading

SAME: Final = timedelta(
    seconds=2
)  # Zigbee2MQTT publishes one change twice within a second (z2m#17984, #25337)
PRESS: Final = timedelta(seconds=1)  # further apart, two presses of one button are two presses
HELD: Final = timedelta(minutes=10)  # nobody holds a button for longer: its release was lost on the radio
CHATTER: Final = 6  # changes …
CHATTER_SPAN: Final = timedelta(seconds=30)  # … within this: the next one is chatter (iobroker.shelly#1149)
CHATTER_LOOK: Final = timedelta(minutes=5)  # then the state is looked at again, calm or not
CHATTER_BEAT: Final = timedelta(seconds=10)  # how often a chattering device is written down as alive

_ZERO: Final = timedelta()
_MOMENTS: Final = frozenset({Kind.SOS, Kind.BUTTON})
_SLOW: Final = frozenset(
    {Kind.BATTERY, Kind.BATTERY_LOW, Kind.VOLTAGE, Kind.TAMPER, Kind.TEST, Kind.FAULT, Kind.MAINS}
    | {Kind.LINK, Kind.CO_LEVEL, Kind.SMOKE_LEVEL, Kind.WATER_VOLUME, Kind.ONLINE}
)
_VITALS: Final = frozenset(
    {Kind.HEART_RATE, Kind.RESPIRATION, Kind.SPO2, Kind.SYSTOLIC, Kind.DIASTOLIC}
    | {Kind.BODY_TEMPERATURE, Kind.WEIGHT}
)
_REPEATED: Final = _MOMENTS | _VITALS  # equal values of these are news
_CALM: Final = _REPEATED | _SLOW  # these may change as often as they like
_HAZARDS: Final = frozenset({Kind.SMOKE, Kind.HEAT, Kind.GAS, Kind.CO, Kind.WATER_LEAK, Kind.FALL})
_FELT: Final = frozenset({Kind.MOTION, Kind.PRESENCE, Kind.VIBRATION})  # a bridge ends these by its own timer
_STEADY: Final[Mapping[Kind, float]] = {
    Kind.CONTACT: 1.0,
    **dict.fromkeys(_HAZARDS, 1.0),
    **dict.fromkeys(_FELT, 0.0),
}
_BOUNDS: Final[Mapping[Kind, tuple[float, float]]] = {  # what no sensor can truthfully say
    Kind.BATTERY: (0, 100),
    Kind.LINK: (0, 255),
    Kind.VOLTAGE: (0, 500_000),
    Kind.HEART_RATE: (15, 300),
    Kind.RESPIRATION: (2, 80),
    Kind.SPO2: (30, 100),
    Kind.SYSTOLIC: (40, 300),
    Kind.DIASTOLIC: (20, 200),
    Kind.BODY_TEMPERATURE: (25, 43),
    Kind.WEIGHT: (1, 400),
    Kind.CO_LEVEL: (0, 100_000),
    Kind.SMOKE_LEVEL: (0, inf),
    Kind.WATER_VOLUME: (0, inf),
}
_STATE: Final = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Last:
    """The value of one kind, since when it holds, and when it changed lately (the newest CHATTER changes)."""

    value: float
    at: datetime
    changes: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was kept of one device so far."""

    at: datetime | None = None  # of the newest reading
    last: Mapping[Kind, Last] = field(default_factory=dict)
    chatter: Mapping[Kind, datetime] = field(default_factory=dict)  # what chatters, since when
    ends: frozenset[Kind] = frozenset()  # buttons that also report their release


def sift(seen: Seen, readings: Sequence[Reading], now: datetime) -> tuple[Seen, Sequence[Reading]]:
    """What is to be written down of one message's readings (all of one device), and the state after it.

    A message leaves at least one reading, but for one within SAME of the last that says nothing new, and a
    replay that holds no news.
    """
    if not readings:
        return seen, ()
    at = _instant(seen, readings[0].at, now)
    if seen.chatter:
        return _sift_chattering(seen, readings, at)
    kept = _news(seen, readings, at)
    if not kept:
        beat = _beat(seen, readings, at, SAME)
        return (seen, ()) if beat is None else (seen_again(seen, beat), (beat,))
    for reading in kept:
        seen = seen_again(seen, reading)
    return seen, kept


def seen_again(seen: Seen, reading: Reading) -> Seen:
    """Fold one reading that was kept: as `sift` does, and after a restart from the journal."""
    kind, value, at = reading.kind, reading.value, reading.at
    if kind is Kind.FAULT and reading.origin is Origin.SYNTHETIC:
        return _fault_again(seen, reading)
    last = seen.last.get(kind)
    if last is not None and last.value == value and kind not in _REPEATED:
        return Seen(at, seen.last, seen.chatter, seen.ends)
    if kind in _MOMENTS:
        if reading.origin is Origin.HEARTBEAT and last is not None:  # still the press before
            return Seen(at, seen.last, seen.chatter, seen.ends)
        ends = seen.ends | {kind} if value == 0.0 else seen.ends
        return Seen(at, {**seen.last, kind: Last(value, at)}, seen.chatter, ends)
    calm = last is None or reading.origin is not Origin.EVENT or kind in _CALM
    new = Last(value, at, () if calm or last is None else _changes(last, at))
    return Seen(at, {**seen.last, kind: new}, seen.chatter, seen.ends)


def inherited(seen: Seen) -> Seen:
    """What a sensor that takes this one's place goes on from: whether the door was open, somebody there, in
    bed. Dangers, batteries and faults were the old sensor's own."""
    own = _SLOW | _MOMENTS | _VITALS | _HAZARDS
    return Seen(seen.at, {kind: Last(v.value, v.at) for kind, v in seen.last.items() if kind not in own})


def _instant(seen: Seen, at: datetime, now: datetime) -> datetime:
    """Never before what was kept, and never in the future: that wins after the clock was set back."""
    if seen.at is not None and at < seen.at:
        at = seen.at
    return min(at, now)


def _news(seen: Seen, readings: Sequence[Reading], at: datetime) -> list[Reading]:
    kept: list[Reading] = []
    for reading in readings:
        kind, value = reading.kind, reading.value
        last = seen.last.get(kind)
        if last is not None and last.value == value and kind not in _REPEATED:
            continue
        low, high = _BOUNDS.get(kind, _STATE)
        if not low <= value <= high:  # impossible, or not a number
            continue
        if reading.at is not at:
            reading = Reading(reading.device, kind, value, at, reading.origin)
        if kind in _SLOW or kind in _VITALS:
            if kind in _SLOW or not _copy(last, reading, SAME):
                kept.append(reading)
        elif kind in _MOMENTS:
            if not any(one.kind is kind and one.value == value for one in kept):  # two properties say it
                kept += _press(seen, last, reading)
        else:
            kept += _change(last, reading)
            if reading.origin is Origin.SYNTHETIC and kept and kept[-1] is reading:
                seen = seen_again(seen, reading)  # an end that nobody reports, before what begins anew
    return kept


def _copy(last: Last | None, reading: Reading, span: timedelta) -> bool:
    return last is not None and last.value == reading.value and _ZERO <= reading.at - last.at < span


def _press(seen: Seen, last: Last | None, reading: Reading) -> Sequence[Reading]:
    """A press is never dropped, but for its exact copy. Where the button also reports its release, a press
    that is said again is still the same one: Zigbee2MQTT repeats it in every report until then. If that goes
    on for longer than anybody presses, the release was lost, and it may be a new one. A cached SOS that we do
    not know of was pressed while nobody listened."""
    same = last is not None and last.value == reading.value
    if reading.value == 0.0:
        return () if same else (reading,)
    if reading.origin is Origin.REPLAY:
        return (_as(reading, Origin.EVENT),) if reading.kind is Kind.SOS and not same else ()
    if last is None or not same:
        return (reading,)
    since = reading.at - last.at
    if _ZERO <= since < PRESS:
        return ()
    if reading.kind in seen.ends and _ZERO <= since < HELD:
        return (_as(reading, Origin.HEARTBEAT),)
    return (reading,)


def _change(last: Last | None, reading: Reading) -> Sequence[Reading]:
    if reading.origin is Origin.REPLAY and not _recalled(last, reading):
        return ()
    if last is None:  # at rest when it is heard first: nothing happened
        quiet = reading.value == 0.0 and reading.origin is Origin.EVENT
        return (_as(reading, Origin.HEARTBEAT),) if quiet else (reading,)
    if reading.origin is Origin.REPLAY:
        ended = reading.kind in _FELT and reading.value == 0.0
        return (_as(reading, Origin.SYNTHETIC),) if ended else (reading,)
    if len(last.changes) == CHATTER and _ZERO <= reading.at - last.changes[0] < CHATTER_SPAN:
        return _steadied(last, reading)
    return (reading,)


def _recalled(last: Last | None, reading: Reading) -> bool:
    """Whether a cached state tells anything. Motion of the past would make the next one a repetition; the end
    of a danger may be older than the danger, and must be told by the sensor itself."""
    if reading.kind in _FELT:
        return reading.value == 0.0
    return last is None or reading.kind not in _HAZARDS or reading.value > 0.0


def _steadied(last: Last, reading: Reading) -> Sequence[Reading]:
    """The finding, and the one state that holds while it chatters: the careful one."""
    fault = Reading(reading.device, Kind.FAULT, 1.0, reading.at, Origin.SYNTHETIC)
    steady = _STEADY.get(reading.kind, last.value)
    if steady == last.value:
        return (fault,)
    origin = Origin.EVENT if reading.kind in _HAZARDS else Origin.SYNTHETIC
    return (fault, Reading(reading.device, reading.kind, steady, reading.at, origin))


def _sift_chattering(seen: Seen, readings: Sequence[Reading], at: datetime) -> tuple[Seen, Sequence[Reading]]:
    """Leave out what chatters until the device kept still for CHATTER_SPAN; look again after CHATTER_LOOK."""
    kept: list[Reading] = []
    if _over(seen, at):
        kept.append(Reading(readings[0].device, Kind.FAULT, 0.0, at, Origin.SYNTHETIC))
        seen = seen_again(seen, kept[0])
    else:
        readings = [reading for reading in readings if not _muffled(seen, reading)] or (
            Reading(readings[0].device, Kind.ONLINE, 1.0, at, Origin.HEARTBEAT),
        )
    kept += _news(seen, readings, at)
    if not kept and (beat := _beat(seen, readings, at, CHATTER_BEAT)) is not None:
        kept.append(beat)
    for reading in kept:
        seen = seen_again(seen, reading)
    return seen, kept


def _over(seen: Seen, at: datetime) -> bool:
    """After the clock was set back nothing of before can be held against it."""
    calm = seen.at is None or not _ZERO <= at - seen.at < CHATTER_SPAN
    return calm or not _ZERO <= at - min(seen.chatter.values()) < CHATTER_LOOK


def _muffled(seen: Seen, reading: Reading) -> bool:
    """A danger that begins is let through, whatever else of the device chatters."""
    if reading.kind in _HAZARDS and reading.value > 0.0:
        last = seen.last.get(reading.kind)
        return reading.kind in seen.chatter and last is not None and last.value == reading.value
    return reading.kind in seen.chatter or (reading.kind is Kind.FAULT and reading.value == 0.0)


def _beat(seen: Seen, readings: Sequence[Reading], at: datetime, quiet: timedelta) -> Reading | None:
    """The sign of life of a message without news: its first state, or that the device was heard at all."""
    if seen.at is not None and _ZERO <= at - seen.at < quiet:
        return None
    alive = False
    for reading in readings:
        if reading.origin is Origin.REPLAY:
            continue
        alive = True
        last = seen.last.get(reading.kind)
        if last is not None and last.value == reading.value and reading.kind not in _SLOW:
            return Reading(reading.device, reading.kind, reading.value, at, Origin.HEARTBEAT)
    return Reading(readings[0].device, Kind.ONLINE, 1.0, at, Origin.HEARTBEAT) if alive else None


def _changes(last: Last, at: datetime) -> tuple[datetime, ...]:
    if not last.changes or not _ZERO <= at - last.changes[-1] < CHATTER_SPAN:
        return (at,)
    return (*last.changes[1 - CHATTER :], at)


def _fault_again(seen: Seen, reading: Reading) -> Seen:
    """The sieve's own finding. Which kind chatters follows from the changes before it."""
    at = reading.at
    last = {**seen.last, Kind.FAULT: Last(reading.value, at)}
    if reading.value == 0.0:
        return Seen(at, last, {}, seen.ends)
    noisy = [k for k, v in last.items() if len(v.changes) == CHATTER and at - v.changes[0] < CHATTER_SPAN]
    return Seen(at, last, dict.fromkeys(noisy, at), seen.ends)


def _as(reading: Reading, origin: Origin) -> Reading:
    return Reading(reading.device, reading.kind, reading.value, reading.at, origin)
