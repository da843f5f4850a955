"""Tasmota's RF bridge; messages of Tasmota's issues 3195, 1832, 21978, 4548, 5597 and Portisch's issue 91."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import roles, says, stands_noise

from devices.codecs.tasmota_rf import TasmotaRf, decode, make, pulses, raw, received
from devices.told import EACH, Told
from rules.model import Origin

TOPIC = "tele/sonoff-bridge/RESULT"
OPEN = '{"RfReceived":{"Sync":9570,"Low":290,"High":940,"Data":"A53EEE","RfKey":"None"}}'
SNIFFED = "AA B1 03 04E2 0186 30AC 28181819081819090909090818190908190908190818181909 55"


def test_a_code_is_a_code_and_nothing_more() -> None:
    assert says(TasmotaRf(), TOPIC, OPEN) == (Told("rf_code", "A53EEE", "A53EE", lasts=EACH),)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ('{"Time":"2024-08-17T19:35:09","RfReceived":{"Data":"93CF64","RfKey":2}}', "93CF64"),
        ('{"RfReceived":{"Data":"0x7028D2","Bits":24,"Protocol":1,"Pulse":238}}', "7028D2"),
        ('{"RfReceived":{"Data":7350482,"Bits":24,"Protocol":1,"Pulse":238}}', "7028D2"),
        ('{"RfReceived":{"Data":"0x28D2","Bits":24}}', "0028D2"),
        ('{"RfRaw":{"Data":"AAA436BA01CC0546336D0E55"}}', "336D0E"),
        (f'{{"RfRaw":{{"Data":"{SNIFFED}"}}}}', "EC192E"),
    ],
)
def test_every_way_to_say_a_code(payload: str, code: str) -> None:
    assert roles(says(TasmotaRf(), "sonoff/RESULT", payload)) == [("rf_code", code)]


@pytest.mark.parametrize("payload", ['{"POWER":"ON"}', '{"RfRaw":{"Data":"AAA055"}}', '{"RfRaw":"ON"}', "{}"])
def test_answers_to_commands_say_nothing(payload: str) -> None:
    codec = TasmotaRf()
    assert says(codec, TOPIC, payload) == ()
    assert not codec.refused


@pytest.mark.parametrize(
    "payload",
    [
        *('{"RfReceived":{"Data":"open"}}', '{"RfReceived":{"Data":true}}', '{"RfReceived":{"Data":-1}}'),
        *(
            '{"RfRaw":{"Data":"AAA436BA01CC0546336D55"}}',
            '{"RfRaw":{"Data":"AAA4"}}',
            '{"RfRaw":{"Data":"hi"}}',
        ),
        *("[]", "Online"),
    ],
)
def test_what_is_broken_is_refused(payload: str) -> None:
    codec = TasmotaRf()
    assert says(codec, TOPIC, payload) == ()
    assert codec.refused.total() == 1


def test_pulses_that_spell_no_24_bits_are_no_code() -> None:
    assert raw("AA B1 03 04E2 0186 30AC 2818181908 55") == ""
    assert pulses(b"") is None
    assert pulses(bytes.fromhex("0304E2018630AC7F")) is None


def test_the_bridge_s_last_will() -> None:
    told = says(TasmotaRf(), "tele/sonoff-bridge/LWT", "Online")
    assert told == (Told("bridge_online", True, "sonoff-bridge", Origin.HEARTBEAT),)
    assert says(TasmotaRf(), "tele/sonoff-bridge/LWT", "perhaps") == ()


def test_a_code_stays_a_code_whatever_stands_beside_it() -> None:
    told, why = decode({"raw": {"topic": TOPIC, "payload": OPEN}, "meaning": "KERUI D026 door OPEN"})
    assert (roles(told), why) == ([("rf_code", "A53EEE")], None)


@given(st.binary(max_size=200), st.booleans())
def test_stands_noise(noise: bytes, retained: bool) -> None:
    stands_noise(TasmotaRf(), (TOPIC, "tele/x/LWT", "LWT", ""), noise, retained)


@given(st.text(alphabet="0123456789ABCDEFabx ", max_size=80), st.integers() | st.none())
def test_stands_any_digits(data: str, bits: int | None) -> None:
    raw(data)
    raw(f"AA{data}55")
    raw(f"AAB1{data}55")
    received(data, bits)


def test_topics() -> None:
    assert make({}).topics == ("tele/+/RESULT", "tele/+/LWT")
    assert make({"base": "Sonoff_RF_Bridge/tele"}).topics[0] == "Sonoff_RF_Bridge/tele/RESULT"
