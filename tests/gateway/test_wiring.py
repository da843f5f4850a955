"""Brokers and serial ports in the settings, and whose words count at each."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ports import Adapter, until

from devices.families import FAMILIES
from devices.sources.serial import Line
from gateway import connections
from gateway.settings import PortPart, Settings, SettingsError, SourcePart, read
from gateway.wiring import NO_SENSORS
from rules.model import Kind

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GATEWAY = f'[gateway]\nid = "gw-1"\nkey = "{"ab" * 32}"\ndata = "data"\n'
HOME = '[[home]]\nid = "h-1"\nzone = "Asia/Shanghai"\n'
RADAR = '[[source]]\nname = "bed"\ntype = "r60-radar"\nport = "/dev/serial/by-id/usb-radar"\n'
BED = '[[home.device]]\nid = "bed"\nroom = "bedroom"\nkinds = ["bed"]\n'
RFLINK = '[[source]]\nname = "rf"\ntype = "rflink"\nport = "/dev/ttyUSB0"\n'
DOOR = (
    '[[home.device]]\nid = "door"\nroom = "hall"\naddress = "EV1527/000373"\n'
    'codes = { "000373/0a" = "contact", "000373/0b" = "contact 0" }\n'
)


def settings(folder: Path, *parts: str) -> Settings:
    path = folder / "gateway.toml"
    path.write_text(GATEWAY + "".join(parts), "utf-8")
    return read(path)


def refused(folder: Path, *parts: str) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        settings(folder, *parts)
    return [(problem.key, f"{problem.what}; {problem.remedy}") for problem in caught.value.problems]


def test_a_serial_port_and_its_only_device(tmp_path: Path) -> None:
    found = settings(tmp_path, RADAR, HOME, BED)
    assert found.sources == (
        PortPart("bed", "r60-radar", Line(Path("/dev/serial/by-id/usb-radar"), 115_200, "8N1")),
    )
    (part,) = found.sources
    assert isinstance(part, PortPart)
    reader = connections.byte_codec(part, found)
    readings = reader.feed(bytes.fromhex("53 59 84 01 00 01 01 33 54 43"), NOON)
    assert [(r.device, r.kind, r.value) for r in readings] == [("bed", Kind.BED, 1.0)]
    poll = connections.poll(reader)
    assert poll is not None
    assert poll.every == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("kind", "options", "baud"),
    [
        ("ld2450", "", 256_000),
        ("nonin", "", 9_600),
        ("tinyframe-radar", 'options = { model = "LD6002" }\n', 1_382_400),
        ("tinyframe-radar", 'options = { model = "ld6002c" }\n', 115_200),
        ("tinyframe-radar", 'baud = 230400\nformat = "8E1"\n', 230_400),
    ],
)
def test_the_usual_baud_of_a_family(tmp_path: Path, kind: str, options: str, baud: int) -> None:
    (part,) = settings(tmp_path, RADAR.replace("r60-radar", kind) + options, HOME, BED).sources
    assert isinstance(part, PortPart)
    assert part.line.baud == baud


def test_only_enrolled_codes_of_an_enrolled_sender_mean_something(tmp_path: Path) -> None:
    found = settings(tmp_path, RFLINK, HOME, DOOR)
    (part,) = found.sources
    assert isinstance(part, PortPart)
    reader = connections.byte_codec(part, found)
    lines = "".join(
        f"20;{n:02X};EV1527;ID={sender};SWITCH={switch};CMD=ON;\r\n"
        for n, (sender, switch) in enumerate([("000373", "0a"), ("000373", "0e"), ("0a5555", "0a")], 1)
    )
    readings = reader.feed(lines.encode(), NOON)
    kept = [(r.device, r.kind, r.value) for r in readings if r.kind is not Kind.ONLINE]
    assert kept == [("door", Kind.CONTACT, 1.0)]
    assert reader.refused["code not enrolled"] == 1
    assert reader.refused["sender not enrolled"] == 1


def test_what_codes_mean_is_what_the_device_reports(tmp_path: Path) -> None:
    (home,) = settings(tmp_path, RFLINK, HOME, DOOR).homes
    (door,) = home.home.devices
    assert door.kinds == {Kind.CONTACT}
    assert door.supervision is None  # EV1527 senders are silent for as long as nothing happens


@pytest.mark.parametrize(
    ("kind", "kinds", "warn"),
    [
        ("r60-radar", "bed", timedelta(seconds=130)),
        ("ld2410", "presence", timedelta(seconds=5)),
        ("nonin", "spo2", None),
        ("shelly", "smoke", timedelta(hours=26)),
        ("shelly", "contact", timedelta(hours=4)),
        ("aqara-lan", "contact", timedelta(minutes=150)),
        ("zigbee2mqtt", "smoke", timedelta(hours=6)),
        ("ha-discovery", "contact", timedelta(hours=12)),
    ],
)
def test_the_silence_that_a_device_may_keep(
    tmp_path: Path, kind: str, kinds: str, warn: timedelta | None
) -> None:
    port = 'port = "/dev/ttyUSB0"\n' if FAMILIES[kind].transport == "serial" else ""
    source = f'[[source]]\nname = "s"\ntype = "{kind}"\n{port}'
    device = f'[[home.device]]\nid = "d"\nroom = "r"\nkinds = ["{kinds}"]\n'
    (home,) = settings(tmp_path, source, HOME, device).homes
    supervision = home.home.devices[0].supervision
    assert (supervision and supervision.warn) == warn


@pytest.mark.parametrize(
    "kind", [name for name, family in FAMILIES.items() if family.transport == "mqtt" and family.built]
)
def test_every_family_of_a_broker(tmp_path: Path, kind: str) -> None:
    source = f'[[source]]\nname = "s"\ntype = "{kind}"\n'
    if kind in NO_SENSORS:
        assert refused(tmp_path, source, HOME, BED)[0][0] == "source[1].type"
        return
    found = settings(tmp_path, source, HOME, BED)
    (part,) = found.sources
    assert isinstance(part, SourcePart)
    codec = connections.topic_codec(part, found)
    assert codec.topics
    assert not list(codec.feed(codec.topics[0].replace("#", "x").replace("+", "x"), b"\xff", NOON))


@pytest.mark.parametrize(
    ("parts", "key", "says"),
    [
        ((RADAR.replace('port = "', 'prot = "'), HOME, BED), "source[1].prot", 'did you mean "port"?'),
        ((RADAR.replace("r60-radar", "r60radar"), HOME, BED), "source[1].type", 'did you mean "r60-radar"?'),
        ((RADAR + 'format = "8X1"\n', HOME, BED), "source[1].format", "parity"),
        ((RADAR + "baud = 9\n", HOME, BED), "source[1].baud", "300"),
        ((RADAR + 'options = { model = "x" }\n', HOME, BED), "source[1].options.model", "no option"),
        (
            (RADAR.replace("r60-radar", "tinyframe-radar") + 'options = { model = "x" }\n', HOME, BED),
            "source[1].options",
            'model "x" is not known',
        ),
        (
            (RADAR.replace("r60-radar", "blood-pressure") + 'options = { modle = "x" }\n', HOME, BED),
            "source[1].options.modle",
            'did you mean "model"?',
        ),
        (
            (RADAR, RADAR.replace('"bed"', '"two"'), HOME, BED + 'source = "bed"\n'),
            "source[2].port",
            "is read twice",
        ),
        ((RFLINK, HOME, DOOR.replace('"contact 0"', '"contakt 0"')), "home[1].device[1].codes", "contact"),
        ((RFLINK, HOME, DOOR.replace('"contact 0"', '"Contact!"')), "home[1].device[1].codes", "a kind"),
    ],
)
def test_mistakes(tmp_path: Path, parts: tuple[str, ...], key: str, says: str) -> None:
    problems = refused(tmp_path, *parts)
    assert any(found.startswith(key) and says in text for found, text in problems), problems


def test_a_gateway_reads_a_radar_and_stops_when_told(tmp_path: Path) -> None:
    adapter = Adapter(tmp_path / "usb-radar")
    source = RADAR.replace("/dev/serial/by-id/usb-radar", str(adapter.path))
    settings(tmp_path, source, HOME, BED)
    program = str(Path(sys.executable).with_name("shouwang"))
    call = [program, "gateway", "run", str(tmp_path / "gateway.toml")]
    process = subprocess.Popen(call, stderr=subprocess.PIPE, text=True)
    try:
        asyncio.run(until(adapter.read, 15))  # it asks for sleep mode
        adapter.write(bytes.fromhex("00 53 59 84 01 00 01 01 33 54 43"))
        asyncio.run(until(lambda: b"bed" in journal(tmp_path), 10))
    finally:
        process.terminate()
        _, log = process.communicate(timeout=15)
        adapter.pull()
    assert process.returncode == 0, log


def journal(folder: Path) -> bytes:
    """All that the gateway has on its disk."""
    return b"".join(path.read_bytes() for path in (folder / "data").glob("journal.db*"))
