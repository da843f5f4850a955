"""An alert as a value, what may happen to it, and what follows: the words of the second fold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from rules.model import Fact, Severity
from rules.strict import Range

Role: TypeAlias = Literal[
    "contact", "keyholder", "grid_worker", "grid_leader", "community_desk", "street_centre"
]
_Wait: TypeAlias = Annotated[timedelta, Range(timedelta(seconds=10), timedelta(days=7))]

URGENCY = {Severity.TROUBLE: 0, Severity.CHECK: 1, Severity.URGENT: 2, Severity.EMERGENCY: 3}


class Status(StrEnum):
    """Where an alert stands."""

    OPEN = "open"  # nobody has it
    TAKEN = "taken"  # its owner is on the way
    ARRIVED = "arrived"  # its owner stands at the door
    CLOSED = "closed"


class Cause(StrEnum):
    """Why an alert was closed; the numbers are what a reply names."""

    HELPED = "51"
    WELL = "52"
    FAULTY = "53"
    TEST = "54"
    OTHER = "55"
    CLEARED = "cleared"  # the equipment came back before anybody was called


@dataclass(frozen=True, slots=True)
class Rung:
    """Whom to call, by which channels in turn, and how long until the next rung is called too.

    Without roles it calls nobody: the console shows the alert, and the clock runs.
    """

    roles: tuple[Role, ...]
    wait: _Wait
    channels: tuple[str, ...] = ("sms",)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the ladder file says for one kind and severity, copied into the alert when it opens."""

    rungs: tuple[Rung, ...]
    repeat: _Wait = timedelta(minutes=5)  # the top rung, for ever
    arrival: _Wait = timedelta(minutes=15)  # from "on my way" to the door
    visit: _Wait = timedelta(minutes=30)  # from the door to the closing, before a reminder


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `due` is None exactly when it is closed; `rung` is -1 until the first is called."""

    id: str
    home: str
    key: str
    severity: Severity
    code: str
    opened_at: datetime
    raised_at: datetime
    plan: Plan
    due: datetime | None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    status: Status = Status.OPEN
    rung: int = -1
    repeat: int = 0  # grows with each further call of a rung, so that (rung, repeat) names one call
    called: Mapping[str, int] = field(default_factory=dict)  # person → the highest rung they were called for
    out: frozenset[str] = frozenset()  # who declined or cannot be reached
    owner: str = ""
    helped_at: datetime | None = None
    arrived_at: datetime | None = None  # when the owner came to the door
    cleared_at: datetime | None = None  # when the sensor said it is over
    cause: Cause | None = None
    closed_at: datetime | None = None

    @property
    def kind(self) -> str:
        """What was found: the key without the device."""
        return self.key.split(":", 1)[0]

    @property
    def test(self) -> bool:
        """Somebody tries the sensors: the console shows it, and nobody is called."""
        return bool(self.facts.get("test"))

    @property
    def top(self) -> bool:
        """The ladder has no rung above this one."""
        return self.rung >= len(self.plan.rungs) - 1


@dataclass(frozen=True, slots=True)
class Opened:
    """The finding is new: the ladder begins."""


@dataclass(frozen=True, slots=True)
class Worsened:
    """The finding got news. `plan` is the ladder for its severity, used if that has risen."""

    severity: Severity
    facts: Mapping[str, Fact]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Cleared:
    """The sensor says it is over. A person who was called must still say so too."""


@dataclass(frozen=True, slots=True)
class Called:
    """Who was found for a rung; an empty list is a hole that the next rung must fill."""

    rung: int
    repeat: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody is on the way."""

    by: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody cannot go."""

    by: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No channel reaches this person."""

    who: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody stands at the door."""

    by: str


@dataclass(frozen=True, slots=True)
class HelpNeeded:
    """Whoever is there needs more hands."""

    by: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A person says it is over, and why."""

    by: str
    cause: Cause
    note: str = ""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The alert's due has come."""


Signal: TypeAlias = (
    Opened
    | Worsened
    | Cleared
    | Called
    | Taken
    | Declined
    | Unreachable
    | Arrived
    | HelpNeeded
    | Closed
    | TimeUp
)


@dataclass(frozen=True, slots=True)
class Summon:
    """Call everybody of this rung."""

    rung: int
    repeat: int


@dataclass(frozen=True, slots=True)
class Remind:
    """Ask the one who went how it stands."""

    who: str
    repeat: int


@dataclass(frozen=True, slots=True)
class StandDown:
    """Tell everybody who was called, but `owner`, that they need not go."""

    owner: str


@dataclass(frozen=True, slots=True)
class TellHome:
    """What the home must know has changed."""


Effect: TypeAlias = Summon | Remind | StandDown | TellHome
