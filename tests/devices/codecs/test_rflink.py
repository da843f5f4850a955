"""RFLink's lines, most from python-rflink's samples, RFLink32#12 and Home Assistant core#4547."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.rflink import RfLink, decode
from devices.told import Value
from rules.model import Origin

PRESS = b"20;06;EV1527;ID=045a42;SWITCH=06;CMD=ON;\r\n"  # captured
TABLE: list[tuple[str, list[tuple[str, Value]]]] = [
    ("20;63;SmokeAlert;ID=123456;SMOKEALERT=ON;", [("smoke", True)]),
    ("20;64;FA20RF;ID=67f570;SMOKEALERT=OFF;", [("smoke", False)]),
    ("20;12;Pir;ID=aa66;PIR=ON;", [("motion", True)]),
    ("20;49;EV1527;ID=000373;SWITCH=0a;CMD=ON;", [("rf_code", "000373/0a")]),  # captured, and the same
    ("20;4A;SelectPlus;ID=01c5f5;SWITCH=02;CMD=ON;CHIME=01;", []),  # transmission once more
    ("20;b3;Oregon TempHygro;ID=1a2d;TEMP=00dd;HUM=43;BAT=OK;", [("battery_low", False)]),
    ("20;b4;Oregon TempHygro;ID=1a2d;TEMP=00dd;BAT=LOW;", [("battery_low", True)]),
    ("20;06;NewKaku;ID=008440e6;SWITCH=a;CMD=OFF;", []),
    ("20;00;Nodo RadioFrequencyLink - RFLink Gateway V1.1 - R46;", [("bridge_online", True)]),
    ("20;99;PONG;", [("bridge_online", True)]),
    ("20;3C;VER=1.1;REV=37;BUILD=01;", [("bridge_online", True)]),
    ("20;D3;OK;", []),
    ("20;07;CMD UNKNOWN;", []),
    ("20;63;SmokeAlert;ID=12;SMOKEALERT=MAYBE;", []),
    ("20;63;SmokeAlert;SMOKEALERT=ON;", []),  # nobody's
    ("20;30;Alecto V1;ID=0020;WINSP=0068;BAT=LOW;", [("battery_low", True)]),  # python-rflink's samples:
    ("20;06;EV1527;ID=045a20;SWITCH=06;CMD=ON;", [("rf_code", "045a20/06")]),  # a number may end in 20
    ("20;06;EV1527;ID=045a42;SWITCH=20;CMD=ON;", [("rf_code", "045a42/20")]),
    ("20;06;EV1527;ID=0420;07;EV1527;ID=045a42;SWITCH=06;CMD=ON;", [("rf_code", "045a42/06")]),
]


@pytest.mark.parametrize(("line", "expected"), TABLE, ids=lambda value: str(value)[:40])
def test_a_line_says(line: str, expected: list[tuple[str, Value]]) -> None:
    assert said(RfLink(), line.encode() + b"\r\n") == expected


def test_lines_come_in_pieces_and_two_at_once() -> None:
    stands_splits(RfLink, PRESS + b"20;12;Pir;ID=aa66;PIR=ON;\r\n")


@pytest.mark.parametrize("noise", [b"\x00\xff;;20;", b"20;00;N", b"no line at all\r\n", b"20;07;EV1527;ID="])
def test_what_runs_into_a_line_does_not_spoil_it(noise: bytes) -> None:
    assert said(RfLink(), noise + PRESS) == [("rf_code", "045a42/06")]
    stands_neighbours(RfLink, noise, PRESS)


def test_who_speaks_is_the_protocol_and_its_number() -> None:
    (told,) = RfLink().feed(PRESS, NOON)
    assert told.who == "EV1527/045a42"
    assert told.origin is Origin.EVENT


def test_the_gateways_own_word_is_a_heartbeat_and_can_be_asked_for() -> None:
    codec = RfLink()
    assert codec.ask() == b"10;PING;\r\n"
    assert [told.origin for told in codec.feed(b"20;01;PONG;\r\n", NOON)] == [Origin.HEARTBEAT]


def test_a_line_without_end_is_thrown_away() -> None:
    codec = RfLink()
    assert said(codec, b"20;01;" * 10_000) == []
    assert codec.refused["noise"] > 50_000


@pytest.mark.parametrize("line", ["hello", "10;PING;", "20;06;EV1527;ID=045a42;SWITCH=06", "20;63;SmokeAl"])
def test_what_is_no_line_is_refused(line: str) -> None:
    assert decode({"raw": line, "encoding": "text"}) == ([], "no line of RFLink")


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_says_nothing(pieces: list[bytes]) -> None:
    assert said(RfLink(), *(piece.replace(b"20;", b"") for piece in pieces)) == []
