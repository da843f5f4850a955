"""The gateway under load: Debian's Mosquitto, independent load and probe processes, the journal on disk.

    python benchmarks/gateway.py [--messages 200000] [--homes 40] [--devices 50] [--json]

The gateway is pinned to one core; broker, load and probe share the others. Prints how many Zigbee2MQTT
messages a second pass decode, sieve, rules and durable journal (and how many are missing in the journal
afterwards: none may), and the latency of a lone SOS from its publish to the alarm lane, alone and with 1,000
and 5,000 messages/s behind it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from load import GROUP, SORTS, marker, name
from mqtt_wire import connect, publish

from rules.model import Kind, Reading
from rules.record import decode

MARKERS = 200  # groups of the closed loop at most
HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))
ROLE = {
    "motion": [("occupancy", True, False)],
    "contact": [("contact", False, True)],
    "presence": [("presence", True, False)],
    "smoke": [("smoke", True, False)],
}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def exposes(sort: str) -> list[dict[str, object]]:
    link = {"type": "numeric", "name": "linkquality", "property": "linkquality", "access": 1, "unit": "lqi"}
    battery = {"type": "numeric", "name": "battery", "property": "battery", "access": 1, "unit": "%"}
    if sort == "sos":
        return [
            {"type": "enum", "name": "action", "property": "action", "access": 1, "values": ["emergency"]},
            battery,
        ]
    return [
        {"type": "binary", "name": p, "property": p, "access": 1, "value_on": on, "value_off": off}
        for p, on, off in ROLE[sort]
    ] + [battery, link]


def bridge(homes: int, devices: int) -> Iterator[tuple[str, str]]:
    """(friendly name, sort) of every device."""
    for h in range(homes):
        yield from ((name(h, d), SORTS[d % len(SORTS)]) for d in range(devices))
        yield f"home-{h:03d}/sos", "sos"
    yield from ((marker(g), "smoke") for g in range(MARKERS))


def introduce(port: int, homes: int, devices: int) -> None:
    """Publish the retained list of devices, as Zigbee2MQTT does."""
    rows = [
        {
            "ieee_address": f"0x{i:016x}",
            "friendly_name": friendly,
            "type": "EndDevice",
            "supported": True,
            "interview_completed": True,
            "power_source": "Battery",
            "definition": {"vendor": "Bench", "model": sort, "description": sort, "exposes": exposes(sort)},
        }
        for i, (friendly, sort) in enumerate(bridge(homes, devices))
    ]
    with connect("127.0.0.1", port, "bench-bridge") as sock:
        sock.sendall(publish("zigbee2mqtt/bridge/devices", json.dumps(rows).encode(), 1, retain=True))
        sock.recv(4)


def configure(folder: Path, port: int, key: str, homes: int, devices: int) -> Path:
    lines = [
        f'[gateway]\nid = "bench"\nkey = "{key}"\ndata = "data"',
        f'[uplink]\nhost = "127.0.0.1"\nport = {port}',
        f'[[source]]\nname = "zigbee"\ntype = "zigbee2mqtt"\nhost = "127.0.0.1"\nport = {port}',
    ]
    for h in range(homes):
        lines.append(f'[[home]]\nid = "home-{h:03d}"\nzone = "Asia/Shanghai"\nrules = "default"')
        for d in range(devices):
            lines.append(
                f'[[home.device]]\nid = "{name(h, d)}"\nroom = "room {d % 6}"\n'
                f"exterior = {str(d == 1).lower()}"
            )
        extra = [(f"home-{h:03d}/sos", "sos")] + [(marker(g), "smoke") for g in range(MARKERS) if h == 0]
        for device, sort in extra:
            lines.append(f'[[home.device]]\nid = "{device}"\nroom = "hall"\nkinds = ["{sort}"]')
    path = folder / "gateway.toml"
    path.write_text("\n".join(lines))
    return path


def pinned(cores: Sequence[int], *command: str) -> list[str]:
    return ["taskset", "-c", ",".join(map(str, cores)), *command]


@contextlib.contextmanager
def child(command: Sequence[str], log: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    out = log.open("a") if log else subprocess.PIPE
    process = subprocess.Popen(command, stdout=out, stderr=out if log else None, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def mosquitto(folder: Path, port: int) -> list[str]:
    """A broker that drops nothing, and flushes nothing either: what is measured is the gateway."""
    conf = folder / "mosquitto.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
        "max_queued_messages 0\nmax_inflight_messages 0\n"
    )
    binary = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    return pinned(CORES[1:] or CORES, binary, "-c", str(conf))


def wait_port(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
        time.sleep(0.05)
    raise TimeoutError("the broker does not answer")


def others(script: str, *args: str) -> list[str]:
    return pinned(CORES[1:] or CORES, sys.executable, str(HERE / script), *args)


def lost(journal: Path, homes: int, devices: int, messages: int) -> int:
    """Messages of the load whose own value (a battery level) is missing in the journal's order."""
    heard: dict[str, list[int]] = {}
    for (lines,) in sqlite3.connect(journal).execute("SELECT telemetry FROM chunk ORDER BY id"):
        for line in lines.split(b"\n") if lines else ():
            item = decode(line).item
            if isinstance(item, Reading) and item.kind is Kind.BATTERY:
                heard.setdefault(item.device, []).append(int(item.value))
    missing = 0
    for i in range(homes * devices):
        device = name(i % homes, i // homes)
        sent = [n // (homes * devices) % 100 for n in range(i, messages, homes * devices)]
        got = heard.get(device, [])[-len(sent) :]
        missing += sum(1 for a, b in zip(sent, got, strict=False) if a != b) + len(sent) - len(got)
    return missing


def bench(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    port, key = free_port(), secrets.token_hex(32)
    config = configure(folder, port, key, args.homes, args.devices)
    shouwang = str(Path(sys.executable).with_name("shouwang"))
    result: dict[str, Any] = {"homes": args.homes, "devices": args.homes * (args.devices + 2)}
    with child(mosquitto(folder, port), folder / "broker.log"):
        wait_port(port)
        introduce(port, args.homes, args.devices)
        with child(
            pinned(CORES[:1], shouwang, "gateway", "run", str(config)), folder / "gateway.log"
        ) as gateway:
            time.sleep(3)
            for rate in (0, 1000, 5000):
                result[f"sos_behind_{rate}"] = presses(args, port, key, rate)
            result["closed_loop"] = closed(args, port, key, gateway.pid)
    per_group = args.messages // GROUP * (GROUP - 1)
    result["closed_loop"]["lost"] = lost(folder / "data" / "journal.db", args.homes, args.devices, per_group)
    return result


def cpu(pid: int) -> float:
    """Seconds of CPU, user and system, that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def closed(args: argparse.Namespace, port: int, key: str, gateway: int) -> dict[str, Any]:
    """As many messages a second as the gateway takes, and what one costs it."""
    load = others("load.py", str(port), *sizes(args), "--messages", str(args.messages // GROUP * GROUP))
    with child(others("probe.py", str(port), key, "--presses", "0")):
        began = cpu(gateway)
        run = subprocess.run(load, capture_output=True, text=True, check=True)
        used = cpu(gateway) - began
    found: dict[str, Any] = json.loads(run.stdout)
    return found | {"cpu_us_a_message": used / found["messages"] * 1e6}


def sizes(args: argparse.Namespace) -> list[str]:
    return ["--homes", str(args.homes), "--devices", str(args.devices)]


def presses(args: argparse.Namespace, port: int, key: str, rate: int) -> object:
    seconds = args.presses * 0.03 + 3
    probe = others("probe.py", str(port), key, "--homes", str(args.homes), "--presses", str(args.presses))
    load = others(
        "load.py",
        str(port),
        *sizes(args),
        "--rate",
        str(rate or 1),
        "--messages",
        str(int(seconds * (rate or 1))),
    )
    with child(load), child(probe) as finger:
        out = finger.communicate()[0]
    return json.loads(out.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--homes", type=int, default=40)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--presses", type=int, default=500)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as temp:
        folder = args.keep or Path(temp)
        folder.mkdir(exist_ok=True)
        print(json.dumps(bench(args, folder), indent=2))


if __name__ == "__main__":
    main()
