"""What a Modbus device's registers mean: a profile file's points, each with its own polarity."""

from __future__ import annotations

import struct
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Final, Literal, TypeAlias

from devices.told_kinds import KINDS
from rules.model import Kind
from rules.strict import Form, Problem, Range, load

_Address: TypeAlias = Annotated[int, Range(0, 65535)]
Table: TypeAlias = Literal["coil", "discrete", "holding", "input"]
FUNCTIONS: Final[dict[Table, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
_FORMATS: Final = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}
_MEASURES: Final = frozenset({"gas_level", "distance_cm"}) | frozenset(
    role
    for role, kind in KINDS.items()
    if kind
    in {
        *(Kind.CO_LEVEL, Kind.SMOKE_LEVEL, Kind.HEART_RATE, Kind.RESPIRATION, Kind.SPO2, Kind.SYSTOLIC),
        *(Kind.DIASTOLIC, Kind.BODY_TEMPERATURE, Kind.WEIGHT, Kind.WATER_VOLUME, Kind.BATTERY),
        *(Kind.VOLTAGE, Kind.LINK),
    }
)
MOST_BITS, MOST_REGISTERS = 2000, 125  # of one request, by the specification


class BadMapError(ValueError):
    """A profile that cannot be used; `problems` holds every mistake in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Point:
    """`[[read.point]]`: a state, active at some values and at rest at others (any other says nothing), or,
    without the two, a measure: value × `scale`."""

    at: _Address
    role: str
    active: tuple[int, ...] = ()
    inactive: tuple[int, ...] = ()
    type: Literal["u16", "i16", "u32", "i32", "f32"] = "u16"
    swapped: bool = False  # of two registers the low word comes first
    scale: float = 1.0
    part: Annotated[str, Form(r"[A-Za-z0-9_-]{0,32}", "letters, digits, - and _")] = ""

    @property
    def state(self) -> bool:
        """Whether it is a state."""
        return bool(self.active or self.inactive)

    @property
    def words(self) -> int:
        """How many registers it takes."""
        return 1 if self.type in ("u16", "i16") else 2

    def value(self, bits: int, data: bytes, offset: int) -> bool | float | None:
        """Its value in a reply: `bits` of a bit table, or the bytes `data` of a register table."""
        raw = self._number(data, offset) if data else (bits >> offset) & 1
        if not self.state:
            return raw * self.scale if isfinite(raw) else None
        return True if raw in self.active else False if raw in self.inactive else None

    def _number(self, data: bytes, offset: int) -> float:
        piece = data[offset * 2 : offset * 2 + self.words * 2]
        if self.swapped and self.words == 2:
            piece = piece[2:] + piece[:2]
        number: float = struct.unpack(_FORMATS[self.type], piece)[0]
        return number


@dataclass(frozen=True, slots=True)
class Read:
    """`[[read]]`: one request and what its reply holds."""

    table: Table
    first: _Address
    count: Annotated[int, Range(1, MOST_BITS)]
    point: tuple[Point, ...]

    @property
    def function(self) -> int:
        """The function code."""
        return FUNCTIONS[self.table]

    @property
    def bits(self) -> bool:
        """Whether the table holds single bits."""
        return self.table in ("coil", "discrete")

    @property
    def size(self) -> int:
        """How many bytes of values the reply carries."""
        return (self.count + 7) // 8 if self.bits else self.count * 2


@dataclass(frozen=True, slots=True)
class Map:
    """A profile: what to ask a device, and what it means. `names` are words by which its model is known."""

    title: str
    source: str
    read: tuple[Read, ...]
    names: tuple[str, ...] = ()


def parse(text: str, where: str) -> Map:
    """The map that a profile's text describes. Raises BadMapError with every mistake."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapError((Problem(where, "", str(error), "correct the TOML"),)) from error
    found, problems = load(Map, table, where)
    if found is None or (problems := tuple(_wrong(found, where))):
        raise BadMapError(problems)
    return found


def _wrong(found: Map, where: str) -> Iterator[Problem]:
    if not found.read:
        yield Problem(where, "read", "nothing is asked", "add a [[read]]")
    for i, read in enumerate(found.read, 1):
        if not read.bits and read.count > MOST_REGISTERS:
            yield Problem(where, f"read[{i}].count", f"{read.count} registers", f"{MOST_REGISTERS} at most")
        for j, point in enumerate(read.point, 1):
            for what, remedy in _faults(point, read):
                yield Problem(where, f"read[{i}].point[{j}]", what, remedy)


def _faults(point: Point, read: Read) -> Iterator[tuple[str, str]]:
    if not read.first <= point.at <= read.first + read.count - (1 if read.bits else point.words):
        yield f"{point.at} is outside what is read", "correct `at`, `first` or `count`"
    if set(point.active) & set(point.inactive):
        yield "a value is both active and inactive", "say which"
    if bool(point.active) != bool(point.inactive):
        yield "only one side is named", "name `active` and `inactive`: what answers neither says nothing"
    if point.state and point.role not in KINDS:
        yield f'there is no role "{point.role}"', f"known: {', '.join(sorted(KINDS))}"
    if not point.state and (read.bits or point.role not in _MEASURES):
        yield f'"{point.role}" has no polarity', "name the values that are `active` and `inactive`"
