"""Reads the gateway's settings (TOML) and refuses a file with a mistake, telling all of them at once."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from gateway import secret
from gateway.enrolment import SLUG, HomePart, devices, homes, tables
from gateway.notes import Notes, toml
from rules.model import DeviceId
from rules.strict import Form, Problem, Range, Secret

__all__ = [
    "GatewayPart",
    "HomePart",
    "Settings",
    "SettingsError",
    "SourcePart",
    "UplinkPart",
    "read",
    "read_home",
]

_Port = Annotated[int, Range(1, 65535)]
_Host = Annotated[str, Form(r"[^\s/]+", "a host's name or address, without a port")]
_Secret = Annotated[str, Secret()]
_Topic = Annotated[str, Form(r"[^+#\s/][^+#]*(?<!/)", "a topic without + and #, and no / at its ends")]
_SECTIONS = ("gateway", "uplink", "source", "home")


class SettingsError(ValueError):
    """The settings cannot be used; `problems` says everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class GatewayTable:
    """`[gateway]`."""

    id: Annotated[str, SLUG]
    key: _Secret | None = field(default=None, repr=False)
    key_file: Path | None = None
    data: Path = Path("/var/lib/shouwang")


@dataclass(frozen=True, slots=True)
class GatewayPart:
    """Who this gateway is, and where it keeps its journal."""

    id: str
    key: bytes = field(repr=False)
    data: Path


@dataclass(frozen=True, slots=True)
class UplinkTable:
    """`[uplink]`."""

    host: _Host
    port: _Port = 1883
    username: str = ""
    password: _Secret | None = field(default=None, repr=False)
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    heartbeat: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(hours=1))] = timedelta(seconds=60)
    linger: Annotated[timedelta, Range(timedelta(0), timedelta(minutes=5))] = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class UplinkPart:
    """The centre's broker, and how long it may hear nothing from us."""

    host: str
    port: int
    username: str  # "" where the broker asks for none
    password: str = field(repr=False)
    tls: bool
    ca_file: Path | None
    heartbeat: timedelta
    linger: timedelta


@dataclass(frozen=True, slots=True)
class SourceTable:
    """`[[source]]`."""

    name: Annotated[str, SLUG]
    type: Literal["zigbee2mqtt"]
    host: _Host = "127.0.0.1"
    port: _Port = 1883
    username: str = ""
    password: _Secret | None = field(default=None, repr=False)
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    base: _Topic = "zigbee2mqtt"
    client: Annotated[str, Form(r"[!-~]{1,64}", "up to 64 letters, digits and signs, no spaces")] | None = (
        None
    )


@dataclass(frozen=True, slots=True)
class SourcePart:
    """One connection over which sensors speak. `client` names its persistent session at the broker."""

    name: str
    type: str
    host: str
    port: int
    username: str  # "" where the broker asks for none
    password: str = field(repr=False)
    tls: bool
    ca_file: Path | None
    base: str
    client: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a gateway needs to know when it starts."""

    gateway: GatewayPart
    uplink: UplinkPart | None  # None: it records and judges, and tells nobody
    sources: tuple[SourcePart, ...]
    homes: tuple[HomePart, ...]
    device_source: Mapping[DeviceId, str]


def read(path: Path) -> Settings:
    """The settings of a file, with its secrets and rule profiles. Raises SettingsError with every mistake."""
    notes = Notes(path)
    table = _open(path, notes)
    gateway = _gateway(table, notes)
    uplink = _uplink(table, notes)
    sources = tuple(_sources(table, gateway.id if gateway else "?", notes))
    found = _homes(table, notes)
    wired = dict(_wiring(table, notes))
    if gateway is None or notes.problems:
        raise SettingsError(notes.all())
    return Settings(gateway, uplink, sources, found, wired)


def read_home(path: Path) -> HomePart:
    """The one home of a file that needs to hold nothing else. Raises SettingsError with every mistake."""
    notes = Notes(path)
    found = _homes(_open(path, notes), notes)
    if not notes.problems and len(found) != 1:
        notes.add("home", f"holds {len(found)} homes", "one home a file is wanted here")
    if notes.problems:
        raise SettingsError(notes.all())
    return found[0]


def _open(path: Path, notes: Notes) -> Mapping[str, object]:
    table, problems = toml(path)
    if problems:
        raise SettingsError(problems)
    for name in table:
        if name not in _SECTIONS:
            notes.unknown(name, "section", name, _SECTIONS)
    return table


def _homes(table: Mapping[str, object], notes: Notes) -> tuple[HomePart, ...]:
    if not table.get("home"):
        notes.add("home", "no home is named", "add a [[home]] with its id and zone")
        return ()
    return homes(table["home"], notes)


def _section(table: Mapping[str, object], name: str, notes: Notes) -> Mapping[str, object] | None:
    found = table.get(name)
    if found is None or isinstance(found, Mapping):
        return found
    notes.add(name, "must be one table", f"write it as [{name}]")
    return None


def _gateway(table: Mapping[str, object], notes: Notes) -> GatewayPart | None:
    if "gateway" not in table:
        notes.add("gateway", "is missing", "add [gateway] with id and key_file")
        return None
    found = _section(table, "gateway", notes)
    if found is None:
        return None
    row = notes.load(GatewayTable, found, "gateway")
    key = _key(found, notes)
    if row is None:
        return None
    return None if key is None else GatewayPart(row.id, key, notes.inside(row.data))


def _key(table: Mapping[str, object], notes: Notes) -> bytes | None:
    """The key, whatever else is wrong in the section."""
    given, file = table.get("key"), table.get("key_file")
    if not isinstance(given, str | None) or not isinstance(file, str | None):
        return None  # noted already
    return secret.key(given, None if file is None else Path(file), notes)


def _uplink(table: Mapping[str, object], notes: Notes) -> UplinkPart | None:
    found = _section(table, "uplink", notes)
    row = None if found is None else notes.load(UplinkTable, found, "uplink")
    if row is None:
        return None
    password, ca_file = _trust(row, "uplink", notes)
    return UplinkPart(row.host, row.port, row.username, password, row.tls, ca_file, row.heartbeat, row.linger)


def _trust(row: UplinkTable | SourceTable, key: str, notes: Notes) -> tuple[str, Path | None]:
    """The password and the CA file of a connection."""
    at, plain = f"{key}.password_file", f"{key}.password"
    password = secret.chosen(row.password, row.password_file, at, plain, notes) or ""
    if password and not row.username:
        notes.add(f"{key}.username", "is missing beside a password", "add the user's name")
    if row.ca_file is None:
        return password, None
    ca_file = notes.inside(row.ca_file)
    if not row.tls:
        notes.add(f"{key}.ca_file", "has no effect without tls", "add tls = true, or remove it")
    elif not ca_file.is_file():
        notes.add(f"{key}.ca_file", f"there is no file {ca_file}", "copy the broker's CA certificate there")
    else:
        _certificate(ca_file, f"{key}.ca_file", notes)
    return password, ca_file


def _certificate(file: Path, key: str, notes: Notes) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:  # an ssl.SSLError is one
        what = f"{file} is no CA certificate: {error.strerror or error}"
        notes.add(key, what, "copy the broker's CA certificate there, in PEM, for the service's user to read")


def _sources(table: Mapping[str, object], gateway: str, notes: Notes) -> Iterator[SourcePart]:
    names: set[str] = set()
    sessions: set[tuple[str, int, str]] = set()
    for key, found in tables(table.get("source", []), "source", notes):
        row = notes.load(SourceTable, found, key)
        if row is None:
            continue
        part = _source(row, key, gateway, notes)
        if part.name in names:
            notes.add(f"{key}.name", f'the source "{part.name}" is there twice', "give each its own name")
        if (session := (part.host, part.port, part.client)) in sessions:
            notes.add(
                f"{key}.client", f'"{part.client}" is used twice at one broker', "name each session apart"
            )
        names.add(part.name)
        sessions.add(session)
        yield part


def _source(row: SourceTable, key: str, gateway: str, notes: Notes) -> SourcePart:
    password, ca_file = _trust(row, key, notes)
    client = row.client or f"shouwang-{gateway}-{row.name}"
    return SourcePart(
        row.name, row.type, row.host, row.port, row.username, password, row.tls, ca_file, row.base, client
    )


def _wiring(table: Mapping[str, object], notes: Notes) -> Iterator[tuple[DeviceId, str]]:
    """Which source each device speaks through."""
    listed, found = table.get("source"), table.get("home")
    named = [s.get("name") for s in listed if isinstance(s, Mapping)] if isinstance(listed, list) else []
    names = [name for name in named if isinstance(name, str)]
    pairs = [(f"home[{i}]", home) for i, home in enumerate(found, 1)] if isinstance(found, list) else []
    for key, device in devices([pair for pair in pairs if isinstance(pair[1], Mapping)]):
        source = device.get("source")
        if source is None and len(names) != 1:
            remedy = f"say which: {', '.join(names)}" if names else "add a [[source]]"
            notes.add(f"{key}.source", "is missing" if names else "there is no source", remedy)
        elif isinstance(source, str) and source not in names:
            notes.unknown(f"{key}.source", "source", source, names)
        else:
            yield DeviceId(str(device.get("id"))), str(source or names[0])
