"""Only enrolled senders and codes become readings; repeats of one transmission are one event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import nan

import pytest

from devices.families import FAMILIES, NoCodecError, find
from devices.sieve import Seen, sift
from devices.told import Told
from devices.told_readings import Enrolled, Reader, ToldReader, TopicToldReader
from rules.model import DeviceId, Kind, Origin, Reading

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DOOR, HEAD, CORD = DeviceId("door"), DeviceId("smoke-head"), DeviceId("cord")
TABLE = {"aa": DOOR, "bb": HEAD, "Kerui-Security/676846": CORD}


def reader(
    codes: Mapping[tuple[str, str], tuple[Kind, float]] | None = None,
    kinds: Mapping[DeviceId, frozenset[Kind]] | None = None,
) -> tuple[Reader, Counter[str]]:
    refused: Counter[str] = Counter()
    return Reader(Enrolled(TABLE, codes or {}, kinds or {}), refused), refused


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_words_of_frames_become_kinds() -> None:
    read, _ = reader()
    told = [Told("contact_open", True, "aa"), Told("battery_mv", 2900, "aa"), Told("breath_rate", 14.0, "bb")]
    kinds = [(r.device, r.kind, r.value) for r in read.read(told, AT)]
    assert kinds == [(DOOR, Kind.CONTACT, 1.0), (DOOR, Kind.VOLTAGE, 2900.0), (HEAD, Kind.RESPIRATION, 14.0)]


def test_a_stranger_says_nothing_and_is_counted() -> None:
    read, refused = reader()
    assert read.read([Told("smoke", True, "cc")], AT) == []
    assert refused == {"sender not enrolled": 1}


def test_what_a_part_of_a_device_says_is_the_device_s() -> None:
    refused: Counter[str] = Counter()
    table = {"node": DOOR, "node/input:1": HEAD, "E5/F6": CORD}
    read = Reader(Enrolled(table), refused)
    told = [Told("motion", True, who) for who in ("node/input:0", "node/input:1", "E5/F6/x", "E5")]
    assert [r.device for r in read.read(told, AT)] == [DOOR, HEAD, CORD]
    assert refused == {"sender not enrolled": 1}


def test_the_port_may_be_the_device() -> None:
    read = Reader(Enrolled(DOOR), Counter())
    assert [r.device for r in read.read([Told("presence", True)], AT)] == [DOOR]


def test_only_an_enrolled_code_means_something() -> None:
    read, refused = reader({("Kerui-Security/676846", "14"): (Kind.SOS, 1.0)})
    pressed = read.read([Told("rf_code", "14", "Kerui-Security/676846")], AT)
    assert pressed == [Reading(CORD, Kind.SOS, 1.0, AT)]
    other = read.read([Told("rf_code", "7", "Kerui-Security/676846")], AT)
    assert [(r.kind, r.origin) for r in other] == [(Kind.ONLINE, Origin.HEARTBEAT)]
    assert refused == {"code not enrolled": 1}


def test_a_code_without_a_sender_is_enrolled_as_itself() -> None:
    read = Reader(Enrolled({"A53EEE": DOOR}, {("A53EEE", "A53EEE"): (Kind.CONTACT, 1.0)}), Counter())
    assert read.read([Told("rf_code", "A53EEE")], AT) == [Reading(DOOR, Kind.CONTACT, 1.0, AT)]


def test_25_packets_of_one_press_are_one_press_and_a_later_press_is_another() -> None:
    read, _ = reader({("aa", "1"): (Kind.SOS, 1.0)})
    presses = [read.read([Told("rf_code", "1", "aa")], after(i / 10)) for i in range(25)]
    assert [len(found) for found in presses] == [1] + [0] * 24
    assert len(read.read([Told("rf_code", "1", "aa")], after(5.1))) == 1


def test_a_door_that_opens_and_closes_fast_loses_nothing() -> None:
    read, _ = reader()
    states = [True, False, False, True]
    found = [
        r.value for i, s in enumerate(states) for r in read.read([Told("contact_open", s, "aa")], after(i))
    ]
    assert found == [1.0, 0.0, 1.0]


def test_what_is_told_ten_times_a_second_is_passed_every_two() -> None:
    read, _ = reader()
    count = sum(len(read.read([Told("presence", True, "aa")], after(i / 10))) for i in range(100))
    assert count == 5


def test_every_press_of_a_button_counts_and_its_release_does_not() -> None:
    read, _ = reader(kinds={DOOR: frozenset({Kind.SOS})})
    for value, kind in (("single", Kind.SOS), (1, Kind.SOS), ("release", Kind.ONLINE), (0, None)):
        found = read.read([Told("button", value, "aa")], AT)
        assert [r.kind for r in found] == ([kind] if kind else [])
    assert [r.kind for r in read.read([Told("button", "single", "bb")], AT)] == [Kind.BUTTON]


def test_an_alarm_means_what_the_installer_said_of_the_device() -> None:
    read, _ = reader(kinds={HEAD: frozenset({Kind.SMOKE, Kind.BATTERY}), DOOR: frozenset()})
    assert [r.kind for r in read.read([Told("alarm", True, "bb")], AT)] == [Kind.SMOKE]
    assert [r.kind for r in read.read([Told("alarm", True, "aa")], AT)] == [Kind.ONLINE]


def test_the_open_contact_of_a_smoke_sensor_is_its_alarm() -> None:
    read, _ = reader(kinds={HEAD: frozenset({Kind.SMOKE})})
    assert [r.kind for r in read.read([Told("contact_open", True, "bb")], AT)] == [Kind.SMOKE]
    assert [r.kind for r in read.read([Told("contact_open", True, "aa")], AT)] == [Kind.CONTACT]


def test_being_missed_is_no_sign_of_life_and_a_replay_none_either() -> None:
    read, _ = reader()
    missed = read.read([Told("device_online", False, "aa")], AT)
    assert [(r.kind, r.value, r.origin) for r in missed] == [(Kind.ONLINE, 0.0, Origin.REPLAY)]
    assert read.read([Told("rf_code", "9", "bb", Origin.REPLAY)], AT) == []


@pytest.mark.parametrize("value", [nan, "hot", (1.0, 2.0)])
def test_what_is_no_number_is_refused(value: float) -> None:
    read, refused = reader()
    assert [r.kind for r in read.read([Told("heart_rate", value, "aa")], AT)] == [Kind.ONLINE]
    assert refused == {"heart_rate is no number": 1}


class Echo:
    """A codec of nothing: each byte is a state of aa."""

    memory: bytes | None = None
    topics: Sequence[str] = ("echo/#",)

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()

    def recall(self, memory: bytes) -> None:
        self.memory = memory

    def feed(self, topic: str, payload: bytes, at: datetime, retained: bool = False) -> Sequence[Told]:
        return [Told("contact_open", byte == 1, "aa") for byte in payload]


def test_a_topic_codec_stands_behind_the_reader() -> None:
    read = TopicToldReader(Echo(), Enrolled(TABLE))
    read.recall(b"what was")
    assert (read.memory, read.topics) == (b"what was", ("echo/#",))
    assert [r.value for r in read.feed("echo/x", b"\x01\x00", AT)] == [1.0, 0.0]


def test_a_serial_codec_stands_behind_the_reader() -> None:
    class Bytes:
        refused: Counter[str] = Counter()

        def feed(self, data: bytes, at: datetime) -> Sequence[Told]:
            return [Told("presence", bool(byte)) for byte in data]

    assert [r.value for r in ToldReader(Bytes(), Enrolled(DOOR)).feed(b"\x01\x00", AT)] == [1.0, 0.0]


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(NoCodecError, match="zwave: no such family"):
        find("zwave")
    assert find("rflink") is FAMILIES["rflink"]


def test_each_motion_of_a_sensor_that_never_ends_it_is_news() -> None:
    read, _ = reader({("aa", "D2C71E"): (Kind.MOTION, 1.0)})
    seen = Seen()
    for minute in range(3):
        at = after(60 * minute)
        seen, kept = sift(seen, read.read([Told("rf_code", "D2C71E", "aa")], at), at)
        assert (kept[-1].kind, kept[-1].value, kept[-1].origin) == (Kind.MOTION, 1.0, Origin.EVENT)


def test_a_sensor_that_tells_the_end_is_believed() -> None:
    read, _ = reader({("aa", "A"): (Kind.MOTION, 1.0), ("aa", "B"): (Kind.MOTION, 0.0)})
    told = [Told("rf_code", "A", "aa")]
    assert [r.value for r in read.read(told, AT)] == [1.0]
    assert [r.value for r in read.read(told, after(60))] == [1.0]
