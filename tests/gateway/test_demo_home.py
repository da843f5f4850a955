"""The simulated home: as lively as recorded homes, decided by its seed, and in Zigbee2MQTT's own words."""

from __future__ import annotations

import json
import queue
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
import pytest

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from gateway.broker import Broker
from gateway.demo.home import BASE, day, played
from gateway.demo.radio import Radio
from gateway.demo.routine import Act, routine
from gateway.demo.sensors import HOME, inventory, sensor
from rules.model import DeviceId

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 11, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(30)]


def active(act: Act) -> bool:
    """An activation, as recorded homes count them: they have no ends and no repeats."""
    return (act.value is False) if sensor(act.sensor).model.kind == "contact" else (act.value is True)


def test_as_lively_as_recorded_homes() -> None:
    """Recorded homes (34 of TIHM): 376 activations on a median day."""
    counts = [sum(map(active, routine(7, d, ZONE))) for d in DAYS]
    assert 380 * 0.85 <= sum(counts) / len(counts) <= 380 * 1.15
    assert len(set(counts)) > 20


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_are_in_order_and_decided_by_the_seed(seed: int) -> None:
    for d in DAYS[:5]:
        messages = list(day(seed, d, ZONE))
        assert messages == list(day(seed, d, ZONE))
        assert all(a.at <= b.at for a, b in pairwise(messages))
        assert {m.at.astimezone(ZONE).date() for m in messages} <= {d, d + timedelta(days=1)}
    assert list(day(seed, FIRST, ZONE)) != list(day(seed + 1, FIRST, ZONE))


def test_a_day_has_its_shape() -> None:
    for d in DAYS:
        acts = routine(7, d, ZONE)
        night = [a for a in acts if a.at.hour < 5 and active(a)]
        kitchen = {a.at.hour for a in acts if a.sensor == "kitchen/motion"}
        bed = [a for a in acts if a.sensor == "bedroom/bed"]
        assert len(night) < 40
        assert kitchen & {6, 7, 8}
        assert bed[-1].value is True
        doors = Counter(a.value for a in acts if a.sensor == "hall/door")
        assert doors[True] == doors[False]


def test_every_sensor_repeats_its_state() -> None:
    messages = list(day(7, FIRST, ZONE))
    for one in HOME:
        heard = [m.at for m in messages if m.topic == f"{BASE}/{one.name}"]
        assert max((b - a for a, b in pairwise(heard)), default=timedelta(0)) < timedelta(
            seconds=one.beat + 60
        )


def test_states_are_whole_and_a_press_is_reset() -> None:
    noon = datetime(2026, 11, 1, 12, tzinfo=ZONE)
    messages = list(played([Act(noon, "bedroom/sos", "emergency")], 7, FIRST, ZONE))
    presses = [json.loads(m.payload)["action"] for m in messages if m.topic.endswith("/sos")]
    assert presses.count("emergency") == 1
    assert presses[presses.index("emergency") + 1] == ""
    for message in messages:
        assert {"battery", "linkquality", "last_seen"} <= json.loads(message.payload).keys()


def test_no_topic_the_embedded_broker_refuses() -> None:
    assert not [one.name for one in HOME if " " in one.name]


def test_the_codec_knows_every_sensor() -> None:
    codec = Zigbee2Mqtt(BASE, [DeviceId(one.ieee) for one in HOME])
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    codec.feed(f"{BASE}/bridge/devices", inventory(), now, True)
    acts = [
        Act(now, "kitchen/motion", True),
        Act(now, "hall/door", False),
        Act(now, "kitchen/smoke", True),
        Act(now, "bedroom/sos", "emergency"),
        Act(now, "bedroom/bed", False),
        Act(now, "bathroom/leak", True),
    ]
    seen = Counter[tuple[str, str, float]]()
    for message in played(acts, 7, FIRST, ZONE):
        for reading in codec.feed(message.topic, message.payload, now):
            seen[reading.device, reading.kind, reading.value] += 1
    for act, value in zip(acts, (1.0, 1.0, 1.0, 1.0, 0.0, 1.0), strict=True):
        one = sensor(act.sensor)
        assert seen[one.ieee, one.model.kind, value], (one.name, one.model.kind)
    assert not codec.refused


def test_radio_announces_the_bridge(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        radio = Radio(broker.host, broker.port)
        radio.start()
        radio.say("kitchen/motion", b'{"occupancy":true}')
        heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        ear = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        ear.on_message = lambda _c, _u, message: heard.put(message)
        ear.connect(broker.host, broker.port)
        ear.loop_start()
        ear.subscribe(f"{BASE}/#", qos=1)
        retained = {m.topic: m.payload for m in (heard.get(timeout=5), heard.get(timeout=5))}
        assert json.loads(retained[f"{BASE}/bridge/state"]) == {"state": "online"}
        assert len(json.loads(retained[f"{BASE}/bridge/devices"])) == len(HOME) + 1
        radio.stop()
        assert json.loads(heard.get(timeout=5).payload) == {"state": "offline"}
        ear.disconnect()
        ear.loop_stop()
