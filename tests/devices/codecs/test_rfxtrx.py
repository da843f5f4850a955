"""RFXtrx packets; ids and tables are pyRFXtrx's, those of the arming remote were captured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.rfxtrx import RfxTrx, decode
from devices.told import Value

PANIC = bytes.fromhex("08 20 02 01 5F EA 00 06 89")
TABLE: list[tuple[str, set[tuple[str, Value]]]] = [
    ("08 20 09 01 5F EA 00 06 89", {("smoke", True)}),
    ("08 20 03 01 5F EA 00 06 89", {("smoke", True)}),
    ("08 20 0A 01 5F EA 00 00 89", {("smoke", False), ("alarm", False)}),
    ("08 20 0A 01 5F EA 00 07 89", {("smoke", False)}),
    ("08 20 03 01 5F EA 00 16 89", {("battery_low", True)}),
    ("08 20 01 01 5F EA 00 04 89", {("motion", True)}),
    ("08 20 01 01 5F EA 00 05 80", {("motion", False), ("battery_low", True)}),
    ("08 20 00 01 5F EA 00 02 89", {("contact_open", True)}),
    ("08 20 00 4D D3 DC 54 00 89", {("contact_open", False), ("alarm", False)}),
    ("08 20 04 01 5F EA 00 82 89", {("contact_open", True), ("tamper", True)}),
    ("08 20 02 01 5F EA 00 06 89", {("sos", True)}),
    ("08 20 02 01 5F EA 00 07 89", set()),
    ("08 20 00 38 8E E5 20 0B 69", {("button", "arm home")}),  # captured
    ("09 13 00 2A 12 34 56 01 5E 70", {("rf_code", "123456")}),
    ("0A 52 01 2A 96 03 81 41 60 03 79", set()),  # a thermometer
    ("0B 11 00 2A 01 23 45 67 02 01 0F 70", set()),  # a light switch
    ("0D 01 00 01 02 53 30 00 02 21 01 00 00 00", {("bridge_online", True)}),
]
QUIET = {("tamper", False), ("battery_low", False)}


@pytest.mark.parametrize(("packet", "expected"), TABLE)
def test_a_packet_says(packet: str, expected: set[tuple[str, Value]]) -> None:
    assert set(said(RfxTrx(), bytes.fromhex(packet))) - QUIET == expected


def test_packets_come_in_pieces_and_two_at_once() -> None:
    stands_splits(RfxTrx, PANIC + bytes.fromhex("09 13 00 2A 12 34 56 01 5E 70") + PANIC)


@pytest.mark.parametrize("noise", [b"\xff\x00\xfe", b"\x08", b"\x0d\x01", PANIC[:5], b"\x08\x20\x7f" * 3])
def test_noise_around_a_packet_costs_nothing(noise: bytes) -> None:
    stands_neighbours(RfxTrx, noise, PANIC)


def test_an_alarm_sensor_is_known_by_its_model_too() -> None:
    assert {told.who for told in RfxTrx().feed(PANIC, NOON)} == {"x10-remote/5fea00"}
    kd101 = PANIC.replace(b"\x20\x02", b"\x20\x03")  # the same sender taken for a smoke detector
    assert {told.who for told in RfxTrx().feed(kd101, NOON)} == {"kd101/5fea00"}


@pytest.mark.parametrize(
    "packet", ["08 20 0B 01 5F EA 00 06 89", "08 20 02 01 5F EA 00 18 89", "08 20 00 01 5F EA 00 0E 89"]
)
def test_an_unknown_alarm_sensor_is_refused(packet: str) -> None:
    assert decode({"raw": packet}) == ([], "unknown alarm sensor")


@pytest.mark.parametrize(
    "packet",  # pyRFXtrx's test_base.py and test_transport_network.py, an alarm written into the first two
    [
        "15 60 01 03 07 08 20 03 01 5F EA 00 06 89 00 00 00 01 4A 02 79 00",
        "09 1E 00 08 20 03 01 5F EA 00",
        "09 03 01 04 28 0A B7 66 04 70",
    ],
)
def test_no_alarm_is_read_out_of_another_packets_middle(packet: str) -> None:
    codec = RfxTrx()
    assert said(codec, bytes.fromhex(packet)) == []
    assert not codec.refused


def test_half_a_packet_is_incomplete() -> None:
    assert decode({"raw": "08 20 02 01 5F"}) == ([], "incomplete")


def test_it_asks_for_the_sticks_status() -> None:
    assert len(RfxTrx().ask()) == 14


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_is_stood(pieces: list[bytes]) -> None:
    said(RfxTrx(), *pieces)
