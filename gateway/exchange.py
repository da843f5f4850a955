"""Puts a new sensor in the place of an old one in a settings file, and leaves all else in it as it stands."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomlkit
from tomlkit.exceptions import TOMLKitError

from gateway.settings import SettingsError, read
from rules.door import Door


class ExchangeError(ValueError):
    """The sensor cannot be replaced; the message says why and what to do. The file is as it was."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was done: the place that the new sensor has, and what the installer must still look after."""

    home: str
    room: str
    name: str
    cautions: tuple[str, ...]


def exchange(path: Path, old: str, new: str, address: str | None, now: datetime) -> Exchange:
    """Rewrite `path`; `address` is the new sensor's where the settings have one. Raises ExchangeError."""
    try:
        document = tomlkit.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ExchangeError(f"{path} cannot be read: {error}") from error
    home, device = _found(document, path, old, new)
    _rewrite(device, old, new, address, _local(home, now))
    _replace(path, tomlkit.dumps(document))
    return Exchange(
        str(home.get("id")),
        str(device.get("room")),
        str(device.get("name", "")),
        tuple(_cautions(path, device, old)),
    )


def _found(
    document: Mapping[str, Any], path: Path, old: str, new: str
) -> tuple[Mapping[str, Any], MutableMapping[str, Any]]:
    pairs = list(_devices(document))
    ids = {str(device.get("id")).lower() for _, device in pairs}
    if new.lower() in ids:
        raise ExchangeError(f'"{new}" is enrolled already; a sensor has one place')
    for home, device in pairs:
        if str(device.get("id")).lower() == old.lower():
            return home, device
    known = ", ".join(str(device.get("id")) for _, device in pairs)
    raise ExchangeError(f'{path} has no device "{old}"; it has {known or "none"}')


def _devices(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], MutableMapping[str, Any]]]:
    for home in _tables(document.get("home")):
        for device in _tables(home.get("device")):
            yield home, device


def _tables(value: object) -> Iterator[MutableMapping[str, Any]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, MutableMapping):
            yield item


def _rewrite(device: MutableMapping[str, Any], old: str, new: str, address: str | None, at: datetime) -> None:
    if "address" in device and address is None:
        raise ExchangeError(
            f'"{old}" is known by its address {device["address"]}: say the new one, --address'
        )
    old = str(device["id"])  # as the file spells it: so the journal knows it
    device["id"] = new
    device["replaces"] = old
    if address is not None:
        device["address"] = address
    if "installed" in device:
        device["installed"] = at


def _local(home: Mapping[str, Any], now: datetime) -> datetime:
    try:
        return now.astimezone(ZoneInfo(str(home.get("zone")))).replace(microsecond=0)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now.replace(microsecond=0)


def _cautions(path: Path, device: Mapping[str, Any], old: str) -> Iterator[str]:
    if "codes" in device:
        yield "its `codes` are those of the old sensor: write the new one's"
    if device.get("kinds") is None:
        yield "the settings do not say its `kinds`: it does what it announces"
    for part in read(path).homes:
        door = part.swaps.former.rules.get("door.open") if part.swaps else None
        now = part.engine.rules.get("door.open")
        if (
            isinstance(door, Door)
            and old in door.limits
            and not (isinstance(now, Door) and device["id"] in now.limits)
        ):
            yield f'the profile "{part.rules}" names {old}: name the new sensor there'


def _replace(path: Path, text: str) -> None:
    """The file changes as a whole or not at all, and only to one that the gateway takes."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.resolve().parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        read(draft)
        shutil.copystat(path, draft)
        owner = path.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path.resolve())
    except SettingsError as error:
        raise ExchangeError(f"the settings would be refused:\n{error}".replace(name, str(path))) from error
    except OSError as error:
        raise ExchangeError(f"{path} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
