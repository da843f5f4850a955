"""The homes and devices of a settings file: each mistake noted, each home made ready with its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gateway import profiles
from gateway.lone import lone
from gateway.notes import Notes, tables
from gateway.profiles import Family
from gateway.swaps import Swaps
from rules.catalogue import BadProfileError, build
from rules.engine import Engine
from rules.home import Device, Home
from rules.model import DeviceId, HomeId, Kind
from rules.strict import Form

SLUG = Form(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "letters, digits, - and _, 64 at most")
_NAME = Form(
    r"[^+#\x00-\x1f]{1,150}", "the ieee address or friendly name, 150 letters at most, without + and #"
)
_ADDRESS = Form(r"[^\x00-\x1f]{1,150}", "what the sensor calls itself, 150 letters at most")
_MEANING = Form(r"[a-z_0-9]+( [01])?", 'a kind, and 0 if the code says that it is over, such as "contact 0"')
_ROOM = Form(r"\S(.{0,62}\S)?", "the room's name, 64 letters at most")


@dataclass(frozen=True, slots=True)
class DeviceTable:
    """`[[home.device]]`."""

    id: Annotated[str, _NAME]
    room: Annotated[str, _ROOM]
    name: str = ""
    source: str | None = None
    kinds: frozenset[Kind] = frozenset()
    family: str | None = None
    exterior: bool = False
    installed: datetime | None = None
    replaces: Annotated[str, _NAME] | None = None
    address: Annotated[str, _ADDRESS] | None = None
    codes: Mapping[str, Annotated[str, _MEANING]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voice:
    """How a device is known on its line: what it calls itself, and what its codes mean."""

    address: str | None = None
    codes: Mapping[str, tuple[Kind, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Enrolled:
    device: Device
    installed: datetime | None
    voice: Voice


@dataclass(frozen=True, slots=True)
class Known:
    """What a device's own table is read against: the families, and what speaks at each source."""

    families: Mapping[str, Family]
    types: Mapping[str, str]

    def usual(self, row: DeviceTable) -> str:
        """The family of a device whose settings name none."""
        only = next(iter(self.types)) if len(self.types) == 1 else ""
        spoken = self.types.get(row.source or only, "zigbee2mqtt")
        return profiles.usual_family(self.families, row.kinds, spoken, bool(row.codes))


@dataclass(frozen=True, slots=True)
class HomeTable:
    """`[[home]]`; its devices are read one by one, so that a mistake in one hides none in another."""

    id: Annotated[str, SLUG]
    zone: str
    rules: str = "default"
    device: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class HomePart:
    """One home as the gateway keeps it."""

    home: Home
    rules: str  # the profile's name or path, as the settings say it
    engine: Engine
    installed: Mapping[DeviceId, datetime] = field(default_factory=dict)
    swaps: Swaps | None = None
    voices: Mapping[DeviceId, Voice] = field(default_factory=dict)


def homes(value: object, notes: Notes, types: Mapping[str, str]) -> tuple[HomePart, ...]:
    """Every home of `[[home]]` that is without a mistake. `types`: what speaks at each source."""
    found = tables(value, "home", notes)
    families, problems = profiles.families()
    notes.problems.extend(problems)
    _twice("home", ((key, table.get("id")) for key, table in found), notes)
    _twice("device", ((key, table.get("id")) for key, table in devices(found)), notes)
    _replaced(found, notes)
    known = Known(families, types)
    parts = [_home(key, table, known, notes) for key, table in found]
    return tuple(part for part in parts if part)


def devices(
    found: Sequence[tuple[str, Mapping[str, object]]],
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every device's table with its key, as far as it is one."""
    for key, table in found:
        listed = table.get("device")
        for i, device in enumerate(listed if isinstance(listed, list) else (), 1):
            if isinstance(device, Mapping):
                yield f"{key}.device[{i}]", device


def _twice(noun: str, ids: Iterator[tuple[str, object]], notes: Notes) -> None:
    first: dict[str, str] = {}
    for key, id_ in ids:
        if not isinstance(id_, str):
            continue
        if (before := first.setdefault(id_.lower(), key)) != key:
            notes.add(
                f"{key}.id", f'the {noun} "{id_}" is there twice', f"it stands at {before} too: remove one"
            )


def _replaced(found: Sequence[tuple[str, Mapping[str, object]]], notes: Notes) -> None:
    """A sensor that was replaced is gone, and one sensor took its place."""
    here = {str(table.get("id")).lower() for _, table in devices(found)}
    gone: dict[str, str] = {}
    for key, table in devices(found):
        old = table.get("replaces")
        if not isinstance(old, str):
            continue
        if old.lower() in here:
            notes.add(f"{key}.replaces", f'"{old}" is still there', "remove that device, or this key")
        if (before := gone.setdefault(old.lower(), key)) != key:
            notes.add(f"{key}.replaces", f'"{old}" is replaced twice', f"at {before} too: remove one")


def _home(key: str, table: Mapping[str, object], known: Known, notes: Notes) -> HomePart | None:
    row = notes.load(HomeTable, table, key)
    zone = _zone(table.get("zone"), key, notes)
    listed = [(at, _device(at, device, known, notes)) for at, device in devices([(key, table)])]
    lone([(at, one.device) for at, one in listed if one], notes)
    enrolled = [one for _, one in listed if one]
    id_ = HomeId(row.id if row else "?")
    home = Home(id_, zone or ZoneInfo("UTC"), tuple(one.device for one in enrolled))
    name = table.get("rules", "default")
    engine = _engine(name, home, f"{key}.rules", notes) if isinstance(name, str) else None
    if row is None or zone is None or engine is None or len(enrolled) < len(listed):
        return None
    swaps = _swaps(table, home, row.rules, notes)
    installed = {one.device.id: one.installed for one in enrolled if one.installed}
    voices = {one.device.id: one.voice for one in enrolled}
    return HomePart(home, row.rules, engine, installed, swaps, voices)


def _swaps(table: Mapping[str, object], home: Home, rules: str, notes: Notes) -> Swaps | None:
    replaces = {
        DeviceId(str(device.get("id"))): DeviceId(str(device["replaces"]))
        for _, device in devices([("", table)])
        if "replaces" in device
    }
    if not replaces:
        return None
    before = tuple(replace(device, id=replaces.get(device.id, device.id)) for device in home.devices)
    former = _engine(rules, replace(home, devices=before), "", notes)
    return None if former is None else Swaps(replaces, former)


def _zone(name: object, key: str, notes: Notes) -> ZoneInfo | None:
    if not isinstance(name, str):
        return None  # noted as missing or of a wrong type already
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = f'did you mean "{close}"?' if (close := _near(name)) else 'write it as "Asia/Shanghai"'
        notes.add(f"{key}.zone", f'there is no time zone "{name}"', remedy)
        return None


def _near(name: str) -> str | None:
    """The time zone that was probably meant: of that city, or spelt nearly so."""
    zones = sorted(available_timezones())
    city = name.rpartition("/")[2].lower()
    same = (zone for zone in zones if "/" in zone and zone.rpartition("/")[2].lower() == city)
    return next(same, None) or next(iter(get_close_matches(name, zones, 1, 0.8)), None)


def _device(key: str, table: Mapping[str, object], known: Known, notes: Notes) -> _Enrolled | None:
    row = notes.load(DeviceTable, table, key)
    named = table.get("family")
    if isinstance(named, str) and named not in known.families:
        notes.unknown(f"{key}.family", "family", named, sorted(known.families))
        return None
    if row is None:
        return None
    family = known.families.get(row.family or known.usual(row), Family())
    kinds = row.kinds or frozenset(kind for kind, _ in _codes(row, key, notes).values())
    supervision = profiles.supervision(family)
    device = Device(DeviceId(row.id), row.room, row.name, row.exterior, supervision, kinds)
    return _Enrolled(device, row.installed, Voice(row.address, _codes(row, key, notes)))


def _codes(row: DeviceTable, key: str, notes: Notes) -> Mapping[str, tuple[Kind, float]]:
    """What each code of a device means."""
    found: dict[str, tuple[Kind, float]] = {}
    for code, meaning in row.codes.items():
        kind, _, value = meaning.partition(" ")
        if kind in set(Kind):
            found[code] = (Kind(kind), float(value or 1))
        else:
            notes.unknown(f"{key}.codes.{code}", "kind", kind, [*Kind])
    return found


def _engine(name: str, home: Home, key: str, notes: Notes) -> Engine | None:
    found = profiles.profile(name, key, notes)
    if found is None:
        return None
    try:
        return build(found[1], home, found[0])
    except BadProfileError as error:
        notes.problems.extend(error.problems)
        return None
