"""How long one Zigbee2MQTT payload takes through codec and sieve. Bar: 12 µs.

python benchmarks/decode.py [--messages 200000]
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime, timedelta

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.sieve import Seen, sift
from rules.model import DeviceId

BAR = 12.0  # µs
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def binary(name: str, on: bool = True) -> dict[str, object]:
    """An expose as Zigbee2MQTT writes it."""
    return {"type": "binary", "property": name, "access": 1, "value_on": on, "value_off": not on}


SORTS = {
    "PIR": [binary("occupancy"), {"type": "numeric", "property": "battery", "access": 1}],
    "door": [binary("contact", False), binary("tamper"), binary("battery_low")],
    "smoke": [binary("smoke"), binary("test"), binary("tamper"), binary("battery_low")],
    "button": [{"type": "enum", "property": "action", "access": 1, "values": ["emergency"]}],
}


def payload(sort: str, turn: int) -> bytes:
    """What a device of this sort says at its n-th turn: changes and repeats by turns."""
    seen = (START + timedelta(seconds=turn)).isoformat()
    common = {"battery": 100, "linkquality": 80 + turn % 9, "last_seen": seen, "voltage": 3005}
    odd = turn % 3 == 0
    states = {
        "PIR": {"occupancy": odd, "illuminance": 20 + turn % 50},
        "door": {"contact": odd, "tamper": False, "battery_low": False, "device_temperature": 23},
        "smoke": {"smoke": False, "test": False, "tamper": False, "battery_low": False},
        "button": {"action": "emergency" if turn % 50 == 0 else ""},
    }
    return json.dumps(states[sort] | common).encode()


def main() -> None:
    """Time the codec alone, then codec and sieve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    count = parser.parse_args().messages
    names = [(f"room {i}/{sort}", sort) for i in range(100) for sort in SORTS]
    work = [
        (f"zigbee2mqtt/{name}", payload(sort, turn), START + timedelta(seconds=turn * 7))
        for turn in range(count // len(names) + 1)
        for name, sort in names
    ][:count]
    alone = run(names, work, False)
    both = run(names, work, True)
    print(f"codec {alone:.2f} µs, codec and sieve {both:.2f} µs a payload (bar {BAR} µs, {count} payloads)")
    raise SystemExit(both > BAR)


def run(names: list[tuple[str, str]], work: list[tuple[str, bytes, datetime]], sifted: bool) -> float:
    """µs a payload."""
    codec = Zigbee2Mqtt("zigbee2mqtt", [DeviceId(name) for name, _ in names])
    rows = [
        {"ieee_address": f"0x{i:016x}", "friendly_name": name, "type": "EndDevice"}
        | {"definition": {"vendor": "v", "model": sort, "description": sort, "exposes": SORTS[sort]}}
        for i, (name, sort) in enumerate(names)
    ]
    codec.feed("zigbee2mqtt/bridge/devices", json.dumps(rows).encode(), START, True)
    seen: dict[DeviceId, Seen] = {}
    kept = 0
    started = time.process_time()
    for topic, message, at in work:
        readings = codec.feed(topic, message, at)
        if sifted and readings:
            device = readings[0].device
            seen[device], news = sift(seen.get(device) or Seen(), readings, at)
            kept += len(news)
    spent = time.process_time() - started
    if sifted:
        print(f"kept {kept} readings of {len(work)} payloads; refused: {dict(codec.refused)}")
    return spent / len(work) * 1e6


if __name__ == "__main__":
    main()
