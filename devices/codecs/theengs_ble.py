"""Bluetooth adverts that OpenMQTTGateway or Theengs Gateway has decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from devices import payload as read
from devices.codecs.bridge import bridge
from devices.payload import Table
from devices.told import EACH, Told
from rules.model import Origin

BASE: Final = "home/+"
SAME: Final = timedelta(seconds=60)  # a packet's number comes round after 256 packets
SENDERS: Final = 4_096  # remembered at once
FLAGS: Final = {
    "open": "contact_open",
    "motion": "motion",
    "presence": "presence",
    "occupancy": "presence",
    "smoke": "smoke",
    "leak": "water",
    "water_leak": "water",
    "tamper": "tamper",
    "vibration": "vibration",
    "lowbatt": "battery_low",
    "fall": "fall",
}
CONTACTS: Final = {"closed": False, "open": True, "timeout not closed": True}
KEYS: Final = ("button1", "button2", "button3", "button4")  # of a wall switch or a remote
RATES: Final = ("bpm", "act_bpm")
ENDLESS: Final = frozenset({"MUE4094RT"})  # Xiaomi's night light tells motion only (ble_monitor 1.0.3)
LOST: Final = timedelta(hours=1)  # adverts get lost: twice the half hour in which a state is told again


class TheengsBle:
    """Implements devices.families.MqttCodec. A sender is its MAC, written AA:BB:CC:DD:EE:FF."""

    def __init__(self, base: str = BASE) -> None:
        self.refused: Counter[str] = Counter()
        self.memory: bytes | None = None
        self.topics: Sequence[str] = (f"{base}/BTtoMQTT/+", f"{base}/LWT")
        self._packets: dict[str, tuple[object, datetime]] = {}

    def recall(self, memory: bytes) -> None:
        """It learns nothing."""

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        """What one advert says. An advert is on air several times: its packet's number tells."""
        if topic.endswith("/LWT"):
            return bridge(topic, payload, retained)
        if "/BTtoMQTT/" not in topic or (advert := read.table(payload, self.refused)) is None:
            return ()
        who = _who(topic, advert)
        if who is None:
            self.refused["no address"] += 1
            return ()
        if self._copy(who, advert.get("packet"), at):
            return ()
        if "cipher" in advert:
            self.refused["encrypted advert"] += 1
            return ()
        origin = Origin.REPLAY if retained else Origin.EVENT
        keys = [(key, read.number(advert.get(key), 1, 65_535)) for key in KEYS]
        return [
            *(Told(role, value, who, origin, _lasts(role, advert)) for role, value in said(advert)),
            *(Told("button", press, f"{who}/{key}", origin) for key, press in keys if press is not None),
        ]

    def _copy(self, who: str, packet: object, at: datetime) -> bool:
        if packet is None:
            return False
        last, heard = self._packets.pop(who, (None, at))
        if len(self._packets) >= SENDERS:
            del self._packets[next(iter(self._packets))]
        self._packets[who] = (packet, at)
        return last == packet and timedelta() <= at - heard < SAME


def said(advert: Table) -> Sequence[tuple[str, bool | float]]:
    """Roles and values of one decoded advert. Blinds also have `open` (per cent) and `motion`."""
    cover = advert.get("type") == "WCVR" or "calibrated" in advert
    found = [] if cover else [*_states(advert), *_presses(advert), *_rates(advert)]
    battery = read.number(advert.get("batt"), 0, 100)
    if battery is not None and not cover:
        found.append(("battery", battery))
    if not cover and (volts := read.number(advert.get("volt"), 0.5, 20)) is not None:
        found.append(("battery_mv", round(volts * 1000)))
    return found


def _states(advert: Table) -> list[tuple[str, bool | float]]:
    found: list[tuple[str, bool | float]] = [
        (role, advert[key]) for key, role in FLAGS.items() if isinstance(advert.get(key), bool)
    ]
    contact = advert.get("contact")
    if isinstance(contact, str) and contact in CONTACTS:
        found.append(("contact_open", CONTACTS[contact]))
    return found


def _presses(advert: Table) -> list[tuple[str, bool | float]]:
    """The way it was pressed; 0 is none."""
    button = read.number(advert.get("button"), 1, 65_535)
    return [] if button is None else [("button", button)]


def _lasts(role: str, advert: Table) -> timedelta | None:
    """The advert that told the end of a motion may have been lost, or there is none."""
    if role not in ("motion", "vibration"):
        return None
    return EACH if advert.get("model_id") in ENDLESS else LOST


def _rates(advert: Table) -> list[tuple[str, bool | float]]:
    """A strap that finds no pulse says 0 or 255."""
    rates = (read.number(advert.get(key), 1, 254) for key in RATES)
    return [("heart_rate", rate) for rate in rates if rate is not None][:1]


def _who(topic: str, advert: Table) -> str | None:
    """The advert's own address, or the topic's."""
    named = (advert.get("mac"), advert.get("id"), topic.rsplit("/", 1)[-1])
    return next((found for name in named if isinstance(name, str) and (found := read.mac(name))), None)


def make(options: Mapping[str, str]) -> TheengsBle:
    """`base`: the gateway's topic, as in home/OpenMQTTGateway."""
    return TheengsBle(options.get("base") or BASE)


def decode(frame: Mapping[str, object]) -> tuple[Sequence[Told], str | None]:
    """What one recorded message says."""
    return read.recorded(TheengsBle(), frame)
