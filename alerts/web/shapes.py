"""The values that the pages show: one dataclass a page, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.desk.models import Alert, Notice
from alerts.registry.models import Contact, Home
from alerts.web import picture


@dataclass(frozen=True, slots=True)
class Card:
    """One alert in a list."""

    id: UUID
    kind: str
    title: str
    severity: str
    urgency: str
    sentence: str
    resident: str
    home: str
    door: str
    address: str
    zone: ZoneInfo
    status: str
    state: str
    owner: str
    cleared_at: datetime | None  # when the sensor said it is over
    code: str
    opened_at: datetime
    due: datetime | None
    closed_at: datetime | None
    cause: str
    test: bool  # of a walk test: nobody is called


@dataclass(frozen=True, slots=True)
class Counts:
    """The homes under watch. `cannot_tell` never hides in `well`."""

    homes: int
    in_doubt: int
    cannot_tell: int

    @property
    def well(self) -> int:
        """Homes of which nothing is amiss and which are heard."""
        return max(self.homes - self.in_doubt - self.cannot_tell, 0)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the board shows."""

    open: tuple[Card, ...]
    closed: tuple[Card, ...]
    counts: Counts
    entry: int
    now: datetime

    @property
    def urgent(self) -> int:
        """How many alerts a person must go for."""
        return sum(card.severity != "trouble" and not card.test for card in self.open)


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of an alert's ladder: who was told, or who will be."""

    number: int
    role: str
    wait: timedelta | None
    notices: tuple[Notice, ...]
    current: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story."""

    n: int
    at: datetime
    what: str
    text: str
    who: str
    hash: str


@dataclass(frozen=True, slots=True)
class Person:
    """A resident with the age worked out."""

    name: str
    age: int | None
    sex: str
    phone: str
    illness: str
    mobility: str


@dataclass(frozen=True, slots=True)
class Said:
    """One mode that somebody said of a home."""

    mode: str
    word: str
    name: str
    note: str
    at: datetime
    until: datetime | None
    reached_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tried:
    """One sensor in a walk test: what set it off, or whether it was heard at all."""

    room: str
    name: str
    what: str
    at: datetime | None
    heard: bool


@dataclass(frozen=True, slots=True)
class Moded:
    """A home's mode: `now` is None where the resident is simply at home. `waits`: the home has not confirmed
    what was said last."""

    zone: ZoneInfo
    now: Said | None
    waits: bool
    past: tuple[Said, ...]
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the alert's page shows."""

    card: Card
    alert: Alert
    home: Home
    area: str
    residents: tuple[Person, ...]
    contacts: tuple[Contact, ...]
    steps: tuple[Step, ...]
    story: tuple[Line, ...]
    strip: picture.Picture
    people: tuple[tuple[str, str], ...]
    mode: Said | None
    entry: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Dwelling:
    """Everything the home's page shows."""

    home: Home
    area: str
    zone: ZoneInfo
    residents: tuple[Person, ...]
    contacts: tuple[Contact, ...]
    alerts: tuple[Card, ...]
    heard: datetime | None
    overdue: bool
    picture: picture.Picture
    moded: Moded
    now: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """One home in the list of homes."""

    home: Home
    resident: str
    heard: datetime | None
    overdue: bool
    open: int
    mode: Said | None


@dataclass(frozen=True, slots=True)
class Errand:
    """Everything the worker's page shows. Without `open` it shows nothing of the resident."""

    card: Card
    open: bool
    mine: bool
    helped: bool  # whoever is there has asked for more hands
    home: Home
    residents: tuple[Person, ...]
    contacts: tuple[Contact, ...]
    name: str
    map: str
    version: int
    now: datetime
