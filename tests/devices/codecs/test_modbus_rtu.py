"""Modbus RTU: each profile's polarity, noise and silence that are no fire, and a real server on a pty."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from devices import modbus
from devices.codecs.modbus_rtu import ModbusRtu, sealed
from devices.modbus_map import BadMapError, parse
from devices.told import Told
from rules.model import Origin

T = datetime(2026, 11, 21, tzinfo=UTC)
PROFILES = modbus.profiles()
SQR2_NORMAL = bytes.fromhex("FF 02 01 01 51 A0")  # novabo SQR-2 manual
SQR2_ALARM = bytes.fromhex("FF 02 01 00 90 60")
REGISTER_ALARM = bytes.fromhex("01 03 02 00 01 79 84")  # RS485 smoke sensor manual
REGISTER_NORMAL = bytes.fromhex("01 03 02 00 00 B8 44")
EXCEPTION = bytes.fromhex("01 83 02 C0 F1")


def bus(**units: int) -> ModbusRtu:
    return ModbusRtu({unit: PROFILES[name.replace("_", "-")] for name, unit in units.items()})


def answered(codec: ModbusRtu, frame: bytes) -> list[tuple[str, object]]:
    codec.ask()
    return [(told.role, told.value) for told in codec.feed(frame, T)]


def test_each_detector_keeps_its_own_polarity() -> None:
    assert answered(bus(novabo_sqr2=255), SQR2_NORMAL) == [("smoke", False)]
    assert answered(bus(novabo_sqr2=255), SQR2_ALARM) == [("smoke", True)]
    assert answered(bus(rs485_smoke=1), REGISTER_NORMAL) == [("smoke", False)]
    assert answered(bus(rs485_smoke=1), REGISTER_ALARM) == [("smoke", True)]
    mounted, torn_off = sealed(b"\x05\x02\x01\x05"), sealed(b"\x05\x02\x01\x02")
    told = [("tamper", False), ("fault", False), ("smoke", True)]
    assert answered(bus(calectro_ug3=5), mounted) == told
    told = [("tamper", True), ("fault", True), ("smoke", False)]
    assert answered(bus(calectro_ug3=5), torn_off) == told


def test_the_request_is_the_manuals() -> None:
    assert bus(novabo_sqr2=255).ask().hex(" ").upper() == "FF 02 00 00 00 08 6C 12"
    assert bus(rs485_smoke=1).ask().hex(" ").upper() == "01 03 00 03 00 01 74 0A"
    assert bus(honeywell_raeguard3=1).ask().hex(" ").upper() == "01 03 00 08 00 02 45 C9"


def test_a_register_that_means_nothing_says_nothing() -> None:
    assert answered(bus(rs485_smoke=1), sealed(b"\x01\x03\x02\x00\x07")) == []
    assert answered(bus(honeywell_raeguard3=1), sealed(b"\x01\x03\x04\x7f\xc0\x00\x00")) == []  # not a number
    assert answered(bus(honeywell_raeguard3=1), sealed(b"\x01\x03\x04\x41\x20\x00\x00")) == [
        ("gas_level", 10.0)
    ]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(64),  # a line that reads 0
        b"\xff" * 64,
        EXCEPTION,
        REGISTER_ALARM[:-2] + b"\xff\xff",
        REGISTER_ALARM[:-1],
        SQR2_ALARM,  # of another device
        sealed(b"\x01\x04\x02\x00\x01"),  # another function
        sealed(b"\x01\x03\x04\x00\x01\x00\x01"),  # more registers than were asked for
    ],
)
def test_nothing_but_the_whole_answer_is_a_fire(frame: bytes) -> None:
    codec = bus(rs485_smoke=1)
    assert answered(codec, frame) == []


def test_what_was_not_asked_for_or_comes_too_late_is_not_read() -> None:
    codec = bus(novabo_sqr2=255, rs485_smoke=1)
    assert codec.feed(SQR2_ALARM, T) == ()
    codec.ask()
    assert codec.ask() == b""  # a turn left out: the late answer dies here
    assert codec.feed(SQR2_ALARM, T) == ()
    assert codec.ask()[0] == 1
    assert codec.refused == {"not asked for": 2, "no answer of unit 255": 1}


def test_the_first_answer_and_each_change_are_events_the_rest_heartbeats() -> None:
    codec = bus(rs485_smoke=1)
    origins = []
    for frame in (REGISTER_NORMAL, REGISTER_NORMAL, REGISTER_ALARM, REGISTER_ALARM):
        codec.ask()
        origins += [told.origin for told in codec.feed(frame, T)]
    assert origins == [Origin.EVENT, Origin.HEARTBEAT, Origin.EVENT, Origin.HEARTBEAT]


@pytest.mark.parametrize("cut", range(len(REGISTER_ALARM) + 1))
@pytest.mark.parametrize("noise", [b"", b"\x00\x01\x03", b"\x01", REGISTER_ALARM[:4], b"\x01\x83"])
def test_split_anywhere_behind_noise_and_its_own_echo(cut: int, noise: bytes) -> None:
    codec = bus(rs485_smoke=1)
    stream = noise + codec.ask() + REGISTER_ALARM + noise
    at = len(stream) - len(noise) - len(REGISTER_ALARM) + cut
    told = [*codec.feed(stream[:at], T), *codec.feed(stream[at:], T)]
    assert told == [Told("smoke", True, "1")]


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_noise_says_nothing_and_disturbs_nothing(noise: list[bytes], near: bool) -> None:
    codec = bus(rs485_smoke=1)
    codec.ask()
    for piece in noise:
        data = b"\x01\x03\x02" + piece if near else piece
        for told in codec.feed(data, T):
            assert any(sealed(data[i : i + 5]) == data[i : i + 7] for i in range(len(data)))
            assert told.role == "smoke"
    codec.ask()
    while not codec.ask():
        pass
    assert [t.value for t in codec.feed(REGISTER_NORMAL, T)] == [False]


@given(st.binary(min_size=2, max_size=250))
def test_the_crc_is_pymodbuss(body: bytes) -> None:
    assert sealed(body)[-2:] == FramerRTU.compute_CRC(body).to_bytes(2, "big")


def test_several_on_one_bus_are_asked_in_turn_within_five_seconds() -> None:
    codec = bus(novabo_sqr2=255, rs485_smoke=1)
    assert codec.every == timedelta(seconds=2.5)
    units = []
    for frame in (SQR2_NORMAL, REGISTER_NORMAL, SQR2_NORMAL):
        units.append(codec.ask()[0])
        assert codec.feed(frame, T)
    assert units == [255, 1, 255]
    assert ModbusRtu({}).every is None
    assert ModbusRtu({}).ask() == b""


def test_the_settings_name_profiles_and_files(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "8 inputs"\nsource = "its label"\n[[read]]\ntable = "coil"\nfirst = 0\ncount = 8\n'
        '[[read.point]]\nat = 7\nrole = "contact_open"\nactive = [0]\ninactive = [1]\npart = "door"\n'
    )
    codec = modbus.make({"units": f"255=novabo-sqr2, 3={own}"})
    codec.ask()
    assert [t.who for t in codec.feed(SQR2_NORMAL, T)] == ["255"]
    codec.ask()
    assert codec.feed(sealed(b"\x03\x01\x01\x7f"), T) == [Told("contact_open", True, "3/door")]


@pytest.mark.parametrize("units", ["0=rs485-smoke", "x", "1=no-such", "256=rs485-smoke"])
def test_wrong_units_are_named(units: str) -> None:
    with pytest.raises(ValueError, match="units"):
        modbus.make({"units": units})


@pytest.mark.parametrize(
    ("point", "problem"),
    [
        ('at = 9\nrole = "smoke"\nactive = [1]\ninactive = [0]', "outside what is read"),
        ('at = 3\nrole = "smoke"', "no polarity"),
        ('at = 3\nrole = "smoke"\nactive = [1]', "only one side"),
        ('at = 3\nrole = "smoke"\nactive = [1]\ninactive = [1]', "both active and inactive"),
        ('at = 3\nrole = "smok"\nactive = [1]\ninactive = [0]', "no role"),
        ('at = 3\nrole = "gas_level"\ntype = "f32"', "outside what is read"),
    ],
)
def test_a_profile_with_a_mistake_is_refused(point: str, problem: str) -> None:
    text = f'title="t"\nsource="s"\n[[read]]\ntable="holding"\nfirst=3\ncount=1\n[[read.point]]\n{point}\n'
    with pytest.raises(BadMapError, match=problem):
        parse(text, "x.toml")


SERVER = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
from pymodbus.server import StartAsyncSerialServer
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
block = ModbusSequentialDataBlock(1, [0, 0, 0, int(sys.argv[2]), 0, 0])
unit = ModbusDeviceContext(hr=block)
context = ModbusServerContext({1: unit}, single=False)
asyncio.run(StartAsyncSerialServer(context, port=sys.argv[1], baudrate=9600))
"""


@pytest.fixture(params=[0, 1])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    """pymodbus's own server at the other end of a pty."""
    ours, theirs = os.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    process = subprocess.Popen([sys.executable, "-c", SERVER, os.ttyname(theirs), str(request.param)])
    yield ours, bool(request.param)
    process.kill()
    process.wait()
    os.close(ours)
    os.close(theirs)


def test_a_real_server_answers(server: tuple[int, bool]) -> None:
    line, alarm = server
    codec = bus(rs485_smoke=1)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        os.write(line, codec.ask())
        time.sleep(0.3)
        try:
            told = codec.feed(os.read(line, 256), T)
        except BlockingIOError:
            continue
        if told:
            assert told == [Told("smoke", alarm, "1")]
            return
    pytest.fail("the server did not answer")
