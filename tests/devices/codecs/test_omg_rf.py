"""OpenMQTTGateway's 433 MHz codes; messages of its documentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import roles, says, stands_noise

from devices.codecs.omg_rf import OmgRf, decode, make
from devices.told import EACH, Told
from rules.model import Origin

TOPIC = "home/OpenMQTTGateway/433toMQTT"


def test_a_decimal_code_is_told_in_hex() -> None:
    told = says(OmgRf(), TOPIC, '{"value":1315156,"protocol":1,"length":24,"delay":317}')
    assert told == (Told("rf_code", "141154", "14115", lasts=EACH),)


def test_longer_codes_stay_whole() -> None:
    wide = '{"value":4534142,"protocol":6,"length":26,"delay":356,"mhz":315.026}'
    assert roles(says(OmgRf(), TOPIC, wide)) == [("rf_code", "452F7E")]


@pytest.mark.parametrize(
    "value", ["0", "-3", "true", '"1315156"', "1e400", "null", "99999999999999999999999"]
)
def test_what_is_no_code_is_refused(value: str) -> None:
    codec = OmgRf()
    assert says(codec, TOPIC, f'{{"value":{value}}}') == ()
    assert codec.refused.total() == 1


def test_the_gateway_s_last_will() -> None:
    online = says(OmgRf(), "home/OpenMQTTGateway/LWT", "online")
    assert online == (Told("bridge_online", True, "OpenMQTTGateway", Origin.HEARTBEAT),)
    gone = says(OmgRf(), "home/OpenMQTTGateway/LWT", "offline")
    assert [(one.value, one.origin) for one in gone] == [(False, Origin.REPLAY)]


def test_a_retained_code_is_no_press() -> None:
    assert [one.origin for one in says(OmgRf(), TOPIC, '{"value":1315156}', retained=True)] == [Origin.REPLAY]


@given(st.binary(max_size=200), st.booleans())
def test_stands_noise(noise: bytes, retained: bool) -> None:
    stands_noise(OmgRf(), (TOPIC, "home/OpenMQTTGateway/LWT", "x", "LWT", "/LWT", ""), noise, retained)


def test_topics_and_frames() -> None:
    assert make({"base": "home/omg"}).topics == ("home/omg/433toMQTT", "home/omg/LWT")
    assert decode({"raw": {"topic": TOPIC, "payload": "nonsense"}}) == ((), "message is no JSON object")
    assert decode({"raw": "aa"}) == ((), "no topic and payload")
