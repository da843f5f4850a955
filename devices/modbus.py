"""The Modbus devices that ship as profiles, and how a source or a recorded frame comes by its codec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from devices.codecs.modbus_rtu import ModbusRtu, sealed
from devices.modbus_map import Map, parse
from devices.told import Told

SHELF = Path(__file__).resolve().parent.parent / "config" / "devices" / "modbus"
_ANY = datetime(2026, 1, 1, tzinfo=UTC)  # the codec keeps no time


def profiles() -> Mapping[str, Map]:
    """The shipped profiles by name. Raises devices.modbus_map.BadMapError."""
    return {path.stem: profile(path) for path in sorted(SHELF.glob("*.toml"))}


def profile(path: Path) -> Map:
    """One profile's file. Raises BadMapError, OSError."""
    return parse(path.read_text("utf-8"), str(path))


def make(options: Mapping[str, str]) -> ModbusRtu:
    """The codec of a source. `units` says who is on the bus: "255=novabo-sqr2, 3=/etc/shouwang/door.toml".
    Raises ValueError."""
    return ModbusRtu(dict(_units(options.get("units", ""))))


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded answer says. The profile is the one whose names the frame's source or meaning bears,
    as an installer would have set it. Without one nothing is said: 1 is one's fire and another's rest."""
    raw = _bytes(frame)
    if len(raw) < 4:
        return (), "truncated"
    about = f"{frame.get('source', '')} {frame.get('meaning', '')} {frame.get('model', '')}".lower()
    reasons: list[str] = []
    for known in _likely(about):
        told, reason = _as_answer(raw, known)
        if told:
            return told, None
        reasons += [reason] if reason else []
    if sealed(raw[:-2]) == raw:  # whole, and no news: a request, an exception, or registers nobody described
        return (), None
    return (), "crc"


def _units(text: str) -> Iterator[tuple[int, Map]]:
    known = profiles()
    for item in filter(None, (part.strip() for part in text.split(","))):
        unit, _, name = (piece.strip() for piece in item.partition("="))
        if not unit.isdecimal() or not 1 <= int(unit) <= 255:
            raise ValueError(f'units: "{unit}" is no address; write 1 to 255, as in "1=rs485-smoke"')
        if name in known:
            yield int(unit), known[name]
        elif "/" in name or name.endswith(".toml"):
            yield int(unit), profile(Path(name))
        else:
            raise ValueError(f'units: there is no profile "{name}"; known: {", ".join(known)}')


def _likely(about: str) -> Sequence[Map]:
    return [known for known in profiles().values() if any(name.lower() in about for name in known.names)]


def _as_answer(raw: bytes, known: Map) -> tuple[Sequence[Told], str | None]:
    for read in known.read:
        codec = ModbusRtu({raw[0]: Map(known.title, known.source, (read,))})
        codec.ask()
        told = codec.feed(raw, _ANY)
        if told:
            return told, None
        if codec.refused:
            return (), next(iter(codec.refused))
    return (), None


def _bytes(frame: Mapping[str, object]) -> bytes:
    try:
        return bytes.fromhex(str(frame.get("raw", "")))
    except ValueError:
        return b""
