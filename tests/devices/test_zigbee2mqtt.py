"""Zigbee2MQTT's messages: what is an event, a heartbeat, a memory of the bridge, or noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.zigbee2mqtt import MAX_STATE, Zigbee2Mqtt
from rules.model import DeviceId, Kind, Origin

Say = Callable[..., list[tuple[Kind, float, str]]]
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def seen(after: float) -> str:
    return (NOON + timedelta(seconds=after)).isoformat()


def test_a_name_may_hold_slashes_and_an_id_may_be_the_address_or_the_name(codec: Zigbee2Mqtt) -> None:
    (reading,) = codec.feed("zigbee2mqtt/hall/front door", b'{"contact":false}', NOON)
    assert (reading.device, reading.kind, reading.value) == ("0x01", Kind.CONTACT, 1.0)
    (reading,) = codec.feed("zigbee2mqtt/kitchen smoke", b'{"smoke":true}', NOON)
    assert reading.device == "kitchen smoke"


def test_zigbee2mqtts_contact_is_true_when_closed(say: Say) -> None:
    assert say("hall/front door", {"contact": True}) == [(Kind.CONTACT, 0.0, "event")]


def test_a_press_and_its_reset(say: Say) -> None:
    assert say("bed/SOS", {"action": "emergency"}) == [(Kind.SOS, 1.0, "event")]
    assert say("bed/SOS", {"action": ""}, 1) == [(Kind.ONLINE, 1.0, "heartbeat")]
    assert say("bed/SOS", {"action": None}, 2) == [(Kind.ONLINE, 1.0, "heartbeat")]


def test_the_copy_of_a_press_on_its_action_topic_is_read_too(say: Say) -> None:
    assert say("bed/SOS/action", "emergency") == [(Kind.SOS, 1.0, "event")]
    assert say("bed/SOS/action", "unheard of") == []
    assert say("bed/SOS/action", "emergency", retained=True) == []


def test_a_retained_message_tells_what_was(say: Say) -> None:
    assert say("bed/SOS", {"action": "emergency"}, retained=True) == []
    assert say("0x02", {"occupancy": True}, retained=True) == [(Kind.MOTION, 1.0, "replay")]


def test_what_has_the_same_last_seen_is_repeated_from_memory_unless_at_once(say: Say) -> None:
    told = {"occupancy": True, "last_seen": seen(0)}
    assert say("0x02", told, 0.1) == [(Kind.MOTION, 1.0, "event")]
    assert say("0x02", told, 0.6) == [(Kind.MOTION, 1.0, "event")]  # published twice: the sieve's business
    assert say("0x02", told, 30) == [(Kind.MOTION, 1.0, "replay")]
    assert say("0x02", told, 30.5) == [(Kind.MOTION, 1.0, "replay")]
    assert say("0x02", told | {"last_seen": seen(40)}, 40) == [(Kind.MOTION, 1.0, "event")]


@pytest.mark.parametrize("last_seen", [seen(-600), int((NOON.timestamp() - 600) * 1000)])
def test_the_first_message_after_a_start_may_be_old(say: Say, last_seen: object) -> None:
    assert say("0x02", {"occupancy": True, "last_seen": last_seen}) == [(Kind.MOTION, 1.0, "replay")]


def test_a_press_is_never_in_the_cache(say: Say) -> None:
    told = {"action": "emergency", "last_seen": seen(-600)}
    assert say("bed/SOS", told) == [(Kind.SOS, 1.0, "event")]


def test_without_last_seen_the_first_word_after_the_bridges_start_is_memory(say: Say) -> None:
    assert say("0x02", {"occupancy": True}) == [(Kind.MOTION, 1.0, "event")]
    say("bridge/state", "online", 10)
    assert say("0x02", {"occupancy": True}, 11) == [(Kind.MOTION, 1.0, "replay")]
    assert say("0x02", {"occupancy": True}, 12) == [(Kind.MOTION, 1.0, "event")]
    say("bridge/state", "offline", 20)
    say("bridge/state", {"state": "online"}, 21)
    assert say("0x02", {"occupancy": True}, 60) == [(Kind.MOTION, 1.0, "event")]


@pytest.mark.parametrize("payload", ["online", '{"state":"online"}'])
def test_availability_of_1_x_and_2_x(say: Say, payload: str) -> None:
    assert say("0x02/availability", payload) == [(Kind.ONLINE, 1.0, "heartbeat")]
    assert say("0x02/availability", payload, retained=True) == [(Kind.ONLINE, 1.0, "replay")]


def test_that_the_bridge_misses_a_device_is_no_sign_that_it_lives(say: Say) -> None:
    assert say("0x02/availability", {"state": "offline"}) == [(Kind.ONLINE, 0.0, "replay")]
    left = {"type": "device_leave", "data": {"ieee_address": "0x02", "friendly_name": "0x02"}}
    assert say("bridge/event", left) == [(Kind.ONLINE, 0.0, "replay")]
    assert say("bridge/event", left | {"type": "device_announce"}) == [(Kind.ONLINE, 1.0, "heartbeat")]


def test_a_device_may_be_renamed_leave_and_join_while_running(
    codec: Zigbee2Mqtt, say: Say, listed: Callable[..., bytes]
) -> None:
    codec.feed("zigbee2mqtt/bridge/devices", listed(x01="porch/door"), NOON)
    assert say("porch/door", {"contact": False}) == [(Kind.CONTACT, 1.0, "event")]
    assert say("hall/front door", {"contact": False}) == []
    codec.feed("zigbee2mqtt/bridge/devices", listed(x01=None), NOON)
    assert say("porch/door", {"contact": False}) == []
    codec.feed("zigbee2mqtt/bridge/devices", listed(), NOON)
    assert say("hall/front door", {"contact": False}) == [(Kind.CONTACT, 1.0, "event")]


def test_a_renamed_device_is_remembered(codec: Zigbee2Mqtt, say: Say, listed: Callable[..., bytes]) -> None:
    told = {"contact": False, "last_seen": seen(0)}
    say("hall/front door", told)
    codec.feed("zigbee2mqtt/bridge/devices", listed(x01="porch"), NOON)
    assert say("porch", told, 60) == [(Kind.CONTACT, 1.0, "replay")]


def test_the_memory_of_one_run_serves_the_next(codec: Zigbee2Mqtt) -> None:
    assert codec.memory is not None
    after = Zigbee2Mqtt("zigbee2mqtt", [DeviceId("0x04")])
    assert after.feed("zigbee2mqtt/bed/SOS", b'{"action":"emergency"}', NOON) == ()
    assert after.refused == {"device before bridge/devices": 1}
    after.feed("zigbee2mqtt/bridge/devices", codec.memory, NOON, True)
    assert [r.kind for r in after.feed("zigbee2mqtt/bed/SOS", b'{"action":"emergency"}', NOON)] == [Kind.SOS]


def test_a_plain_button_is_an_sos_when_the_installer_says_so(say: Say, listed: Callable[..., bytes]) -> None:
    assert say("remote", {"action": "single"}) == [(Kind.BUTTON, 1.0, "event")]
    codec = Zigbee2Mqtt("z", [DeviceId("0x05")], {DeviceId("0x05"): frozenset({Kind.SOS})})
    codec.feed("z/bridge/devices", listed(), NOON)
    assert [r.kind for r in codec.feed("z/remote", b'{"action":"double"}', NOON)] == [Kind.SOS]
    assert [r.kind for r in codec.feed("z/remote", b'{"action":"release"}', NOON)] == [Kind.ONLINE]


def test_of_two_wires_either_is_a_leak(say: Say) -> None:
    assert say("leak", {"water_leak_wire_1": True, "water_leak_wire_2": False}) == [
        (Kind.WATER_LEAK, 1.0, "event")
    ]
    assert say("leak", {"water_leak_wire_2": False}) == [(Kind.WATER_LEAK, 1.0, "event")]
    assert say("leak", {"water_leak_wire_1": False}) == [(Kind.WATER_LEAK, 0.0, "event")]


def test_link_quality_is_told_when_it_moved_and_once_an_hour_at_most(say: Say) -> None:
    def told(link: int, after: float) -> bool:
        said = say("0x02", {"occupancy": True, "linkquality": link}, after)
        return (Kind.LINK, float(link), "event") in said

    assert [told(80, 0), told(20, 60), told(91, 3600), told(20, 7200)] == [True, False, False, True]


@pytest.mark.parametrize("battery", [97, 97.0, "97.00"])
def test_a_battery_may_be_written_as_text(say: Say, battery: object) -> None:
    assert say("bed/SOS", {"battery": battery}) == [(Kind.BATTERY, 97.0, "event")]


@pytest.mark.parametrize("smoke", [True, 1, "true", "True", "ON", "on"])
def test_a_danger_counts_however_its_yes_is_written(codec: Zigbee2Mqtt, say: Say, smoke: object) -> None:
    assert say("kitchen smoke", {"smoke": smoke}) == [(Kind.SMOKE, 1.0, "event")]
    assert not codec.refused


def test_a_closed_door_stays_closed_however_it_is_written(say: Say) -> None:
    assert say("hall/front door", {"contact": "true"}) == [(Kind.CONTACT, 0.0, "event")]
    assert say("hall/front door", {"contact": "OFF"}, 5) == [(Kind.CONTACT, 1.0, "event")]


def test_a_word_that_a_remote_did_not_declare_says_nothing_and_is_no_mistake(
    codec: Zigbee2Mqtt, say: Say
) -> None:
    assert [kind for kind, _, _ in say("dimmer", {"action": "toggle"})] == [Kind.ONLINE]
    assert say("dimmer", {"action": "off"}, 5) == [(Kind.BUTTON, 1.0, "event")]
    assert not codec.refused


@pytest.mark.parametrize("action", ["emergency", "EMERGENCY", "Emergency"])
def test_a_call_for_help_counts_in_any_case(say: Say, action: str) -> None:
    assert say("bed/SOS", {"action": action}) == [(Kind.SOS, 1.0, "event")]
    assert say("bed/SOS/action", action, 60) == [(Kind.SOS, 1.0, "event")]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("0x02", "{", "message is no JSON object"),
        ("0x02", "[1]", "message is no JSON object"),
        ("0x02", '{"occupancy":NaN}', "message is no JSON object"),
        ("0x02", "[" * 60_000, "message is no JSON object"),
        ("0x02", '{"x":"' + "y" * MAX_STATE + '"}', "message too big"),
        ("0x02", '{"occupancy":"yes"}', "motion says no known value"),
        ("0x02", '{"occupancy":[true]}', "motion says no known value"),
        ("0x02", '{"battery":"full"}', "battery is no number"),
        ("0x02", '{"battery":1e999}', "message is no JSON object"),
        ("0x02", '{"battery":true}', "battery is no number"),
        ("0x02/availability", "perhaps", "availability neither online nor offline"),
        ("neighbour", '{"occupancy":true}', "device not enrolled"),
        ("nobody", '{"occupancy":true}', "device not enrolled"),
        ("bridge/devices", '{"a":1}', "bridge/devices is no list of devices"),
        ("bridge/event", "x", "bridge/event is no JSON object"),
    ],
)
def test_what_cannot_be_read_is_counted(
    codec: Zigbee2Mqtt, say: Say, topic: str, payload: str, reason: str
) -> None:
    assert all(kind is Kind.ONLINE for kind, _, _ in say(topic, payload))
    assert codec.refused == {reason: 1}


def test_a_broken_list_leaves_the_last_good_one_in_force(codec: Zigbee2Mqtt, say: Say) -> None:
    say("bridge/devices", "[")
    assert say("0x02", {"occupancy": True}) == [(Kind.MOTION, 1.0, "event")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["occupancy", "battery", "last_seen", "linkquality", "action", "state", "type", "data"]
)
topics = st.sampled_from(
    [
        "0x02",
        "bed/SOS",
        "bed/SOS/action",
        "0x02/availability",
        "bridge/state",
        "bridge/event",
        "bridge/devices",
    ]
)


@given(
    topic=topics, payload=st.dictionaries(names, json_values).map(json.dumps).map(str.encode) | st.binary()
)
def test_nothing_that_arrives_raises(topic: str, payload: bytes) -> None:
    codec = Zigbee2Mqtt("z", [DeviceId("0x02")])
    exposes = [
        {"type": "binary", "property": "occupancy", "access": 1, "value_on": True, "value_off": False},
        {"type": "numeric", "property": "battery", "access": 1},
    ]
    device = {"ieee_address": "0x02", "friendly_name": "0x02", "type": "EndDevice"}
    device |= {"definition": {"vendor": "", "model": "", "exposes": exposes}}  # type: ignore[dict-item]
    codec.feed("z/bridge/devices", json.dumps([device]).encode(), NOON)
    for reading in codec.feed(f"z/{topic}", payload, NOON):
        assert reading.at == NOON
        assert reading.origin in Origin
        assert reading.value in (0.0, 1.0) or reading.kind in (Kind.BATTERY, Kind.LINK)


@given(st.lists(json_values) | json_values)
def test_no_list_of_devices_raises(rows: object) -> None:
    codec = Zigbee2Mqtt("z", [DeviceId("0x02")])
    codec.feed("z/bridge/devices", json.dumps(rows).encode(), NOON)
