"""Home Assistant's discovery; announcements of Zigbee2MQTT#7184, EMS-ESP32#1360, ESPHome, OpenMQTTGateway."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import AT, roles, says, stands_noise

from devices.codecs.ha_discovery import HaDiscovery, decode, make
from devices.told import Told, Value
from rules.model import Origin

HEAD = "homeassistant/binary_sensor/0x0012/smoke/config"
SMOKE = json.dumps(
    {
        "availability": [{"topic": "zigbee2mqtt/bridge/state"}, {"topic": "zigbee2mqtt/0x0012/availability"}],
        "availability_mode": "all",
        "device": {"identifiers": ["zigbee2mqtt_0x0012"], "manufacturer": "Climax", "name": "0x0012"},
        "device_class": "smoke",
        "payload_off": False,
        "payload_on": True,
        "state_topic": "zigbee2mqtt/0x0012",
        "unique_id": "0x0012_smoke_zigbee2mqtt",
        "value_template": "{{ value_json.smoke }}",
    }
)
ESPHOME = json.dumps(  # short keys; device identifiers are one text
    {
        "dev_cla": "door",
        "name": "Front door",
        "stat_t": "hall/binary_sensor/front_door/state",
        "avty_t": "hall/status",
        "uniq_id": "ESPbinary_sensorfront_door",
        "dev": {
            "ids": "a4cf12b3c4d5",
            "name": "hall",
            "sw": "esphome v2026.6.5",
            "mdl": "esp32",
            "mf": "espressif",
        },
    }
)


def announced(config: str, topic: str = "homeassistant/binary_sensor/x/config") -> HaDiscovery:
    codec = HaDiscovery()
    says(codec, topic, config, retained=True)
    return codec


def small(**config: object) -> str:
    return json.dumps({"uniq_id": "u", "stat_t": "s", **config})


def test_a_smoke_detector_announces_itself_and_speaks() -> None:
    codec = HaDiscovery()
    who = "zigbee2mqtt_0x0012/0x0012_smoke_zigbee2mqtt"
    assert says(codec, HEAD, SMOKE) == [Told("onboard", "smoke", who, Origin.REPLAY)]
    assert says(codec, "zigbee2mqtt/0x0012", '{"smoke":true,"battery":80}') == [Told("smoke", True, who)]
    assert says(codec, "zigbee2mqtt/0x0012", '{"smoke":false}') == [Told("smoke", False, who)]
    assert says(codec, "zigbee2mqtt/0x0012", '{"battery":80}') == []
    assert says(codec, "zigbee2mqtt/other", '{"smoke":true}') == []
    assert not codec.refused


def test_an_esphome_node() -> None:
    codec, who = announced(ESPHOME), "a4cf12b3c4d5/ESPbinary_sensorfront_door"
    assert says(codec, "hall/binary_sensor/front_door/state", "ON") == [Told("contact_open", True, who)]
    assert says(codec, "hall/status", "online") == [
        Told("device_online", True, "a4cf12b3c4d5", Origin.HEARTBEAT)
    ]
    assert says(codec, "hall/status", "offline") == [
        Told("device_online", False, "a4cf12b3c4d5", Origin.REPLAY)
    ]
    assert says(codec, "hall/status", "rebooting") == []


def test_a_whole_device_announces_its_parts() -> None:
    config = {
        "dev": {"ids": ["node"]},
        "o": {"name": "x"},
        "~": "node",
        "avty_t": "~/there",
        "cmps": {
            "door": {"p": "binary_sensor", "dev_cla": "door", "stat_t": "~/door"},
            "level": {"p": "sensor", "dev_cla": "battery", "unit_of_meas": "%", "stat_t": "~/level"},
            "lamp": {"p": "light", "cmd_t": "~/lamp/set"},
        },
    }
    codec = announced(json.dumps(config), "homeassistant/device/node/config")
    assert roles(says(codec, "node/door", "ON")) == [("contact_open", True)]
    assert roles(says(codec, "node/level", "87")) == [("battery", 87)]
    assert [one.who for one in says(codec, "node/there", "online")] == ["node"]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"state_topic": "~/state"}, "undefined base topic"),
        ({"state_topic": "a/#"}, "a topic with wildcards"),
        ({"state_topic": None}, "no state topic"),
        ({"value_template": "{{ value | md5 }}"}, "template not understood: filter md5"),
        (
            {"availability": {"topic": "t", "value_template": "{{ now() }}"}},
            "template not understood: name now",
        ),
        ({"payload_on": "X", "payload_off": "x"}, "payload_on and payload_off are the same"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(config: dict[str, object], why: str) -> None:
    codec = announced(json.dumps({"state_topic": "s", "device_class": "door", **config}))
    assert codec.refused == {why: 1}
    assert says(codec, "s", "ON") == []


@pytest.mark.parametrize(
    ("config", "payload", "expected"),
    [
        ({"dev_cla": "motion", "pl_on": 1}, "1", [("motion", True)]),
        ({"dev_cla": "moisture"}, "ON", [("water", True)]),
        ({"dev_cla": "carbon_monoxide"}, "OFF", [("co", False)]),
        ({"dev_cla": "occupancy"}, "ON", [("presence", True)]),
        ({"dev_cla": "battery"}, "ON", [("battery_low", True)]),
        ({"dev_cla": "connectivity"}, "ON", [("device_online", True)]),
        ({"dev_cla": "safety", "name": "SOS cord"}, "ON", [("sos", True)]),
        ({"dev_cla": "safety", "name": "Cupboard"}, "ON", [("alarm", True)]),
        ({"name": "Bed occupied"}, "ON", [("bed", True)]),
        ({"dev_cla": "none", "name": "Button"}, "OFF", []),
        ({"dev_cla": "sound"}, "ON", []),
        ({"dev_cla": "door"}, "ajar", []),
        ({"dev_cla": "door"}, "unavailable", []),
    ],
)
def test_binary_sensors(config: dict[str, object], payload: str, expected: list[tuple[str, Value]]) -> None:
    assert roles(says(announced(small(**config)), "s", payload)) == expected


@pytest.mark.parametrize(
    ("config", "payload", "expected"),
    [
        (
            {"dev_cla": "battery", "unit_of_meas": "%", "val_tpl": "{{ value_json.batt | is_defined }}"},
            '{"batt":64}',
            [("battery", 64)],
        ),
        ({"name": "Heart rate", "unit_of_meas": "bpm"}, "71", [("heart_rate", 71)]),
        ({"name": "Respiratory rate", "unit_of_meas": "bpm"}, "0", []),
        ({"name": "SpO2", "unit_of_meas": "%"}, "96", [("spo2", 96)]),
        ({"dev_cla": "water", "unit_of_meas": "m³"}, "1.5", [("water_volume", 1500)]),
        ({"dev_cla": "battery", "unit_of_meas": "V"}, "3", []),
        ({"dev_cla": "temperature", "unit_of_meas": "°C"}, "21", []),
        (
            {"name": "Action", "val_tpl": "{{ value_json.action }}"},
            '{"action":"emergency"}',
            [("sos", "emergency")],
        ),
        (
            {"name": "Action", "val_tpl": "{{ value_json.action }}"},
            '{"action":"single"}',
            [("button", "single")],
        ),
        ({"name": "Action", "val_tpl": "{{ value_json.action }}"}, '{"action":null}', []),
    ],
)
def test_sensors(config: dict[str, object], payload: str, expected: list[tuple[str, Value]]) -> None:
    codec = announced(small(**config), "homeassistant/sensor/x/config")
    assert roles(says(codec, "s", payload)) == expected


def test_events_and_triggers() -> None:
    codec = announced(small(event_types=["single", "panic"]), "homeassistant/event/x/config")
    assert roles(says(codec, "s", '{"event_type":"panic"}')) == [("sos", "panic")]
    assert roles(says(codec, "s", "{}")) == []
    trigger = {
        "atype": "trigger",
        "type": "action",
        "stype": "emergency",
        "pl": "emergency",
        "t": "z/b/action",
    }
    codec = announced(json.dumps(trigger), "homeassistant/device_automation/z/emergency/config")
    assert roles(says(codec, "z/b/action", "emergency")) == [("sos", True)]
    assert roles(says(codec, "z/b/action", "single")) == []


def test_an_sos_that_stays_on_is_one_press() -> None:
    codec = announced(small(dev_cla="safety", name="sos"))
    said = [(second, payload) for second, payload in enumerate(["ON", "ON", "OFF", "ON"])]
    assert [len(says(codec, "s", payload, second)) for second, payload in said] == [1, 0, 0, 1]
    assert len(says(codec, "s", "ON", 700)) == 1  # its release was lost


def test_what_the_broker_kept_hides_no_press() -> None:
    codec = announced(small(dev_cla="safety", name="sos"))
    assert [one.origin for one in says(codec, "s", "ON", retained=True)] == [Origin.REPLAY]
    assert [one.origin for one in says(codec, "s", "ON", 1)] == [Origin.EVENT]


def test_motion_without_a_clear_ends_by_itself() -> None:
    delayed = announced(small(dev_cla="motion", off_dly=30))
    assert says(delayed, "s", "ON") == [Told("motion", True, "u", lasts=timedelta(seconds=30))]
    expiring = announced(small(dev_cla="motion", exp_aft=300))
    assert says(expiring, "s", "ON") == [Told("motion", True, "u", lasts=timedelta(seconds=300))]


def test_a_door_of_which_nothing_was_heard_was_not_shut_by_that() -> None:
    codec = announced(small(dev_cla="door", exp_aft=300))
    assert says(codec, "s", "ON") == [Told("contact_open", True, "u")]


def test_all_must_be_there_where_all_are_asked() -> None:
    codec = announced(SMOKE, HEAD)
    assert not says(codec, "zigbee2mqtt/bridge/state", "online")[0].value
    assert says(codec, "zigbee2mqtt/0x0012/availability", "online")[0].value
    assert not says(codec, "zigbee2mqtt/bridge/state", "offline")[0].value


def test_it_is_remembered_over_a_restart_and_withdrawn() -> None:
    codec = announced(ESPHOME)
    memory = codec.memory
    assert codec.memory is memory
    again = HaDiscovery()
    again.recall(memory or b"")
    assert says(again, "hall/binary_sensor/front_door/state", "ON")
    assert says(again, "homeassistant/binary_sensor/x/config", "") == ()
    assert says(again, "hall/binary_sensor/front_door/state", "OFF") == []
    again.recall(b"[]")
    assert again.refused == {"memory is damaged": 1}


def test_identity_falls_back_on_the_place_of_the_announcement() -> None:
    codec = HaDiscovery()
    told = says(codec, "homeassistant/binary_sensor/wyze/front/config", '{"stat_t":"s","dev_cla":"door"}')
    assert [one.who for one in told] == ["wyze_front"]


KEYS = st.sampled_from(
    [
        "~",
        "stat_t",
        "dev_cla",
        "val_tpl",
        "avty",
        "avty_t",
        "dev",
        "ids",
        "cns",
        "cmps",
        "p",
        "pl_on",
        "off_dly",
        "t",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from(["~/a", "s", "{{ value }}", "door"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(st.sampled_from(["binary_sensor", "sensor", "event", "device", "light"]), st.dictionaries(KEYS, TREES))
def test_stands_any_announcement(component: str, config: dict[str, object]) -> None:
    codec = HaDiscovery()
    says(codec, f"homeassistant/{component}/x/config", json.dumps(config))
    for topic in ("s", "", "a"):
        says(codec, topic, "ON")
    codec.recall(codec.memory or b"{}")


@given(st.binary(max_size=200), st.booleans())
def test_stands_noise(noise: bytes, retained: bool) -> None:
    codec = announced(ESPHOME)
    topics: Sequence[str] = (
        HEAD,
        "hall/status",
        "hall/binary_sensor/front_door/state",
        "homeassistant//config",
        "",
    )
    stands_noise(codec, topics, noise, retained)


def test_topics_and_frames() -> None:
    assert make({}).topics == ("#",)
    assert make({"topics": "homeassistant/#, hall/#"}).topics == ("homeassistant/#", "hall/#")
    assert decode({"raw": {"topic": HEAD, "payload": ""}}) == ((), "empty announcement")
    assert AT.tzinfo is not None
