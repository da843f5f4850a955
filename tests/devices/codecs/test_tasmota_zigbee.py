"""Tasmota as a Zigbee bridge; messages of its issues 9945, 14096, pull request 9759 and its documentation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import roles, says, stands_noise

from devices.codecs.tasmota_zigbee import TasmotaZigbee, decode, make
from devices.told import Told, Value
from rules.model import Origin

TOPIC = "tele/zbbridge/SENSOR"
MOTION = (
    '{"ZbReceived":{"0x5E8D":{"Device":"0x5E8D","0500<00":"010000000000","ZoneStatusChange":1,"Occupancy":1,'
    '"Endpoint":1,"LinkQuality":58}}}'
)
TIMER = '{"ZbReceived":{"hall":{"Device":"0x5E8D","Name":"hall","Occupancy":0}}}'
INFO = (
    '{"ZbInfo":{"DeurBijkeuken":{"Device":"0xD04A","Name":"DeurBijkeuken","IEEEAddr":"0x00124B002929DA36",'
    '"ZoneType":21,"ZoneStatus":12544,"Reachable":true,"BatteryPercentage":100,"LastSeen":1035}}}'
)


def zone(address: str, bits: int) -> str:
    part = {"Device": address, "ZoneStatusChange": bits, "Endpoint": 1, "LinkQuality": 110}
    return json.dumps({"ZbReceived": {address: part}})


def test_motion_is_an_event() -> None:
    told = says(TasmotaZigbee(), TOPIC, MOTION)
    assert Told("motion", True, "0x5E8D", Origin.EVENT) in told


def test_a_timer_s_clear_is_no_event() -> None:
    assert says(TasmotaZigbee(), TOPIC, TIMER) == [Told("motion", False, "hall", Origin.SYNTHETIC)]


def test_contact_1_is_open() -> None:
    part = '{"Device":"0x662E","Name":" door_sensor","ZoneStatusChange":33,"Contact":1,"Endpoint":1}'
    told = says(TasmotaZigbee(), TOPIC, f'{{"ZbReceived":{{"0x662E":{part}}}}}')
    assert ("contact_open", True) in roles(told)
    assert {one.who for one in told} == {"door_sensor"}


def test_a_state_dump_is_no_event() -> None:
    assert says(TasmotaZigbee(), TOPIC, INFO) == [Told("battery", 100, "DeurBijkeuken", Origin.REPLAY)]


def test_the_zone_s_type_says_what_its_bits_mean_also_after_a_restart() -> None:
    codec = TasmotaZigbee()
    assert ("contact_open", True) not in roles(says(codec, TOPIC, zone("0xD04A", 1)))
    says(codec, TOPIC, INFO)
    assert ("contact_open", True) in roles(says(codec, TOPIC, zone("0xD04A", 1)))
    again = TasmotaZigbee()
    again.recall(codec.memory or b"")
    assert ("contact_open", False) in roles(says(again, TOPIC, zone("0xD04A", 0)))


ZONES: list[tuple[str, int, tuple[str, Value]]] = [
    ('"ZoneType":40', 1, ("smoke", True)),
    ('"ZoneType":42', 1, ("water", True)),
    ('"ZoneType":43', 1, ("co", True)),
    ('"ZoneType":44', 2, ("sos", True)),
    ('"ZoneType":271', 2, ("sos", True)),
    ('"ZoneType":40', 4, ("tamper", True)),
    ('"ZoneType":40', 8, ("battery_low", True)),
    ('"ZoneType":40', 256, ("test", True)),
    ('"ModelId":"lumi.sensor_wleak.aq1"', 1, ("water", True)),
    ('"ZoneType":43,"ModelId":"lumi.sensor_natgas"', 1, ("gas", True)),
]


@pytest.mark.parametrize(("known", "bits", "expected"), ZONES)
def test_zones(known: str, bits: int, expected: tuple[str, Value]) -> None:
    codec = TasmotaZigbee()
    says(codec, TOPIC, f'{{"ZbInfo":{{"0x898E":{{"Device":"0x898E",{known}}}}}}}')
    assert expected in roles(says(codec, TOPIC, zone("0x898E", bits)))


def test_an_sos_has_no_off() -> None:
    codec = TasmotaZigbee()
    says(codec, TOPIC, '{"ZbInfo":{"0x1":{"Device":"0x1","ZoneType":44}}}')
    assert "sos" not in dict(roles(says(codec, TOPIC, zone("0x1", 0))))


def test_an_emergency_command_is_an_sos() -> None:
    told = says(TasmotaZigbee(), TOPIC, '{"ZbReceived":{"0x9":{"0501!02":"","Endpoint":1}}}')
    assert told == [Told("sos", True, "0x9")]


def test_a_wired_input_is_a_code_to_enrol_and_its_repetition_a_heartbeat() -> None:
    codec = TasmotaZigbee()
    report = '{"Time":"2026-11-21T12:00:00","Switch1":"ON","AM2301":{"Temperature":21}}'
    assert says(codec, "tele/hall/SENSOR", report) == [Told("rf_code", "ON", "hall/Switch1")]
    assert [one.origin for one in says(codec, "tele/hall/SENSOR", report, 300)] == [Origin.HEARTBEAT]
    off = says(codec, "stat/hall/RESULT", '{"Switch1":{"Action":"OFF"}}', 400)
    assert off == [Told("rf_code", "OFF", "hall/Switch1")]


def test_what_is_retained_is_a_memory() -> None:
    assert {one.origin for one in says(TasmotaZigbee(), TOPIC, MOTION, retained=True)} == {Origin.REPLAY}


def test_a_damaged_memory_is_forgotten() -> None:
    codec = TasmotaZigbee()
    codec.recall(b"\xff{")
    assert codec.refused == {"memory is damaged": 1}


LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9)
KEYS = st.sampled_from(
    ["Contact", "Occupancy", "ZoneStatusChange", "ZoneType", "ModelId", "Name", "Device", "0501!02", "click"]
)


@given(st.sampled_from(["ZbReceived", "ZbInfo", "Switch1"]), st.dictionaries(KEYS, LEAVES) | LEAVES)
def test_stands_any_values(name: str, part: object) -> None:
    says(TasmotaZigbee(), TOPIC, json.dumps({name: {"0x1": part}}))
    says(TasmotaZigbee(), TOPIC, json.dumps({name: part}))


@given(st.binary(max_size=200), st.booleans())
def test_stands_noise(noise: bytes, retained: bool) -> None:
    stands_noise(TasmotaZigbee(), (TOPIC, "tele/x/LWT", "/SENSOR", ""), noise, retained)


def test_topics_and_frames() -> None:
    assert make({"base": "tele/zb"}).topics[0] == "tele/zb/SENSOR"
    assert decode({"raw": {"topic": TOPIC, "payload": "?"}}) == ((), "message is no JSON object")
