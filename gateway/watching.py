"""What the installer sees on site: each sensor, what it said last, and how that is understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rich.box import SIMPLE
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from gateway.settings import HomePart, Settings
from rules.home import Device
from rules.model import DeviceId, Kind, Origin, Reading

LONGEST: Final = 70  # letters of what a sensor said
STRANGERS: Final = 8  # senders that nobody enrolled: the newest are shown
_DANGERS: Final = frozenset({Kind.SOS, Kind.SMOKE, Kind.HEAT, Kind.GAS, Kind.CO, Kind.WATER_LEAK, Kind.FALL})
_WORDS: Final[Mapping[Kind, tuple[str, str]]] = {  # at rest, active
    Kind.CONTACT: ("closed", "open"),
    Kind.BED: ("out of bed", "in bed"),
    Kind.MOTION: ("no motion", "motion"),
    Kind.PRESENCE: ("nobody there", "somebody there"),
    Kind.SOS: ("released", "SOS"),
    Kind.BUTTON: ("released", "pressed"),
    Kind.BATTERY_LOW: ("battery good", "battery low"),
    Kind.ONLINE: ("missed by its bridge", "heard"),
    Kind.MAINS: ("no mains", "mains"),
    Kind.TEST: ("no test", "test"),
    Kind.FAULT: ("no fault", "fault"),
    Kind.TAMPER: ("in place", "tampered with"),
    **{kind: (f"no {kind.value}", kind.value.upper()) for kind in _DANGERS - {Kind.SOS}},
}
_UNITS: Final[Mapping[Kind, str]] = {
    Kind.BATTERY: " %",
    Kind.VOLTAGE: " mV",
    Kind.HEART_RATE: "/min",
    Kind.RESPIRATION: "/min",
    Kind.SPO2: " %",
    Kind.WATER_VOLUME: " l",
    Kind.BODY_TEMPERATURE: " °C",
}


@dataclass(frozen=True, slots=True)
class Word:
    """What a sensor said last, as it came and as it is understood."""

    said: str
    meant: str
    at: datetime


@dataclass(slots=True)
class Board:
    """All that was heard since the watch began."""

    settings: Settings
    words: dict[DeviceId, Word] = field(default_factory=dict)
    strangers: dict[str, Word] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)  # source → why it cannot be heard
    able: dict[str, Callable[[DeviceId], str]] = field(
        default_factory=dict
    )  # source → what a device can tell

    def take(self, said: str, readings: Sequence[Reading], at: datetime) -> None:
        """A message, or a piece of a stream, and what it means."""
        devices = dict.fromkeys(reading.device for reading in readings)
        for device in devices:
            own = [reading for reading in readings if reading.device == device]
            self.words[device] = Word(_short(said), meaning(own), at)

    def strange(self, sender: str, said: str, at: datetime) -> None:
        """A message of somebody who is not enrolled."""
        self.strangers.pop(sender, None)
        self.strangers[sender] = Word(_short(said), "", at)
        while len(self.strangers) > STRANGERS:
            del self.strangers[next(iter(self.strangers))]

    def shown(self, now: datetime) -> Group:
        """The board as it looks at `now`."""
        tables = [self._home(part, now) for part in self.settings.homes]
        notes = [f"[red]{escape(name)}: {escape(why)}[/]" for name, why in self.troubles.items()]
        if self.strangers:
            tables.append(self._strangers(now))
        return Group(*tables, *notes)

    def _home(self, part: HomePart, now: datetime) -> Table:
        table = _table(f"{part.home.id}", ("room", "sensor", "said", "understood", "heard"))
        for device in sorted(part.home.devices, key=lambda device: (device.room, device.id)):
            table.add_row(*self._row(device, now))
        return table

    def _row(self, device: Device, now: datetime) -> tuple[str, ...]:
        name = f"{escape(device.name)}\n[dim]{escape(device.id)}[/]" if device.name else escape(device.id)
        word = self.words.get(device.id)
        if word is not None:
            return escape(device.room), name, escape(word.said), word.meant, ago(now - word.at)
        able = self.able.get(self.settings.device_source.get(device.id, ""))
        return escape(device.room), name, "", f"[dim]{escape(able(device.id)) if able else ''}[/]", "not yet"

    def _strangers(self, now: datetime) -> Table:
        table = _table("not enrolled", ("sender", "said", "heard"))
        for sender, word in reversed(self.strangers.items()):
            table.add_row(escape(sender), escape(word.said), ago(now - word.at))
        return table


def meaning(readings: Sequence[Reading]) -> str:
    """Readings in words, in rich's markup; what is no event says so."""
    return ", ".join(dict.fromkeys(map(_meaning, readings)))


def ago(length: timedelta) -> str:
    """How long ago, as people say it."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s ago"
    return (
        f"{seconds // 60} min ago" if seconds < 3600 else f"{seconds // 3600} h {seconds // 60 % 60} min ago"
    )


def _meaning(reading: Reading) -> str:
    kind, active = reading.kind, reading.value > 0
    words = _WORDS.get(kind)
    text = (
        words[active] if words else f"{kind.value.replace('_', ' ')} {reading.value:g}{_UNITS.get(kind, '')}"
    )
    if active and kind in _DANGERS:
        text = f"[bold red]{text}[/]"
    return text if reading.origin is Origin.EVENT else f"{text} [dim]({reading.origin.value})[/]"


def _short(text: str) -> str:
    clean = "".join(letter if letter.isprintable() else "·" for letter in text[: LONGEST * 2])
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0), expand=True)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name == "heard", ratio=3 if name == "said" else None)
    return table
