"""Reads the gateway's settings (TOML) and refuses a file with a mistake, telling all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from gateway import secret
from gateway.enrolment import SLUG, HomePart, homes
from gateway.listening import ListenPart, ListenTable
from gateway.notes import Notes, toml
from gateway.trust import Hidden, Host, Port, trust
from gateway.wiring import AnySource, PortPart, PortTable, SourcePart, SourceTable, sources, types, wiring
from rules.model import DeviceId
from rules.strict import Problem, Range

__all__ = [
    "GatewayPart",
    "HomePart",
    "ListenPart",
    "ListenTable",
    "PortPart",
    "PortTable",
    "Settings",
    "SettingsError",
    "SourcePart",
    "SourceTable",
    "UplinkPart",
    "read",
    "read_home",
]

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
    key: Hidden | None = field(default=None, repr=False)
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

    host: Host
    port: Port = 1883
    username: str = ""
    password: Hidden | None = field(default=None, repr=False)
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
class Settings:
    """All that a gateway needs to know when it starts."""

    gateway: GatewayPart
    uplink: UplinkPart | None  # None: it records and judges, and tells nobody
    sources: tuple[AnySource, ...]
    homes: tuple[HomePart, ...]
    device_source: Mapping[DeviceId, str]


def read(path: Path) -> Settings:
    """The settings of a file, with its secrets and rule profiles. Raises SettingsError with every mistake."""
    notes = Notes(path)
    table = _open(path, notes)
    gateway = _gateway(table, notes)
    uplink = _uplink(table, notes)
    parts = tuple(sources(table, gateway.id if gateway else "?", notes))
    found = _homes(table, notes)
    wired = dict(wiring(table, notes))
    if gateway is None or notes.problems:
        raise SettingsError(notes.all())
    return Settings(gateway, uplink, parts, found, wired)


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
    return homes(table["home"], notes, types(table))


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
    password, ca_file = trust(row, "uplink", notes)
    return UplinkPart(row.host, row.port, row.username, password, row.tls, ca_file, row.heartbeat, row.linger)
