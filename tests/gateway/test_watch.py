"""`shouwang devices watch`: what sensors say and what that means, beside a gateway that loses nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from rich.console import Console

from gateway.settings import read
from gateway.watching import Board, ago, meaning
from rules.model import DeviceId, Kind, Origin, Reading

T = datetime(2026, 11, 21, 4, tzinfo=UTC)
BUTTON = DeviceId("0x01")
TEXT = f"""
[gateway]
id = "gw-1"
key = "{"ab" * 32}"
[[source]]
name = "radio"
type = "zigbee2mqtt"
port = PORT
[[home]]
id = "h-1"
zone = "Asia/Shanghai"
[[home.device]]
id = "0x01"
room = "bedroom"
name = "床头"
kinds = ["sos"]
[[home.device]]
id = "door"
room = "hall"
[[home.device]]
id = "0x09"
room = "attic"
"""


def enum(name: str, *values: str) -> dict[str, object]:
    return {"type": "enum", "name": name, "property": name, "access": 1, "values": values}


def binary(name: str, on: bool, off: bool) -> dict[str, object]:
    sides = {"value_on": on, "value_off": off}
    return {"type": "binary", "name": name, "property": name, "access": 1, **sides}


def paired(ieee: str, name: str, model: str, *exposes: object) -> dict[str, object]:
    known = {"vendor": "ACME", "model": model, "description": "", "exposes": exposes}
    return {"ieee_address": ieee, "friendly_name": name, "type": "EndDevice", "definition": known}


BRIDGE = json.dumps(
    [
        paired("0x01", "bedside", "B1", enum("action", "emergency")),
        paired("0x02", "door", "D1", binary("contact", False, True)),
        paired("0x03", "hall/new", "M1", binary("occupancy", True, False)),
    ]
)


def config(folder: Path, port: int) -> Path:
    path = folder / "gateway.toml"
    path.write_text(TEXT.replace("PORT", str(port)), "utf-8")
    return path


def shown(board: Board, now: datetime) -> str:
    console = Console(width=150, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(board.shown(now))
    console.file.close()
    return console.export_text()


def test_a_row_says_what_came_and_what_it_means(tmp_path: Path) -> None:
    board = Board(read(config(tmp_path, 1)))
    press = Reading(BUTTON, Kind.SOS, 1.0, T)
    board.take('{"action":"emergency"}', [press, Reading(BUTTON, Kind.BATTERY, 80.0, T)], T)
    board.strange("zigbee2mqtt/hall/new", '{"occupancy":true}\x1b[31m', T)
    text = shown(board, T + timedelta(seconds=5))
    (row,) = [line for line in text.splitlines() if "emergency" in line]
    assert "bedroom" in row
    assert "SOS, battery 80 %" in row
    assert "5 s ago" in row
    assert text.count("not yet") == 2
    assert "hall/new" in text
    assert "\x1b" not in text


def test_what_is_no_event_says_so() -> None:
    beat = Reading(BUTTON, Kind.CONTACT, 0.0, T, Origin.HEARTBEAT)
    assert meaning([beat, beat]) == "closed [dim](heartbeat)[/]"
    assert meaning([Reading(BUTTON, Kind.SMOKE, 1.0, T)]) == "[bold red]SMOKE[/]"
    assert meaning([Reading(BUTTON, Kind.HEART_RATE, 71.0, T)]) == "heart rate 71/min"
    assert {kind: meaning([Reading(BUTTON, kind, 1.0, T)]) for kind in Kind}[Kind.TILT] == "tilt 1"


def test_how_long_ago() -> None:
    spans = (
        timedelta(seconds=-3),
        timedelta(seconds=59),
        timedelta(minutes=5),
        timedelta(hours=26, minutes=1),
    )
    assert [ago(span) for span in spans] == ["0 s ago", "59 s ago", "5 min ago", "26 h 1 min ago"]


def watched(path: Path, seconds: float) -> subprocess.Popen[str]:
    program = str(Path(sys.executable).with_name("shouwang"))
    command = [program, "devices", "watch", str(path), "--seconds", str(seconds)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"COLUMNS": "150", "PATH": "/usr/bin:/bin"}
    )


async def talk(port: int, seconds: float) -> None:
    """A bridge, a press of a button again and again, and a sensor that nobody enrolled."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish("zigbee2mqtt/bridge/devices", BRIDGE, retain=True)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await client.publish("zigbee2mqtt/bedside", '{"action":"emergency"}', qos=1)
            await client.publish("zigbee2mqtt/hall/new", '{"occupancy":true}')
            await asyncio.sleep(0.5)


@pytest.mark.mosquitto
def test_live_on_a_real_broker(mosquitto: Any, tmp_path: Path) -> None:
    process = watched(config(tmp_path, mosquitto.port), 8)
    asyncio.run(talk(mosquitto.port, 8))
    text, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    rows = text.splitlines()
    assert [row for row in rows if "emergency" in row and "SOS" in row and "bedroom" in row]
    assert [row for row in rows if "ACME D1 can tell: contact" in row]
    assert "knows no such" in text
    assert [row for row in rows if "zigbee2mqtt/hall/new" in row and "occupancy" in row]


def test_a_broker_that_is_not_there_is_said(tmp_path: Path) -> None:
    process = watched(config(tmp_path, 1), 3)
    text, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "radio: 127.0.0.1:1:" in text
