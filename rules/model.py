"""The words that every part of the system speaks: readings, events, decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType, Protocol, TypeAlias, TypeVar

DeviceId = NewType("DeviceId", str)
HomeId = NewType("HomeId", str)


class Kind(StrEnum):
    """What a reading measures. The unit belongs to the kind; states are 1.0 (active) or 0.0 (at rest)."""

    MOTION = "motion"  # 1 somebody moves, 0 nobody does
    CONTACT = "contact"  # 1 open, 0 closed
    PRESENCE = "presence"  # 1 somebody is there
    BED = "bed"  # 1 in bed, 0 out of bed
    VIBRATION = "vibration"  # 1 shaken
    TILT = "tilt"  # 1 tilted
    SOS = "sos"  # 1 pressed; there is no "off"
    BUTTON = "button"  # 1 pressed; a button nobody made an SOS
    SMOKE = "smoke"
    HEAT = "heat"
    GAS = "gas"
    CO = "co"
    WATER_LEAK = "water_leak"
    CO_LEVEL = "co_level"  # ppm
    SMOKE_LEVEL = "smoke_level"  # in the device's own unit
    FALL = "fall"
    HEART_RATE = "heart_rate"  # beats a minute
    RESPIRATION = "respiration"  # breaths a minute
    SPO2 = "spo2"  # per cent
    SYSTOLIC = "systolic"  # mmHg
    DIASTOLIC = "diastolic"  # mmHg
    BODY_TEMPERATURE = "body_temperature"  # °C
    WEIGHT = "weight"  # kg
    WATER_VOLUME = "water_volume"  # litres, cumulative
    BATTERY = "battery"  # per cent
    BATTERY_LOW = "battery_low"
    VOLTAGE = "voltage"  # mV of the battery
    TAMPER = "tamper"  # 1 opened or torn off
    LINK = "link"  # radio link quality, 0–255
    MAINS = "mains"  # 1 mains power present
    ONLINE = "online"  # 1 the device was heard or reports itself online
    TEST = "test"  # 1 a self-test or test button
    FAULT = "fault"  # 1 the device reports itself broken


class Origin(StrEnum):
    """How a reading came about. Only EVENT is a sign of the resident's life; REPLAY is no sign that the
    device lives."""

    EVENT = "event"
    HEARTBEAT = "heartbeat"
    REPLAY = "replay"
    SYNTHETIC = "synthetic"


class Severity(StrEnum):
    """How soon somebody must come, most urgent first."""

    EMERGENCY = "emergency"  # now
    URGENT = "urgent"  # go and see
    CHECK = "check"  # today
    TROUBLE = "trouble"  # equipment


class Mode(StrEnum):
    """What a person said of the home."""

    HOME = "home"
    AWAY = "away"
    HOSPITAL = "hospital"
    VISITOR = "visitor"
    TEST = "test"


Fact: TypeAlias = str | float


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that one device reported; `at` is when it was true, UTC-aware, never after it was read."""

    device: DeviceId
    kind: Kind
    value: float
    at: datetime
    origin: Origin = Origin.EVENT


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed and nothing else happened."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ModeSet:
    """A person said what the home's mode is. At `until`, if there is one, the home is HOME again."""

    mode: Mode
    at: datetime
    by: str
    until: datetime | None = None
    order: int = 0  # the centre's number of what was said, greater each time; 0: not said by the centre


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock was set; `at` is the new time, and instants taken before it shift by `by`."""

    by: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class Swapped:
    """The sensor `new` took the place of `old`, which is gone: same room, same duty. What the rules knew of
    the place goes on; what the old sensor reported as open does not."""

    old: DeviceId
    new: DeviceId
    at: datetime


@dataclass(frozen=True, slots=True)
class Unheard:
    """From `since` until `at` nothing of the home could be heard: the gateway or its radio was away. The
    silence of that time says nothing of the resident, and no habit is learned from it."""

    since: datetime
    at: datetime


Event: TypeAlias = Reading | Tick | ModeSet | ClockStepped | Swapped | Unheard


@dataclass(frozen=True, slots=True)
class Raise:
    """A finding opened, or an open one got news (a second press, a worse stage). (home, key) names it."""

    key: str  # "<kind of finding>" or "<kind of finding>:<device>"
    severity: Severity
    at: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clear:
    """The finding `key` no longer holds, as far as sensors can tell."""

    key: str
    at: datetime


Decision: TypeAlias = Raise | Clear

S = TypeVar("S")


class Rule(Protocol[S]):
    """A judgement. An instance is its settings and holds no state; `S` is a frozen dataclass of plain
    values."""

    @property
    def name(self) -> str:
        """Unique within an engine; the key of the rule's state in snapshots."""

    @property
    def kinds(self) -> frozenset[Kind]:
        """The readings the engine hands it. Tick, ModeSet, Swapped and Unheard it gets besides; clock steps
        the engine applies itself."""

    def start(self, now: datetime) -> S:
        """The state of a home that has just been taken over."""

    def step(self, state: S, event: Event, now: datetime) -> tuple[S, Sequence[Decision]]:
        """Fold one event. After `step(state, Tick(due), due)`, `due` of the new state is None or later."""

    def due(self, state: S) -> datetime | None:
        """The next instant at which time alone may change the judgement (or a lower bound of it)."""


class Trust(Rule[S], Protocol[S]):
    """A rule that also says which sensors lie: the engine asks it first, and no other rule takes a lie for a
    sign of life."""

    def believes(self, state: S, reading: Reading) -> bool:
        """Whether `reading`, an EVENT that this rule has already folded, can be a sign of life."""


AnyRule: TypeAlias = Rule[Any]
AnyTrust: TypeAlias = Trust[Any]
