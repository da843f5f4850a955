"""What is known of a resident's vital signs: who measures what, how often, and which values in a row were not
well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rules.bands import Edge, Norm
from rules.habit import Habit, noted
from rules.measured import Taking, done
from rules.model import DeviceId, Kind, Mode, Swapped

PAUSE: Final = timedelta(minutes=10)  # measurements no further apart follow each other
STREAM: Final = (
    10  # so many that follow each other come from a device that speaks by itself, not from a person
)
_RANKS: Final = {norm: rank for rank, norm in enumerate(Norm)}  # the mildest first
LAPSE: Final = timedelta(hours=36)  # two of a daily measurement belong together, two of another week do not


class Stage(StrEnum):
    """What was said of values outside the band."""

    SEEN = "seen"  # nothing yet
    ASKED = "asked"  # that somebody should measure again
    RAISED = "raised"


@dataclass(frozen=True, slots=True)
class Source:
    """One device's values of one kind: the measurement it takes, its pace, and what is usual in its words."""

    taking: Taking
    measured: datetime  # the measurement before
    pace: int = 0  # measurements that followed each other
    stream: bool = False  # it speaks by itself; a person's measurement is a single one
    habit: Habit = field(default_factory=Habit)


@dataclass(frozen=True, slots=True)
class Row:
    """Measurements in a row outside the band, on one side of it."""

    kind: Kind
    device: DeviceId
    edge: Edge  # the mildest that was broken: all of them broke it
    value: float  # the newest
    since: datetime  # the first
    last: datetime
    count: int = 1
    grave: int = 0  # of them, those that endanger anybody
    danger: tuple[float, float] | None = None  # the newest of those, and the edge it broke
    calm: int = 0  # in a row inside, after it was raised
    stage: Stage = Stage.SEEN
    urgent: bool = False  # raised as a danger
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of the resident's vital signs. Rows: one a kind for what people measure, with whichever
    device, and one a device for streams."""

    sources: Mapping[str, Source]  # by "<kind>:<device>"
    rows: Mapping[str, Row]  # by "<kind>", or by "<kind>:<device>"
    night: datetime  # when what is usual is learned next
    due: datetime  # kept, not derived: every sample of a radar passes here
    mode: Mode = Mode.HOME


def told(source: Source, learns: bool) -> Source:
    """The source after the measurement that it took. A single one between two pauses comes from a person."""
    taking = source.taking
    follows = bool(source.pace) and taking.since - source.measured <= PAUSE
    pace = min(source.pace + 1, STREAM) if follows else 1
    stream = pace == STREAM or (source.stream and (follows or source.pace > 1))
    habit = noted(source.habit, taking.value) if learns else source.habit
    return Source(done(taking), taking.since, pace, stream, habit)


def named(rows: Mapping[str, Row], kind: Kind, key: str, stream: bool) -> Mapping[str, Row]:
    """The rows, where a device proved to be a stream, or none after all: its row goes by its new name."""
    old, new = (kind.value, key) if stream else (key, kind.value)
    row = rows.get(old)
    if row is None or f"{kind}:{row.device}" != key:
        return rows
    return {name: kept for name, kept in rows.items() if name != old} | {new: replace(row, due=None)}


def further(row: Row | None, taking: Taking, found: Edge, stream: bool) -> Row:
    """The row with one measurement more; another side, or too long a pause, begins it anew. What is open
    stays so: it is over when a value is inside, not when nobody measures."""
    at, value, grave = taking.since, taking.value, found.norm is Norm.DANGER
    danger = (value, found.bound) if grave else None
    new = Row(taking.kind, taking.device, found, value, at, at, grave=int(grave), danger=danger)
    if row is None:
        return new
    if row.edge.side != found.side or at - row.last > (PAUSE if stream else LAPSE):
        return replace(new, stage=row.stage)
    mildest = min(row.edge, found, key=lambda edge: _RANKS[edge.norm])
    return replace(
        new, edge=mildest, since=row.since, count=row.count + 1, grave=row.grave + grave,
        danger=danger or row.danger, stage=row.stage, urgent=row.urgent,
    )  # fmt: skip


def renamed(sources: Mapping[str, Source], swap: Swapped) -> Iterator[tuple[str, Source]]:
    """The sources, where a device took another's place: it goes on with what is usual."""
    for key, source in sources.items():
        if source.taking.device != swap.old:
            yield key, source
            continue
        kind = source.taking.kind
        taking = Taking(kind, swap.new, source.taking.since, source.taking.last)
        yield f"{kind}:{swap.new}", replace(source, taking=taking, pace=0, stream=False)
