"""Messages of alarm panels; those with a checksum written out are pysiaalarm's samples."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import NOON, said, stands_neighbours, stands_splits

from devices.codecs.sia_codes import contact_id, sia
from devices.codecs.sia_dc09 import SiaDc09, crc16, decode, framed
from devices.told import Value
from rules.model import Origin

NULL = b'\nCA2F0038"NULL"0000L0#7890[#0000|0000 00 000]_22:13:29,12-29-2022\r'
CLOSING = b'\n57150047"ADM-CID"0247R4F39L4F39#4F39[#4F39|3401 01 057]\r'  # its length is decimal
PANIC = framed('"SIA-DCS"0004L0#AAA[#AAA|Nri1/PA501][X006E07.7777777]_20:45:46,04-22-2021')


def test_the_checksum_is_the_panels() -> None:
    assert crc16(CLOSING[9:-1]) == 0x5715
    assert framed(NULL[9:-1].decode()) == NULL


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('"ADM-CID"9876L0#12345A[#12345A|1110 00 129]_14:12:04,09-25-2011', [("smoke", True)]),
        ('"ADM-CID"9876L0#12345A[#12345A|3110 00 129]', [("smoke", False)]),
        ('"ADM-CID"0001L0#123[#123|1100 00 001]', [("sos", True)]),
        ('"ADM-CID"0001L0#123[#123|3120 00 001]', []),
        ('"ADM-CID"0001L0#123[#123|1162 00 001]', [("co", True)]),
        ('"ADM-CID"0001L0#123[#123|1301 00 000]', [("mains", False)]),
        ('"ADM-CID"0001L0#123[#123|3301 00 000]', [("mains", True)]),
        ('"ADM-CID"0001L0#123[#123|1654 00 004]', [("inactivity", True)]),
        ('"ADM-CID"0001L0#123[#123|1602 00 000]', [("test", True), ("heartbeat", True)]),
        ('"ADM-CID"0001L0#123[#123|1130 00 001]', []),
        ('"SIA-DCS"5268L0#AAA[Nri1/WA000]_08:40:47,07-08-2020', [("water", True)]),
        ('"SIA-DCS"6002L0#AAA[|Nri2/JC12]', []),
        ('"SIA-DCS"4738R0001L0001[#006969|Nri04/OP001NM]', []),
        ('"SIA-DCS"0001L0#123[#123|Nri1/FA01^Kitchen #2^]', [("smoke", True)]),
        ('"SIA-DCS"0001L0#123[#123|NGA02/XT02]', [("gas", True), ("battery_low", True)]),
        ('"SIA-DCS"0001L0#123[#123|NA03]', [("inactivity", True)]),
        ('"SIA-DCS"0001L0#123[#123|OWH000]', [("water", False)]),
        ('"SIA-DCS"8070L0#123456[#123456|Nri0KR1^TAST. 001 ^]_13:49:12,04-13-2021', [("heat", False)]),
        ('"SIA-DCS"7960L0#123456[#123456|Nri1CL0^VX FRONTE ^]_22:40:48,04-11-2021', []),
        ('"SIA-DCS"6002L0#AAA[|Nri1/RP000][KAAAAAAAAAAAAAAAA]', [("test", True), ("heartbeat", True)]),
        ('"SIA-DCS"0001L0#123[#123|Nri1/CL501^Anna/PA1^]', []),
        ('"SIA-DCS"0001L0#123[#123|NRP]', [("test", True), ("heartbeat", True)]),
        ('"SIA-DCS"0001L0#123[#123|Nri1/TT02]', [("tamper", True)]),
        ('"SIA-DCS"0001L0#123[#123|Nri1/FM02]', [("smoke", True)]),
        ('"*NULL"0000R0L0#AAAB[B4BC8B40D0E6D959D6BEA78E88CC0B21', [("heartbeat", True)]),
        ('"*SIA-DCS"5994L0#AAA[5AB718E008C616BF16F6468033A11326', []),
    ],
)
def test_a_message_tells(body: str, expected: list[tuple[str, Value]]) -> None:
    assert said(SiaDc09(), framed(body)) == expected


def test_the_line_of_a_receiver_is_a_heartbeat() -> None:
    (told,) = SiaDc09().feed(b"\nSR0001L0001    006969XX    [ID00000000]\r", NOON)
    assert (told.role, told.who, told.origin) == ("heartbeat", "006969XX", Origin.HEARTBEAT)


def test_the_sender_is_account_and_zone() -> None:
    codec = SiaDc09()
    cid = framed('"ADM-CID"9876L0#12345A[#12345A|1110 00 129]')
    assert [told.who for told in codec.feed(PANIC + cid + NULL, NOON)] == ["AAA/501", "12345A/129", "7890"]


def test_a_copy_within_ten_minutes_is_a_replay_and_answered_again() -> None:
    codec = SiaDc09()
    times = [NOON, NOON + timedelta(minutes=9), NOON + timedelta(minutes=20)]
    assert [told.origin for at in times for told in codec.feed(PANIC, at)] == [
        *(Origin.EVENT, Origin.REPLAY, Origin.EVENT)
    ]
    assert codec.ask().count(b'"ACK"0004L0#AAA[]') == 3


def test_what_is_told_again_though_it_lasts_is_a_heartbeat() -> None:
    (told,) = SiaDc09().feed(framed('"ADM-CID"0001L0#123[#123|6110 00 001]'), NOON)
    assert (told.value, told.origin) == (True, Origin.HEARTBEAT)


def test_each_message_is_answered_once_and_what_cannot_be_read_is_not_acknowledged() -> None:
    codec = SiaDc09()
    said(codec, NULL, framed('"*SIA-DCS"5994L0#AAA[5AB718E008C6'), framed('"SIA-DCS"0001L0#AAA[no end'))
    assert codec.ask() == b"".join(
        (framed('"ACK"0000L0#7890[]'), framed('"DUH"5994L0#AAA[]'), framed('"DUH"0001L0#AAA[]'))
    )
    assert codec.ask() == b""
    assert codec.refused == {"encrypted": 1, "contents unknown": 1}


def test_messages_come_in_pieces_and_two_at_once() -> None:
    stands_splits(SiaDc09, PANIC + NULL + CLOSING)


@pytest.mark.parametrize(
    "noise", [b"\x00\xff", b"\n", b"\n1234", PANIC[:-1], b"\r\n\r\n", b"\n" + b"x" * 3000]
)
def test_noise_around_a_message_costs_nothing(noise: bytes) -> None:
    assert said(SiaDc09(), noise + PANIC) == [("sos", True)]
    stands_neighbours(SiaDc09, noise, PANIC)


@pytest.mark.parametrize("place", range(1, len(PANIC) - 1))
def test_a_message_with_a_wrong_bit_says_nothing_and_is_not_answered(place: int) -> None:
    if 5 <= place < 9:
        return  # the length is not looked at
    spoilt = bytearray(PANIC)
    spoilt[place] ^= 0x01
    codec = SiaDc09()
    assert said(codec, bytes(spoilt)) == []
    assert codec.ask() == b""


def test_a_recording_may_have_a_masked_account() -> None:
    raw = '5B090059"SIA-DCS"0004L0#AAA[#AAA|Nri1/PA501]_20:45:46,04-22-2021'
    told, why = decode({"raw": raw, "encoding": "text"})
    assert ([(one.role, one.value) for one in told], why) == ([("sos", True)], None)
    assert decode({"raw": "hello", "encoding": "text"}) == ([], "no message of DC-09")


def test_every_danger_that_begins_ends() -> None:
    for letter, role in (("F", "smoke"), ("K", "heat"), ("G", "gas"), ("W", "water"), ("T", "tamper")):
        assert sia(f"{letter}A") == ((role, True),)
        assert sia(f"{letter}R") == sia(f"{letter}H") == ((role, False),)
    assert sia("FT") == (("fault", True),)
    assert sia("FJ") == (("fault", False),)
    assert sia("TT") == (("tamper", True),)  # opened while disarmed
    assert sia("PR") == sia("BA") == ()
    assert contact_id("1", 114) == (("heat", True),)
    assert contact_id("2", 110) == ()


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_says_nothing(pieces: list[bytes]) -> None:
    assert said(SiaDc09(), *pieces) == []
