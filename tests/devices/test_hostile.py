"""Whatever a radio, a bridge or somebody on the broker sends: the codec counts it and goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from rules.model import Kind

DEEP = b"[" * 100_000 + b"]" * 100_000
HUGE = b"9" * 400
PAYLOADS = [
    DEEP,
    b'{"x":' + DEEP + b"}",
    b'{"battery":' + HUGE + b"}",
    b'{"battery":"' + HUGE + b'"}',
    b'{"battery":1e400}',
    b'{"linkquality":' + HUGE + b"}",
    b'{"last_seen":' + HUGE + b"}",
    b'{"last_seen":"0001-01-01T00:00:00+14:00"}',
    b'{"battery":1,"battery":2,"x":"\\ud800"}',
    b"\xff\xfe",
    b"",
    b"null",
]
TOPICS = ["hall/front door", "kitchen smoke", "bed/SOS", "bed/SOS/action", "0x02/availability"] + [
    f"bridge/{part}" for part in ("devices", "state", "event", "info")
]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_raises_and_the_next_press_is_heard(
    codec: Zigbee2Mqtt, say: Any, topic: str, payload: bytes
) -> None:
    say(topic, payload.decode("latin-1"))
    assert (Kind.SOS, 1.0, "event") in say("bed/SOS", {"action": "emergency"}, 60)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.integers(10**300, 10**320),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
names = [
    "contact",
    "occupancy",
    "smoke",
    "action",
    "battery",
    "linkquality",
    "last_seen",
    "water_leak_wire_1",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TOPICS), st.dictionaries(st.sampled_from(names), values))
def test_no_state_raises(codec: Zigbee2Mqtt, say: Any, topic: str, state: dict[str, Any]) -> None:
    say(topic, json.dumps(state))
