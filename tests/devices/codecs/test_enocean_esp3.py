"""ESP3 packets: kipe/enocean's test data and a captured smoke detector (domoticz#4623), or built here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.enocean_esp3 import EnOcean, crc8, decode, make
from devices.codecs.enocean_profiles import PROFILES
from devices.told import Value
from rules.model import Origin

OPEN = bytes.fromhex("55 00 07 07 01 7A D5 08 01 82 5D AB 00 01 FF FF FF FF 36 00 53")
SMOKE_ENDS = bytes.fromhex("55 00 07 07 01 7A F6 00 05 8E 8F BD 00 00 FF FF FF FF 4C 00 27")  # captured
SENDER = "01020304"


def packet(data: str, status: str = "20") -> bytes:
    """A radio packet around a telegram."""
    body = bytes.fromhex(data + SENDER + status)
    header = len(body).to_bytes(2, "big") + b"\x07\x01"
    rest = body + bytes.fromhex("01 FF FF FF FF 40 00")
    return b"\x55" + header + bytes((crc8(header),)) + rest + bytes((crc8(rest),))


TABLE: list[tuple[str, str, list[tuple[str, Value]]]] = [
    ("D5-00-01", "D5 09", [("contact_open", False)]),
    ("D5-00-01", "D5 08", [("contact_open", True)]),
    ("D5-00-01", "D5 00", [("onboard", "D5-00-01")]),
    ("F6-02-01", "F6 50", [("button", "pressed")]),
    ("F6-02-01", "F6 00", [("button", "released")]),
    ("F6-05-01", "F6 11", [("water", True)]),
    ("F6-05-02", "F6 10", [("smoke", True)]),
    ("F6-05-02", "F6 30", [("battery_low", True)]),
    ("F6-05-02", "F6 77", []),
    ("F6-10-00", "F6 D0", [("contact_open", True)]),
    ("F6-10-00", "F6 F0", [("contact_open", False)]),
    ("A5-07-01", "A5 00 00 80 08", [("motion", True)]),
    ("A5-07-01", "A5 00 00 7F 08", [("motion", False)]),
    ("A5-07-03", "A5 00 00 00 88", [("motion", True)]),
    ("A5-08-01", "A5 A9 00 00 0D", [("motion", True)]),
    ("A5-08-01", "A5 A9 00 00 0F", [("motion", False)]),
    ("A5-14-01", "A5 00 00 00 09", [("contact_open", True)]),
    ("A5-14-03", "A5 00 00 00 0A", [("contact_open", False), ("vibration", True)]),
    ("A5-14-09", "A5 00 00 00 0A", [("contact_open", True)]),
    ("A5-30-01", "A5 00 50 FF 08", [("contact_open", True), ("battery_low", True)]),
    ("D2-03-0A", "D2 50 03", [("button", "long")]),
    ("A5-02-05", "A5 00 00 55 08", [("heartbeat", True)]),  # a thermometer: it lives
    ("A5-07-01", "A5 08 28 46 80", [("onboard", "A5-02-05")]),
    ("A5-07-01", "A5 00 00 00 00", [("onboard", "A5")]),
    ("D2-01-01", "D4 A0 FF 3E 00 01 01 D2", [("onboard", "D2-01-01")]),
    ("D5-00-01", "30 01 02 03", [("heartbeat", True)]),  # encrypted
]


@pytest.mark.parametrize(("profile", "telegram", "expected"), TABLE)
def test_a_telegram_says(profile: str, telegram: str, expected: list[tuple[str, Value]]) -> None:
    assert said(EnOcean({SENDER: profile}), packet(telegram)) == expected


def test_contacts_and_rockers_need_no_profile() -> None:
    assert said(EnOcean({}), OPEN + packet("F6 30")) == [("contact_open", True), ("button", "pressed")]
    (told,) = EnOcean({}).feed(OPEN, NOON)
    assert told.who == "01825DAB"


@pytest.mark.parametrize(
    ("telegram", "expected"),
    [
        ("F6 10", [("alarm", True)]),
        ("F6 11", [("alarm", True)]),
        ("F6 00", [("alarm", False)]),
        ("F6 30", [("battery_low", True)]),
    ],
)
def test_a_detector_without_a_profile_is_no_button(telegram: str, expected: list[tuple[str, Value]]) -> None:
    assert said(EnOcean({}), packet(telegram, "00")) == expected


def test_others_say_nothing_without_one_but_that_they_live() -> None:
    codec = EnOcean({})
    (told,) = codec.feed(packet("A5 00 00 80 08"), NOON)
    assert (told.role, told.origin) == ("heartbeat", Origin.HEARTBEAT)
    assert codec.refused["profile unknown"] == 1


def test_a_sender_that_introduces_itself_is_understood_until_the_next_start() -> None:
    codec = EnOcean({})
    said(codec, packet("A5 1C 08 00 80"))  # A5-07-01
    assert said(codec, packet("A5 00 00 FF 08")) == [("motion", True)]


def test_what_the_installer_wrote_wins_over_an_introduction() -> None:
    codec = EnOcean({SENDER: "A5-07-01"})
    said(codec, packet("A5 50 08 00 80"))  # A5-14-01
    assert said(codec, packet("A5 00 00 FF 08")) == [("motion", True)]


def test_packets_come_in_pieces_and_two_at_once() -> None:
    stands_splits(lambda: EnOcean({}), OPEN + SMOKE_ENDS + OPEN)


@pytest.mark.parametrize("noise", [b"\x55", b"\x55\x55\x00", OPEN[:6], OPEN[:-1], b"\x00\xff" * 20])
def test_noise_around_a_packet_costs_nothing(noise: bytes) -> None:
    stands_neighbours(lambda: EnOcean({}), noise, OPEN)


@pytest.mark.parametrize("place", range(1, len(OPEN)))
def test_a_packet_with_a_wrong_bit_says_nothing(place: int) -> None:
    spoilt = bytearray(OPEN)
    spoilt[place] ^= 0x04
    codec = EnOcean({})
    assert said(codec, bytes(spoilt)) == []
    assert said(codec, OPEN, OPEN)[-1] == ("contact_open", True)


@pytest.mark.parametrize(
    ("raw", "why"),
    [("55 00 01", "incomplete"), ("55 00 0F 07 01 1B D2", "crc8h"), ("00 01", "noise"), ("", None)],
)
def test_what_is_no_packet_is_refused(raw: str, why: str | None) -> None:
    assert decode({"raw": raw}) == ([], why)


def test_a_recorded_packets_description_names_the_profile() -> None:
    frame = {"raw": SMOKE_ENDS.hex(), "meaning": "smoke detector F6-05-02"}
    assert [(told.role, told.value) for told in decode(frame)[0]] == [
        ("smoke", False),
        ("battery_low", False),
    ]


@pytest.mark.parametrize(("state", "role"), [(0x00, "smoke"), (0x10, "smoke"), (0x11, "water")])
def test_a_recorded_danger_without_a_description_is_the_one_that_sends_such(state: int, role: str) -> None:
    packet = bytearray(SMOKE_ENDS)
    packet[7] = state
    packet[-1] = crc8(packet[6:-1])
    told, _ = decode({"raw": packet.hex()})
    assert [(one.role, one.value) for one in told if one.role != "battery_low"] == [(role, state != 0)]


def test_the_sticks_answer_shows_that_it_lives() -> None:
    codec = EnOcean({})
    assert codec.ask() == bytes.fromhex("55 00 01 00 05 70 03 09")
    body = bytes(33)
    header = b"\x00\x21\x00\x02"
    answer = b"\x55" + header + bytes((crc8(header),)) + body + bytes((crc8(body),))
    assert said(codec, answer) == [("bridge_online", True)]
    assert said(codec, bytes.fromhex("55 00 05 00 02 CE 00 FF 80 00 00 DA")) == []  # RET_OK


def test_profiles_are_written_by_sender() -> None:
    codec = make({"profiles": "058e8fbd=f6-05-02, 01020304=A5-07-01"})
    assert said(codec, SMOKE_ENDS) == [("smoke", False), ("battery_low", False)]
    for wrong in ("058E8FBD", "058E8FBD=A5-99-99", "1=D5-00-01"):
        with pytest.raises(ValueError, match="profiles: "):
            make({"profiles": wrong})


def test_each_profile_belongs_to_a_sort_of_telegram() -> None:
    assert {eep[:2] for eep in PROFILES} == {"F6", "D5", "A5", "D2"}


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_says_nothing(pieces: list[bytes]) -> None:
    assert said(EnOcean({}), *pieces) == []
