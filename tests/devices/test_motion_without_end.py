"""Motion that no sensor ends, or whose end the air lost: each new one is a sign of life all the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from devices.codecs.enocean_esp3 import crc8
from devices.families import MqttCodec, SerialCodec, find
from devices.sieve import Seen, sift
from devices.told_readings import Enrolled, Meaning, ToldReader, TopicToldReader
from rules.hazards import Hazards
from rules.home import Device, Home
from rules.model import DeviceId, HomeId, Kind, Origin, Reading, Tick
from rules.trust import Part, doubts

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PIR = DeviceId("pir")
MINUTES = timedelta(minutes=1)
EVENT = Origin.EVENT
VALUE = "{{ value_json }}"

Said = tuple[str, object] | bytes  # topic and message, or bytes
Feed = Callable[[Said, datetime], Sequence[Reading]]


@dataclass(frozen=True, slots=True)
class Sensor:
    """How one sensor says that somebody moves, and (where it can) that nobody does."""

    family: str
    who: str
    moves: Sequence[Said]  # two motions as they go over the line
    rests: Said | None = None
    codes: Mapping[tuple[str, str], Meaning] = field(default_factory=dict)
    kinds: frozenset[Kind] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)
    before: Sequence[Said] = ()

    def feed(self) -> Feed:
        """Its codec, fresh, with the reader that only knows this sensor."""
        enrolled = Enrolled({self.who: PIR}, self.codes, {PIR: self.kinds})
        codec = find(self.family).make(self.options)
        if find(self.family).transport == "mqtt":
            topics = TopicToldReader(cast(MqttCodec, codec), enrolled)
            feed = lambda said, at: topics.feed(said[0], json.dumps(said[1]).encode(), at)  # noqa: E731
        else:
            feed = ToldReader(cast(SerialCodec, codec), enrolled).feed
        for one in self.before:
            feed(one, AT - timedelta(days=1))
        return feed


def motions(feed: Feed, *said: tuple[Said, timedelta]) -> list[tuple[float, Origin]]:
    """What of the motion is kept: value and origin."""
    seen, found = Seen(), []
    for one, after in said:
        seen, kept = sift(seen, feed(one, AT + after), AT + after)
        found += [(r.value, r.origin) for r in kept if r.kind is Kind.MOTION]
    return found


def events(feed: Feed, *said: tuple[Said, timedelta]) -> int:
    """How many signs of life these are."""
    return sum(value > 0 and origin is EVENT for value, origin in motions(feed, *said))


def aqara(model: str, **said: str) -> Said:
    return "aqara", {"cmd": "report", "model": model, "sid": "158d0000f12222", "params": [said]}


def rtl(model: str, **said: object) -> Said:
    return "rtl_433/x/events", {"model": model, "id": 7, **said}


def ge(raw: str) -> Said:
    return rtl("Interlogix-Security", subtype="motion", raw_message=raw)


def packet(*data: int) -> bytes:
    return bytes((len(data), *data))


def enocean(pirs: int) -> bytes:
    """A5-07-01: over 127 somebody is there."""
    data, sender = bytes((0xA5, 0, 0, pirs, 0x08)), bytes.fromhex("05A0661B")
    head = bytes((0, len(data) + 5, 7, 1))
    body = data + sender + b"\x80" + bytes.fromhex("01FFFFFFFF4E00")
    return b"\x55" + head + bytes((crc8(head),)) + body + bytes((crc8(body),))


def advert(number: int, motion: bool, **more: object) -> Said:
    said = {"motion": motion, "packet": number, "mac": "60:EF:AB:AA:BB:CC", **more}
    return "home/omg/BTtoMQTT/60EFABAABBCC", said


def blu(number: int, motion: int) -> Said:
    said = {"BTHome_version": 2, "pid": number, "motion": motion, "address": "60:ef:ab:aa:bb:cc"}
    return "shellies/blu", said


def uplink(state: int) -> Said:
    said = {"model": "WS202", "devEUI": "24E124538C000001", "data": f"0300{state:02x}"}
    return "milesight/uplink", said


ENDLESS = {
    "aqara-v2": Sensor(
        "aqara-lan", "158d0000f12222", [aqara("sensor_motion.aq2", motion_status="motion")] * 2
    ),
    "aqara-v1": Sensor("aqara-lan", "158d0000f12222", [aqara("motion", status="motion")] * 2),
    # rtl_433_tests, interlogix: a motion's three first bits count the sender's transmissions
    "interlogix": Sensor("rtl_433", "Interlogix-Security/7", [ge("e91528"), ge("091528")]),
    "interlogix, as many later": Sensor("rtl_433", "Interlogix-Security/7", [ge("e91528")] * 2),
    "flex": Sensor("rtl_433", "hall-pir/7", [rtl("hall-pir", count=3, num_rows=1, rows=[])] * 2),
    "old kerui": Sensor("rtl_433", "Kerui PIR Sensor/7", [rtl("Kerui PIR Sensor", data="0xa (motion)")] * 2),
    "visonic": Sensor(
        *("rtl_433", "Visonic-Powercode/7", [rtl("Visonic-Powercode", alarm=1)] * 2),
        kinds=frozenset({Kind.MOTION}),
    ),
    "kerui's code": Sensor(
        *("rtl_433", "Kerui-Security/7", [rtl("Kerui-Security", cmd=10)] * 2),
        codes={("Kerui-Security/7", "10"): (Kind.MOTION, 1.0)},
    ),
    "rflink": Sensor(
        "rflink", "Pir/aa66", [b"20;12;Pir;ID=aa66;PIR=ON;\r\n", b"20;99;Pir;ID=aa66;PIR=ON;\r\n"]
    ),
    "rflink's code": Sensor(
        *("rflink", "EV1527/0d2c7", [b"20;12;EV1527;ID=0d2c7;SWITCH=1e;CMD=ON;\r\n"] * 2),
        codes={("EV1527/0d2c7", "0d2c7/1e"): (Kind.MOTION, 1.0)},
    ),
    "rfxtrx x10": Sensor(
        "rfxtrx", "x10-motion/5fea00", [packet(0x20, 1, n, 0x5F, 0xEA, 0, 4, 0x89) for n in (1, 9)]
    ),
    "rfxtrx visonic": Sensor(
        "rfxtrx", "visonic-motion/5fea00", [packet(0x20, 5, n, 0x5F, 0xEA, 0, 2, 0x89) for n in (1, 9)]
    ),
    "lighting4": Sensor(
        *("rfxtrx", "lighting4/D2C71", [packet(0x13, 0, n, 0xD2, 0xC7, 0x1E, 1, 0x5E, 0x70) for n in (1, 9)]),
        codes={("lighting4/D2C71", "D2C71E"): (Kind.MOTION, 1.0)},
    ),
    "efm8": Sensor(
        *("sonoff-efm8", "efm8/D2C71", [bytes.fromhex("AAA430B601A404C4D2C71E55")] * 2),
        codes={("efm8/D2C71", "D2C71E"): (Kind.MOTION, 1.0)},
    ),
    "tasmota-rf": Sensor(
        *("tasmota-rf", "D2C71", [("tele/rf/RESULT", {"RfReceived": {"Data": "D2C71E"}})] * 2),
        codes={("D2C71", "D2C71E"): (Kind.MOTION, 1.0)},
    ),
    "omg-rf": Sensor(
        *("omg-rf", "D2C71", [("home/omg/433toMQTT", {"value": 0xD2C71E, "length": 24})] * 2),
        codes={("D2C71", "D2C71E"): (Kind.MOTION, 1.0)},
    ),
    "xiaomi night light": Sensor(
        "theengs-ble",
        "60:EF:AB:AA:BB:CC",
        [advert(1, True, model_id="MUE4094RT"), advert(2, True, model_id="MUE4094RT")],
    ),
    "off_delay": Sensor(
        *("ha-discovery", "u", [("hall/pir", "ON")] * 2),
        before=[
            (
                "homeassistant/binary_sensor/pir/config",
                {"uniq_id": "u", "stat_t": "hall/pir", "dev_cla": "motion", "off_dly": 30, "val_tpl": VALUE},
            )
        ],
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_two_motions_five_minutes_apart_are_two_signs_of_life(name: str) -> None:
    first, second = ENDLESS[name].moves
    assert events(ENDLESS[name].feed(), (first, 0 * MINUTES), (second, 5 * MINUTES)) == 2


@pytest.mark.parametrize("name", ENDLESS)
def test_copies_of_one_transmission_are_one_sign_of_life(name: str) -> None:
    first = ENDLESS[name].moves[0]
    copies = [(first, timedelta(seconds=n / 2)) for n in range(8)]
    assert events(ENDLESS[name].feed(), *copies) == 1


@pytest.mark.parametrize("name", ENDLESS)
def test_a_restart_takes_no_motion_away(name: str) -> None:
    """The sieve is rebuilt from the journal, the codec and its reader are not."""
    first, second = ENDLESS[name].moves
    seen, _ = sift(Seen(), ENDLESS[name].feed()(first, AT), AT)
    later = AT + 5 * MINUTES
    _, kept = sift(seen, ENDLESS[name].feed()(second, later), later)
    assert [r.origin for r in kept if r.kind is Kind.MOTION and r.value] == [EVENT]


LOSSY = {  # sensor, how long one may say nothing before its motion counts as over
    "enocean": (
        Sensor(
            *("enocean-esp3", "05A0661B", [enocean(200)] * 2, enocean(0)),
            options={"profiles": "05A0661B=A5-07-01"},
        ),
        timedelta(seconds=250),
    ),
    "theengs": (
        Sensor("theengs-ble", "60:EF:AB:AA:BB:CC", [advert(1, True), advert(3, True)], advert(2, False)),
        timedelta(hours=1),
    ),
    "shelly blu": (
        Sensor(
            *("shelly", "60:EF:AB:AA:BB:CC", [blu(1, 1), blu(3, 1)], blu(2, 0)),
            options={"base": "shellies/blu"},
        ),
        timedelta(hours=1),
    ),
    "milesight": (
        Sensor("milesight-lorawan", "24E124538C000001", [uplink(1)] * 2, uplink(0)),
        timedelta(hours=1),
    ),
    "expire_after": (
        Sensor(
            *("ha-discovery", "u", [("hall/pir", "ON")] * 2, ("hall/pir", "OFF")),
            before=[
                (
                    "homeassistant/binary_sensor/pir/config",
                    {
                        "uniq_id": "u",
                        "stat_t": "hall/pir",
                        "dev_cla": "motion",
                        "exp_aft": 600,
                        "val_tpl": VALUE,
                    },
                )
            ],
        ),
        timedelta(seconds=600),
    ),
}
RADIO = {  # each transmission is one of its own, whether its end came or not
    "rfxtrx": Sensor(
        *("rfxtrx", "x10-motion/5fea00", ENDLESS["rfxtrx x10"].moves),
        rests=packet(0x20, 1, 5, 0x5F, 0xEA, 0, 5, 0x89),
    ),
    "rflink": Sensor(
        *("rflink", "Pir/aa66", ENDLESS["rflink"].moves), rests=b"20;50;Pir;ID=aa66;PIR=OFF;\r\n"
    ),
    "visonic": Sensor(
        *("rtl_433", "Visonic-Powercode/7", ENDLESS["visonic"].moves),
        rests=rtl("Visonic-Powercode", alarm=0),
        kinds=frozenset({Kind.MOTION}),
    ),
    "an end among the codes": Sensor(
        *("tasmota-rf", "D2C71", ENDLESS["tasmota-rf"].moves),
        rests=("tele/rf/RESULT", {"RfReceived": {"Data": "D2C717"}}),
        codes={("D2C71", "D2C71E"): (Kind.MOTION, 1.0), ("D2C71", "D2C717"): (Kind.MOTION, 0.0)},
    ),
}


@pytest.mark.parametrize("sensor", [*(sensor for sensor, _ in LOSSY.values()), *RADIO.values()])
def test_an_end_that_is_told_is_the_end(sensor: Sensor) -> None:
    first, second = sensor.moves
    assert sensor.rests is not None
    said = (first, 0 * MINUTES), (sensor.rests, 2 * MINUTES), (second, 3 * MINUTES)
    assert motions(sensor.feed(), *said) == [
        *_began(sensor.feed(), first),
        (0.0, Origin.SYNTHETIC),  # it may be lost another time: no proof of a sensor that never ends
        (1.0, EVENT),
    ]


def _began(feed: Feed, first: Said) -> list[tuple[float, Origin]]:
    """Of a sensor that was never heard before, the end of what may have been goes ahead."""
    return motions(feed, (first, 0 * MINUTES))


@pytest.mark.parametrize("name", RADIO)
def test_by_radio_a_lost_end_hides_no_motion(name: str) -> None:
    first, second = RADIO[name].moves
    assert events(RADIO[name].feed(), (first, 0 * MINUTES), (second, 5 * MINUTES)) == 2


@pytest.mark.parametrize("name", LOSSY)
def test_a_lost_end_hides_what_follows_soon_and_nothing_later(name: str) -> None:
    """Until then the motion may be the old one, told again: a sensor that is stuck is no sign of life."""
    (first, second), lasts = LOSSY[name][0].moves, LOSSY[name][1]
    for after, told in ((lasts - timedelta(seconds=1), 1), (lasts, 2)):
        assert events(LOSSY[name][0].feed(), (first, 0 * MINUTES), (second, after)) == told


@pytest.mark.parametrize("name", LOSSY)
def test_a_sensor_that_is_stuck_is_one_sign_of_life(name: str) -> None:
    sensor, lasts = LOSSY[name]
    stuck = [(sensor.moves[n % 2], n * lasts * 0.6) for n in range(50)]
    assert events(sensor.feed(), *stuck) == 1


@pytest.mark.parametrize("sensor", [*(sensor for sensor, _ in LOSSY.values()), *RADIO.values()])
def test_a_sensor_whose_end_was_lost_is_not_stuck(sensor: Sensor) -> None:
    """Nobody moves at night; in the morning the resident's steps must be believed."""
    home = Home(HomeId("h"), ZoneInfo("UTC"), (Device(PIR, "hall", kinds=frozenset({Kind.MOTION})),))
    trust, feed, seen, found = doubts(Part(), home), sensor.feed(), Seen(), []
    assert trust is not None
    assert sensor.rests is not None
    state = trust.start(AT)
    for said, after in ((sensor.moves[0], 0), (sensor.rests, 1), (sensor.moves[1], 2)):
        at = AT + after * MINUTES
        seen, kept = sift(seen, feed(said, at), at)
        for reading in kept:
            state, decisions = trust.step(state, reading, at)
            found += decisions
    for hour in range(1, 12):
        state, decisions = trust.step(state, Tick(AT + 60 * hour * MINUTES), AT + 60 * hour * MINUTES)
        found += decisions
    assert found == []


def smoke(after: float) -> tuple[Said, timedelta]:
    return ("tele/rf/RESULT", {"RfReceived": {"Data": "3F2A01"}}), timedelta(seconds=after)


def fires(*said: tuple[Said, timedelta]) -> list[str]:
    """What the rule says of a smoke detector that never tells the end."""
    detector = Sensor("tasmota-rf", "3F2A0", (), codes={("3F2A0", "3F2A01"): (Kind.SMOKE, 1.0)})
    feed, rule = detector.feed(), Hazards(frozenset({Kind.SMOKE}), {})
    seen, state, found = Seen(), rule.start(AT), []
    for one, after in said:
        seen, kept = sift(seen, feed(one, AT + after), AT + after)
        for reading in kept:
            state, decisions = rule.step(state, reading, AT + after)
            found += [type(decision).__name__ for decision in decisions]
    return found


def test_an_alarm_that_goes_on_is_one_and_the_next_fire_another() -> None:
    """Else nobody would ever be called a second time: the first finding stays open in the home."""
    assert fires(*(smoke(5 * n) for n in range(100))) == ["Raise"]
    assert fires(smoke(0), smoke(86_400)) == ["Raise", "Clear", "Raise"]
