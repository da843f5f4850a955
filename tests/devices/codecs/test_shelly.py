"""Shelly's messages: its API documentation, ioBroker.shelly's issues 813 and 1149, its script examples."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import roles, says, stands_noise

from devices.codecs.shelly import TOPICS, Shelly, decode, make
from devices.told import Told, Value
from rules.model import Origin

SMOKE = "shellyplussmoke-80646fd1xxyy/status/smoke:0"
BLU = (
    '{"encryption":false,"BTHome_version":2,"pid":59,"battery":46,"illuminance":0,"window":1,"rotation":0,'
    '"rssi":-50,"address":"0c:ef:f6:01:02:03"}'
)
PRESS = (
    '{"component":"script:1","name":"script","id":1,"info":{"component":"script:1","id":1,"event":"shelly-blu",'
    '"data":{"encryption":false,"BTHome_version":2,"pid":118,"battery":100,"button":1,"rssi":-76,'
    '"address":"0c:ef:f6:01:02:03"}}}'
)
TABLE: list[tuple[str, str, list[tuple[str, Value]]]] = [
    (SMOKE, '{"id":0,"alarm":false,"mute":false}', [("smoke", False)]),
    (SMOKE, '{"id":0,"alarm":true,"mute":true}', [("smoke", True)]),  # muted is not clear
    (SMOKE, '{"id":0,"mute":true}', []),
    ("shelly-x/status/flood:0", '{"id":0,"alarm":true,"mute":false}', [("water", True)]),
    ("shellyplusplugs-80646fd031f8/status/mqtt", '{"connected":true}', []),
    (
        "s/status/devicepower:0",
        '{"id":0,"battery":{"V":2.9,"percent":88},"external":{"present":false}}',
        [("battery", 88), ("battery_mv", 2900), ("mains", False)],
    ),
    ("shellies/shellysmoke-1/sensor/smoke", "true", [("smoke", True)]),
    ("shellies/shellysmoke-1/sensor/battery", "98", [("battery", 98)]),
    ("shellies/shellyflood-1/sensor/flood", "false", [("water", False)]),
    ("shellies/shellydw2-1/sensor/state", "open", [("contact_open", True)]),
    ("shellies/shellydw2-1/sensor/state", "close", [("contact_open", False)]),
    ("shellies/shellygas-1/sensor/gas", "heavy", [("gas", True)]),
    ("shellies/shellygas-1/sensor/gas", "test", [("test", True)]),
    ("shellies/shellydw2-1/sensor/lux", "120", []),
    (
        "shellies/shellymotionsensor-1/status",
        '{"motion":true,"timestamp":1620000000,"active":true,"vibration":false,"lux":3,"bat":91}',
        [("motion", True), ("vibration", False), ("battery", 91)],
    ),
    ("<log of a script>", BLU, [("contact_open", True), ("battery", 46)]),
    ("<MAC>", PRESS, [("button", 1), ("battery", 100)]),
]


@pytest.mark.parametrize(("topic", "payload", "expected"), TABLE)
def test_messages(topic: str, payload: str, expected: list[tuple[str, Value]]) -> None:
    assert roles(says(Shelly(), topic, payload)) == expected


def notice(method: str, **params: object) -> str:
    return json.dumps(
        {"src": "shellyplusi4-a8", "dst": "x", "method": method, "params": {"ts": 1.5, **params}}
    )


@pytest.mark.parametrize("topic", ["shellyplusi4-a8/events/rpc", "shellies/kitchen/events/rpc"])
def test_a_push_of_an_input_is_a_press_of_it(topic: str) -> None:
    push = notice(
        "NotifyEvent", events=[{"component": "input:2", "id": 2, "event": "single_push", "ts": 1.5}]
    )
    assert says(Shelly(), topic, push) == [Told("button", "single_push", "shellyplusi4-a8/input:2")]
    held = notice("NotifyEvent", events=[{"component": "input:2", "id": 2, "event": "btn_down"}, 7])
    assert says(Shelly(), topic, held) == []


def test_a_script_s_event_is_the_bluetooth_sensor_s() -> None:
    data = json.loads(BLU)
    event = {"component": "script:1", "id": 1, "event": "shelly-blu", "data": data}
    told = says(Shelly(), "s/events/rpc", notice("NotifyEvent", events=[event]))
    assert {one.who for one in told} == {"0C:EF:F6:01:02:03"}
    assert ("contact_open", True) in roles(told)


def test_a_notified_status_is_as_its_topic() -> None:
    told = says(Shelly(), "s/events/rpc", notice("NotifyStatus", **{"smoke:0": {"id": 0, "alarm": True}}))
    assert told == [Told("smoke", True, "shellyplusi4-a8")]


def test_a_wired_input_and_a_paired_sensor_are_codes_to_enrol() -> None:
    assert says(Shelly(), "s/status/input:1", '{"id":1,"state":true}') == [Told("rf_code", "ON", "s/input:1")]
    paired = says(Shelly(), "s/status/bthomesensor:200", '{"id":200,"value":false}')
    assert paired == [Told("rf_code", "OFF", "s/bthomesensor:200")]


def test_one_packet_that_two_shellies_hear_is_one_press() -> None:
    codec = Shelly()
    assert says(codec, "a", PRESS)
    assert says(codec, "b", PRESS, 1) == ()
    assert says(codec, "a", PRESS.replace("118", "119"), 2)


def test_an_encrypted_advert_is_counted() -> None:
    codec = Shelly()
    assert (
        says(codec, "a", '{"encryption":true,"BTHome_version":2,"pid":1,"address":"0c:ef:f6:01:02:03"}') == ()
    )
    assert codec.refused == {"encrypted advert": 1}


def test_gen1_repeats_its_last_press() -> None:
    codec, topic = Shelly(), "shellies/shellybutton1-1/input_event/0"
    first = says(codec, topic, '{"event":"S","event_cnt":7}')
    assert first == (Told("button", "S", "shellybutton1-1/input:0"),)
    assert says(codec, topic, '{"event":"S","event_cnt":7}', 3600) == ()
    assert says(codec, topic, '{"event":"S","event_cnt":8}', 3601)
    assert says(codec, topic, '{"event":"","event_cnt":0}', 3700) == ()


def test_a_sensor_that_sleeps_is_offline_by_design() -> None:
    awake = says(Shelly(), "shellyplussmoke-8/online", "true")
    assert awake == (Told("bridge_online", True, "shellyplussmoke-8", Origin.HEARTBEAT),)
    asleep = says(Shelly(), "shellies/shellysmoke-1/online", "false")
    assert asleep == (Told("bridge_online", False, "shellysmoke-1", Origin.REPLAY),)


def test_what_is_retained_is_a_memory() -> None:
    told = says(Shelly(), SMOKE, '{"id":0,"alarm":true}', retained=True)
    assert told == [Told("smoke", True, "shellyplussmoke-80646fd1xxyy", Origin.REPLAY)]


LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9)
VALUES = (
    LEAVES
    | st.lists(LEAVES, max_size=3)
    | st.dictionaries(st.sampled_from(["data", "battery", "pid"]), LEAVES)
)
KEYS = st.sampled_from(
    [
        "method",
        "src",
        "params",
        "events",
        "component",
        "event",
        "info",
        "data",
        "pid",
        "mac",
        "button",
        "alarm",
    ]
)


@given(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES)))
def test_stands_any_values(message: dict[str, object]) -> None:
    for topic in (
        SMOKE,
        "s/events/rpc",
        "x",
        "shellies/a/input_event/0",
        "shellies/a/info",
        "s/status/input:0",
    ):
        says(Shelly(), topic, json.dumps(message))


@given(st.binary(max_size=200), st.booleans())
def test_stands_noise(noise: bytes, retained: bool) -> None:
    topics = (SMOKE, "s/events/rpc", "online", "shellies/a/sensor/smoke", "shellies/a/info", "", "/")
    stands_noise(Shelly(), topics, noise, retained)


def test_topics_and_frames() -> None:
    assert make({}).topics == TOPICS
    assert make({"base": "home/#, blu/#"}).topics == ("home/#", "blu/#")
    assert decode({"raw": {"topic": SMOKE, "payload": "?"}}) == ((), "message is no JSON object")
