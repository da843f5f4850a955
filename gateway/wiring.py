"""The sources of a settings file (brokers, serial and listening ports), and which device speaks where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from devices.families import FAMILIES, find
from devices.sources.serial import Line
from gateway.enrolment import SLUG, devices
from gateway.listening import ListenPart, ListenTable, addressed, listening
from gateway.notes import Notes, tables
from gateway.trust import Hidden, Host, Port, trust
from rules.model import DeviceId
from rules.strict import Form, Range

_Topic = Annotated[str, Form(r"[^+#\s/][^+#]*(?<!/)", "a topic without + and #, and no / at its ends")]
_Client = Annotated[str, Form(r"[!-~]{1,64}", "up to 64 letters, digits and signs, no spaces")]
_Format = Annotated[str, Form(r"[5-8][NEO][12]", 'data bits, parity, stop bits, such as "8N1"')]
_Options: TypeAlias = Mapping[str, str]

NO_SENSORS: Final[Mapping[str, str]] = {  # known, and no `type` of a source: what it is instead
    "z2m-converter": "recordings of zigbee2mqtt's converters; their bridge is a source of type zigbee2mqtt",
    "at-modem": "a modem, which sends texts and senses nothing",
}
BAUDS: Final[Mapping[str, int]] = {  # 115200 where nothing stands
    "ld2410": 256_000,
    "ld2450": 256_000,
    "rflink": 57_600,
    "rfxtrx": 38_400,
    "sonoff-efm8": 19_200,
    "enocean-esp3": 57_600,
    "nonin": 9_600,
    "modbus-rtu": 9_600,
}
MODEL_BAUDS: Final[Mapping[str, int]] = {"ld6002": 1_382_400, "beurer-bm65": 4_800, "raycome-rbp": 9_600}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """`[[source]]` that is a broker."""

    name: Annotated[str, SLUG]
    type: str
    host: Host = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password: Hidden | None = field(default=None, repr=False)
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    base: _Topic | None = None
    client: _Client | None = None
    options: _Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PortTable:
    """`[[source]]` that is a serial port."""

    name: Annotated[str, SLUG]
    type: str
    port: Path
    baud: Annotated[int, Range(300, 4_000_000)] | None = None
    format: _Format = "8N1"
    options: _Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourcePart:
    """A broker through which sensors speak. `client` names its persistent session there."""

    name: str
    type: str
    host: str
    port: int
    username: str  # "" where the broker asks for none
    password: str = field(repr=False)
    tls: bool
    ca_file: Path | None
    base: str  # "" for the family's usual one
    client: str
    options: _Options = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self.host}:{self.port}"

    @property
    def where(self) -> str:
        """Where it is, and how it is read."""
        under = f" under {self.base}/" if self.base else ""
        return f"{self.place}{under} as {self.client}"

    @property
    def choice(self) -> _Options:
        """What its codec is made with."""
        return {**self.options, **({"base": self.base} if self.base else {})}


@dataclass(frozen=True, slots=True)
class PortPart:
    """A serial port on which sensors speak."""

    name: str
    type: str
    line: Line
    options: _Options = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self.line.path)

    @property
    def where(self) -> str:
        """Where it is, and how it is read."""
        return f"{self.place}, {self.line.baud} baud, {self.line.format}"


AnySource: TypeAlias = SourcePart | PortPart | ListenPart


def sources(table: Mapping[str, object], gateway: str, notes: Notes) -> Iterator[AnySource]:
    """Every source without a mistake."""
    places: dict[object, str] = {}
    names: dict[str, str] = {}
    for key, found in tables(table.get("source", []), "source", notes):
        part = _source(found, key, gateway, notes)
        if part is None:
            continue
        if names.setdefault(part.name, key) != key:
            notes.add(f"{key}.name", f'the source "{part.name}" is there twice', "give each its own name")
        place, clash, remedy = _place(part)
        if places.setdefault(place, key) != key:
            notes.add(f"{key}.{clash}", remedy[0], remedy[1])
        yield part


def types(table: Mapping[str, object]) -> Mapping[str, str]:
    """The type of each source by its name, as far as the file tells."""
    listed = table.get("source")
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    return {str(row.get("name")): str(row.get("type")) for row in rows}


def wiring(table: Mapping[str, object], notes: Notes) -> Iterator[tuple[DeviceId, str]]:
    """Which source each device speaks through."""
    spoken, found = types(table), table.get("home")
    names = [name for name in spoken if name != "None"]
    pairs = [(f"home[{i}]", home) for i, home in enumerate(found, 1)] if isinstance(found, list) else []
    for key, device in devices([pair for pair in pairs if isinstance(pair[1], Mapping)]):
        source = device.get("source")
        if source is None and len(names) != 1:
            remedy = f"say which: {', '.join(names)}" if names else "add a [[source]]"
            notes.add(f"{key}.source", "is missing" if names else "there is no source", remedy)
        elif isinstance(source, str) and source not in names:
            notes.unknown(f"{key}.source", "source", source, names)
        else:
            if spoken[str(source or names[0])] == "sia-dc09":
                addressed(device, key, notes)
            yield DeviceId(str(device.get("id"))), str(source or names[0])


def _place(part: AnySource) -> tuple[object, str, tuple[str, str]]:
    """What two sources cannot share, the key that says it, and what to say of it."""
    match part:
        case SourcePart():
            wrong = f'"{part.client}" is used twice at one broker', "name each session apart"
            return (part.host, part.port, part.client), "client", wrong
        case PortPart():
            return part.line.path, "port", (f"{part.line.path} is read twice", "one source a port")
        case ListenPart():
            wrong = f"port {part.listen.port} is listened at twice", "give each source its own"
            return part.listen.port, "port", wrong


def _source(found: Mapping[str, object], key: str, gateway: str, notes: Notes) -> AnySource | None:
    kind = found.get("type")
    known = [name for name, family in FAMILIES.items() if family.built and name not in NO_SENSORS]
    if isinstance(kind, str) and kind in NO_SENSORS:
        notes.add(f"{key}.type", f'"{kind}" is no source: it is {NO_SENSORS[kind]}', "remove this [[source]]")
        return None
    if isinstance(kind, str) and kind not in known:
        close = get_close_matches(kind, known, 1)
        hint = f'did you mean "{close[0]}"? ' if close else ""
        notes.add(f"{key}.type", f'"{kind}" is not known here', f"{hint}known: {', '.join(known)}")
        return None
    if isinstance(kind, str) and FAMILIES[kind].transport == "serial":
        port = notes.load(PortTable, found, key)
        return None if port is None else _port(port, key, notes)
    if isinstance(kind, str) and FAMILIES[kind].transport == "tcp":
        called = notes.load(ListenTable, found, key)
        return None if called is None else _called(called, key, notes)
    row = notes.load(SourceTable, found, key)
    return None if row is None else _broker(row, key, gateway, notes)


def _broker(row: SourceTable, key: str, gateway: str, notes: Notes) -> SourcePart:
    password, ca_file = trust(row, key, notes)
    client = row.client or f"shouwang-{gateway}-{row.name}"
    base = row.base or ("zigbee2mqtt" if row.type == "zigbee2mqtt" else "")
    part = SourcePart(
        *(row.name, row.type, row.host, row.port, row.username, password, row.tls, ca_file, base, client),
        row.options,
    )
    _check(row.type, part.choice, key, notes)
    return part


def _port(row: PortTable, key: str, notes: Notes) -> PortPart:
    _check(row.type, row.options, key, notes)
    usual = MODEL_BAUDS.get(row.options.get("model", "").lower(), BAUDS.get(row.type, 115_200))
    line = Line(notes.inside(row.port), row.baud or usual, row.format)
    return PortPart(row.name, row.type, line, row.options)


def _called(row: ListenTable, key: str, notes: Notes) -> ListenPart:
    _check(row.type, row.options, key, notes)
    return listening(row, key, notes)


class _Asked(dict[str, str]):
    """Options that note which of them a codec asks for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        """The option's text."""
        self.asked.add(name)
        return super().get(name, default)


def _check(kind: str, given: _Options, key: str, notes: Notes) -> None:
    """Make the codec once, so that whatever is wrong with its options is told now."""
    asked = _Asked(given)
    try:
        if kind != "zigbee2mqtt":
            find(kind).make(asked)
    except (ValueError, OSError) as error:
        notes.add(f"{key}.options", str(error), f"see docs/devices.md on {kind}")
    for name in given:
        if name not in asked.asked | {"base"}:
            notes.unknown(f"{key}.options.{name}", "option", name, sorted(asked.asked - {"base"}))
