"""A simulated home's life as readings: the simulator's own routine, and what befalls somebody in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from gateway.demo.home import CLEAR
from gateway.demo.routine import Act, routine
from gateway.demo.sensors import HOME
from rules.home import Device, Home, Supervision
from rules.model import DeviceId, Event, HomeId, Kind, Mode, ModeSet, Origin, Reading, Unheard

ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST: Final = date(2026, 3, 2)  # a Monday
KNOWN: Final = 28  # days in which the rules come to know her, the same in every scene
SEED: Final = 7
_DAY: Final = timedelta(days=1)
_H: Final = timedelta(hours=1)
_IAS: Final = Supervision(12 * _H, 26 * _H, learn=True)  # config/devices/supervision.toml: zigbee-battery
_AQARA: Final = Supervision(2.5 * _H, 4 * _H, learn=True)
_LIFE: Final = Supervision(6 * _H, 26 * _H, learn=True)
_BUTTON: Final = Supervision(26 * _H, 52 * _H, learn=True)
_WATCHED: Final = {Kind.SMOKE: _LIFE, Kind.SOS: _BUTTON, Kind.BED: _IAS}
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)
_CUFF: Final = frozenset({Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.HEART_RATE})

Taken: TypeAlias = tuple[Event, datetime]
Edit: TypeAlias = Callable[[list[Act]], list[Act]]
Cut: TypeAlias = Callable[[list[Taken]], list[Taken]]


def _device(name: str, kind: Kind, exterior: bool) -> Device:
    room = name.partition("/")[0]
    return Device(DeviceId(name), room, "", exterior, _WATCHED.get(kind, _AQARA), frozenset({kind}))


HOMESTEAD: Final = Home(
    HomeId("h-golden"),
    ZONE,
    (
        *(_device(one.name, Kind(one.model.kind), one.exterior) for one in HOME),
        Device(DeviceId("lounge/radar"), "lounge", kinds=frozenset({Kind.FALL})),
        Device(DeviceId("kitchen/meter"), "kitchen", kinds=frozenset({Kind.WATER_VOLUME})),
        Device(DeviceId("bedroom/cuff"), "bedroom", kinds=_CUFF),
        Device(DeviceId("bedroom/ear"), "bedroom", kinds=frozenset({Kind.BODY_TEMPERATURE})),
    ),
)
_KIND: Final = {one.name: Kind(one.model.kind) for one in HOME}
_BEAT: Final = {one.name: one.beat for one in HOME}


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant of the story, in UTC: `day` 0 is FIRST, `hour` the home's own."""
    local = datetime.combine(FIRST + timedelta(days=day), time(hour, minute, second), ZONE)
    return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Life:
    """What happens from day `begin` to day `end`: edits of the routine's acts, then of what is heard."""

    begin: int
    end: int
    acts: tuple[Edit, ...] = ()
    heard: tuple[Cut, ...] = ()

    def events(self) -> list[Taken]:
        """All that the gateway would have journalled, in order, each with the instant of its taking."""
        acts = [act for day in range(self.begin, self.end) for act in _usual(day)]
        for edit in self.acts:
            acts = sorted(edit(acts), key=lambda act: act.at)
        events = sorted(_heard(acts, self), key=lambda taken: taken[1])
        for cut in self.heard:
            events = sorted(cut(events), key=lambda taken: taken[1])
        return events


@cache
def _usual(day: int) -> tuple[Act, ...]:
    return tuple(routine(SEED, FIRST + timedelta(days=day), ZONE))


def _heard(acts: Sequence[Act], life: Life) -> Iterator[Taken]:
    readings = [*_said(acts), *_water(acts, life.begin), *_vitals(life), *_charge(life)]
    states = sorted(readings, key=lambda reading: reading.at)
    for reading in (*states, *_beats(states, life)):
        yield reading, reading.at


def _said(acts: Sequence[Act]) -> Iterator[Reading]:
    """Each act as its sensor says it; a motion ends CLEAR after the last."""
    last: dict[str, datetime] = {}
    for act in acts:
        now, kind = act.at.astimezone(UTC), _KIND[act.sensor]
        if kind is Kind.MOTION:
            if act.sensor in last and now - last[act.sensor] > CLEAR:
                yield Reading(DeviceId(act.sensor), kind, 0.0, last[act.sensor] + CLEAR)
            if act.sensor in last and now - last[act.sensor] <= timedelta(seconds=1):
                continue
            last[act.sensor] = now
        value = float(act.value is False) if kind is Kind.CONTACT else float(bool(act.value))
        if kind is not Kind.SOS or value:
            yield Reading(DeviceId(act.sensor), kind, value, now)
    for name, seen in last.items():
        yield Reading(DeviceId(name), Kind.MOTION, 0.0, seen + CLEAR)


def _water(acts: Sequence[Act], begin: int) -> Iterator[Reading]:
    """The meter says each use: 6 litres a visit to the bathroom, 3 at every third motion at a tap."""
    litres, taps, bath = 100_000.0 + 250.0 * begin, 0, _LONG_AGO
    for act in acts:
        if act.value is not True or act.sensor not in ("kitchen/motion", "bathroom/motion"):
            continue
        taps, used = taps + 1, 3.0 * (taps % 3 == 2)
        if act.sensor == "bathroom/motion":
            used += 6.0 * (act.at - bath > timedelta(minutes=5))
            bath = act.at
        litres += used
        if used:
            yield Reading(DeviceId("kitchen/meter"), Kind.WATER_VOLUME, litres, act.at.astimezone(UTC))


def _vitals(life: Life) -> Iterator[Reading]:
    """Her cuff at about eight, on most days twice; the thermometer on Sundays."""
    for day in range(life.begin, life.end):
        random = Random(f"vitals {SEED} {day}")
        when = at(day, 8) + timedelta(minutes=random.uniform(0, 40))
        yield from cuffed(when, random.gauss(132, 6), random.gauss(78, 4), random.gauss(70, 4))
        if (FIRST + timedelta(days=day)).weekday() == 6:
            warm = round(random.gauss(36.4, 0.15), 1)
            yield Reading(DeviceId("bedroom/ear"), Kind.BODY_TEMPERATURE, warm, when + timedelta(minutes=3))


def cuffed(when: datetime, upper: float, lower: float, pulse: float) -> Iterator[Reading]:
    """One measurement of the cuff."""
    values = {Kind.SYSTOLIC: upper, Kind.DIASTOLIC: lower, Kind.HEART_RATE: pulse}
    for kind, value in values.items():
        yield Reading(DeviceId("bedroom/cuff"), kind, float(round(value)), when)


def _charge(life: Life) -> Iterator[Reading]:
    """The batteries' voltage, once a day: 3 V cells that last three years."""
    for day in range(life.begin, life.end):
        for i, one in enumerate(HOME):
            yield Reading(
                DeviceId(one.name), Kind.VOLTAGE, 3050.0 - 0.15 * day - i, at(day, 12) + timedelta(minutes=i)
            )


def _beats(states: Sequence[Reading], life: Life) -> Iterator[Reading]:
    """Each sensor says its state again every so often."""
    for name, beat in {**_BEAT, "kitchen/meter": 3600.0}.items():
        random = Random(f"beat {name} {life.begin}")
        kind = _KIND.get(name, Kind.WATER_VOLUME)
        own = [one for one in states if one.device == name and one.kind is kind]
        now, seen, value = at(life.begin, 0), 0, float(kind is Kind.BED)
        while (now := now + timedelta(seconds=beat + random.uniform(-30, 30))) < at(life.end, 0):
            while seen < len(own) and own[seen].at <= now:
                value, seen = own[seen].value, seen + 1
            if kind is Kind.WATER_VOLUME:
                if seen:
                    yield Reading(DeviceId(name), Kind.ONLINE, 1.0, now, Origin.HEARTBEAT)
            else:
                state = 0.0 if kind is Kind.SOS else value
                yield Reading(DeviceId(name), kind, state, now, Origin.HEARTBEAT)


def gone(start: datetime, end: datetime) -> Edit:
    """Nothing of hers is seen from `start` to `end`."""
    return lambda acts: [act for act in acts if not start <= act.at < end]


def seen(*acts: tuple[datetime, str, object]) -> Edit:
    """These acts besides: (when, sensor, value)."""
    return lambda usual: [*usual, *(Act(when, name, value) for when, name, value in acts)]  # type: ignore[arg-type]


def through(door: str, when: datetime) -> Iterable[tuple[datetime, str, object]]:
    """Somebody passes the front door: it opens, and is shut twelve seconds later."""
    return (when, door, False), (when + timedelta(seconds=12), door, True)


def out(start: datetime, end: datetime) -> Edit:
    """She leaves by the front door, and comes back."""

    def edit(acts: list[Act]) -> list[Act]:
        up = ((start - timedelta(minutes=20), "bedroom/bed", False),)
        way = (*through("hall/door", start), *through("hall/door", end))
        back = ((end + timedelta(seconds=150), "hall/motion", True),)
        return seen(*up, *way, *back)(gone(start - timedelta(minutes=5), end)(acts))

    return edit


def guests(start: datetime, end: datetime, seed: int = 70) -> Edit:
    """Two more people: they come by the front door, live through the rooms, and go by it."""

    def edit(acts: list[Act]) -> list[Act]:
        day, more = start.astimezone(ZONE).date(), []
        while day <= end.astimezone(ZONE).date():
            for one in (seed, seed + 1):
                more += [act for act in routine(one, day, ZONE) if act.sensor.endswith("/motion")]
            day += _DAY
        more = [act for act in more if start < act.at < end]
        return seen(*through("hall/door", start), *through("hall/door", end))([*acts, *more])

    return edit


def cat(start: datetime, end: datetime) -> Edit:
    """A cat walks through kitchen, lounge and hall, now and then, by day and night."""

    def edit(acts: list[Act]) -> list[Act]:
        random, now, more = Random("cat"), start, []
        while (now := now + timedelta(minutes=5 + random.expovariate(1 / 50))) < end:
            more.append((now, random.choice(("kitchen/motion", "lounge/motion", "hall/motion")), True))
        return seen(*more)(acts)

    return edit


def says(*readings: Reading) -> Cut:
    """These readings besides."""
    return lambda events: [*events, *((reading, reading.at) for reading in readings)]


def mode(word: Mode, when: datetime, until: datetime | None = None) -> Cut:
    """Somebody at the centre says what the home is."""
    return lambda events: [*events, (ModeSet(word, when, "desk", until), when)]


def unheard(start: datetime, end: datetime) -> Cut:
    """The gateway is without power: nothing is heard, and it says so when it is back. The meter's first word
    after that is what it stands at."""

    def cut(events: list[Taken]) -> list[Taken]:
        heard = [taken for taken in events if not start <= taken[1] < end]
        missed = [event for event, now in events if _volume(event) and start <= now < end]
        after = end + timedelta(minutes=1)
        stands = [(replace(event, at=after), after) for event in missed[-1:]]  # type: ignore[type-var]
        return [(Unheard(start, end), end), *heard, *stands]

    return cut


def dead(device: str, start: datetime, end: datetime) -> Cut:
    """A sensor that is not heard at all."""
    return lambda events: [
        (event, now) for event, now in events if not (_of(event, device) and start <= now < end)
    ]


def held(device: str, start: datetime) -> Cut:
    """A motion sensor stays on: its "nobody" never comes, and it repeats "somebody"."""

    def cut(events: list[Taken]) -> list[Taken]:
        first = Reading(DeviceId(device), Kind.MOTION, 1.0, start)
        return [*(_on(taken) if _of(taken[0], device) and taken[1] >= start else taken for taken in events
                  if not _news(taken, device, start)), (first, start)]  # fmt: skip

    return cut


def _news(taken: Taken, device: str, start: datetime) -> bool:
    event, now = taken
    return (
        isinstance(event, Reading)
        and event.device == device
        and event.kind is Kind.MOTION
        and event.origin is Origin.EVENT
        and now >= start
    )


def _on(taken: Taken) -> Taken:
    event, now = taken
    return (replace(event, value=1.0), now) if _motion(event) else taken


def _motion(event: Event) -> bool:
    return isinstance(event, Reading) and event.kind is Kind.MOTION


def clockwork(device: str, start: datetime, end: datetime, period: timedelta) -> Cut:
    """A motion sensor that says "somebody" and "nobody" by the clock, whoever is there."""

    def cut(events: list[Taken]) -> list[Taken]:
        kept = [taken for taken in events if not _news(taken, device, start)]
        now = start
        while now < end:
            for value, when in ((1.0, now), (0.0, now + CLEAR)):
                kept.append((Reading(DeviceId(device), Kind.MOTION, value, when), when))
            now += period
        return kept

    return cut


def _of(event: Event, device: str) -> bool:
    return isinstance(event, Reading) and event.device == device


def dry(start: datetime, end: datetime) -> Cut:
    """The meter stands still, whoever moves."""

    def cut(events: list[Taken]) -> list[Taken]:
        marks = [event.value for event, now in events if _volume(event) and start <= now < end]  # type: ignore[union-attr]
        saved = marks[-1] - marks[0] + 1.5 if marks else 0.0
        kept = [(event, now) for event, now in events if not (_volume(event) and start <= now < end)]
        return [
            (replace(event, value=event.value - saved), now)
            if _volume(event) and now >= end
            else (event, now)  # type: ignore[type-var, union-attr]
            for event, now in kept
        ]

    return cut


def _volume(event: Event) -> bool:
    return isinstance(event, Reading) and event.kind is Kind.WATER_VOLUME
