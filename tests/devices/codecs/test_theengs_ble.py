"""Adverts as Theengs' decoder says them; the payloads are of its own tests (BLE/test_ble.cpp)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import roles, says, stands_noise

from devices.codecs.theengs_ble import TheengsBle, decode, make
from devices.told import Value
from rules.model import Origin

TOPIC = "home/OpenMQTTGateway/BTtoMQTT/BC026EAABBCC"
BUTTON = (
    '{"brand":"Shelly","model":"ShellyBLU Button1","model_id":"SBBT-002C","type":"BTN","packet":29,'
    '"batt":100,"button":1,"mac":"BC:02:6E:AA:BB:CC"}'
)
TABLE: list[tuple[str, list[tuple[str, Value]]]] = [
    (
        '{"model_id":"BSDOO","type":"CTMO","cidc":false,"open":true,"batt":100}',
        [("contact_open", True), ("battery", 100)],
    ),
    (
        '{"model_id":"SE_MAG","type":"CTMO","open":false,"volt":3.079}',
        [("contact_open", False), ("battery_mv", 3079)],
    ),
    (
        '{"model_id":"W120150X","type":"CTMO","contact":"closed","motion":true,"batt":92}',
        [("motion", True), ("contact_open", False), ("battery", 92)],
    ),
    ('{"model_id":"W120150X","contact":"timeout not closed"}', [("contact_open", True)]),
    ('{"model_id":"H10","type":"BODY","bpm":70}', [("heart_rate", 70)]),
    ('{"model_id":"H10","type":"BODY","bpm":0}', []),
    ('{"model_id":"MB/SW","type":"BODY","act_bpm":125}', [("heart_rate", 125)]),
    ('{"model_id":"NODONNIU","type":"BTN","button":9,"batt":96}', [("button", 9), ("battery", 96)]),
    ('{"type":"BTN","button":0}', []),
    # blinds: `open` is per cent, `motion` is theirs
    ('{"type":"WCVR","open":30,"direction":"up","motion":true,"calibrated":true,"batt":60}', []),
    ('{"open":100,"motion":"yes","batt":140,"contact":"ajar"}', []),
]


@pytest.mark.parametrize(("payload", "expected"), TABLE)
def test_adverts(payload: str, expected: list[tuple[str, Value]]) -> None:
    assert roles(says(TheengsBle(), TOPIC, payload)) == expected


def test_a_sender_is_its_address_however_it_is_written() -> None:
    assert {one.who for one in says(TheengsBle(), TOPIC, BUTTON)} == {"BC:02:6E:AA:BB:CC"}
    assert {one.who for one in says(TheengsBle(), TOPIC, '{"batt":9}')} == {"BC:02:6E:AA:BB:CC"}
    codec = TheengsBle()
    assert says(codec, "home/x/BTtoMQTT/kitchen", '{"batt":9}') == ()
    assert codec.refused == {"no address": 1}


def test_one_packet_on_air_several_times_is_one_press() -> None:
    codec = TheengsBle()
    assert says(codec, TOPIC, BUTTON)
    assert says(codec, TOPIC, BUTTON, 1) == ()
    assert roles(says(codec, TOPIC, BUTTON.replace("29", "30"), 2))[0] == ("button", 1)
    assert says(codec, TOPIC, BUTTON, 3)


def test_each_key_of_a_remote_is_a_part_of_it() -> None:
    keys = '{"model_id":"SBBT-004CEU","packet":3,"batt":90,"button1":0,"button2":11,"button3":0,"button4":0}'
    told = says(TheengsBle(), TOPIC, keys)
    assert [(one.role, one.value, one.who) for one in told] == [
        ("battery", 90, "BC:02:6E:AA:BB:CC"),
        ("button", 11, "BC:02:6E:AA:BB:CC/button2"),
    ]


def test_an_encrypted_press_is_not_heard_and_that_is_counted() -> None:
    codec = TheengsBle()
    assert says(codec, TOPIC, '{"model_id":"SBBT_002C_ENCR","cipher":"aa","ctr":"01","mic":"bb"}') == ()
    assert codec.refused == {"encrypted advert": 1}


def test_the_packet_s_number_comes_round() -> None:
    codec = TheengsBle()
    assert says(codec, TOPIC, BUTTON)
    assert says(codec, TOPIC, BUTTON, 61)


def test_what_the_broker_kept_is_no_press() -> None:
    assert {one.origin for one in says(TheengsBle(), TOPIC, BUTTON, retained=True)} == {Origin.REPLAY}


@given(st.binary(max_size=200), st.booleans())
def test_stands_noise(noise: bytes, retained: bool) -> None:
    stands_noise(TheengsBle(), (TOPIC, "home/x/LWT", "/BTtoMQTT/", "x", ""), noise, retained)


KEYS = st.sampled_from(
    ["open", "motion", "contact", "button", "bpm", "batt", "volt", "packet", "mac", "type"]
)
LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9)


@given(st.dictionaries(KEYS, LEAVES | st.lists(LEAVES, max_size=2)))
def test_stands_any_values(advert: dict[str, object]) -> None:
    says(TheengsBle(), TOPIC, json.dumps(advert))


def test_topics_and_frames() -> None:
    assert make({}).topics == ("home/+/BTtoMQTT/+", "home/+/LWT")
    told, why = decode({"raw": {"topic": TOPIC, "payload": '{"type":"WCVR","open":30}'}})
    assert (list(told), why) == ([], None)
