"""Batches of gateways: what is stored, what is refused, and that nothing is stored twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from alerts.desk import herald, intake, models, store
from alerts.desk.intake import RefusedError, Stored, receive
from alerts.registry.models import Device, Gateway
from alerts.timeline.models import Sample
from rules import record, wire
from rules.model import Clear, ClockStepped, DeviceId, Kind, Raise, Reading, Severity, Swapped, Tick
from rules.wire import Head, Lane, Word

pytestmark = pytest.mark.usefixtures("town")
KEY = bytes.fromhex("11" * 32)
KEY2 = bytes.fromhex("22" * 32)


def sos(at: datetime, key: str = "sos:d1") -> Raise:
    """A press."""
    return Raise(key, Severity.EMERGENCY, at, {"room": "bedroom", "device": "d1", "presses": 1})


def motion(at: datetime) -> Reading:
    """Somebody moves."""
    return Reading(DeviceId("d1"), Kind.MOTION, 1.0, at)


def batch(
    now: datetime,
    items: Sequence[tuple[int, record.Item]],
    lane: Lane = Lane.ALARM,
    home: str = "h-1",
    gateway: str = "gw-1",
    key: bytes = KEY,
    journal: str = "j1",
    down: str = "",
) -> tuple[str, bytes]:
    """A sealed batch and its topic."""
    topic = wire.up_topic(home, lane)
    head = Head(gateway, journal, now, len(items), down)
    return topic, wire.batch(key, topic, head, [record.encode(seq, now, item) for seq, item in items])


def take(now: datetime, *items: tuple[int, record.Item], lane: Lane = Lane.ALARM) -> Stored:
    """Receive a good batch."""
    return receive(*batch(now, items, lane), now)


def test_a_press_becomes_an_alert_and_is_acknowledged(now: datetime) -> None:
    stored = take(now, (7, sos(now)))
    assert (stored.ack.seq, stored.ack.lane, stored.ack.journal, stored.fresh) == (7, Lane.ALARM, "j1", 1)
    assert models.Alert.objects.get().key == "sos:d1"


def test_a_new_sensor_has_the_old_ones_place_and_history(now: datetime) -> None:
    Device.objects.filter(pk="d1").update(room="bedroom", name="床头")
    take(now, (1, motion(now)), lane=Lane.TELEMETRY)
    swap = Swapped(DeviceId("d1"), DeviceId("d9"), now)
    assert take(now, (2, swap)).ignored == ()
    (device,) = Device.objects.filter(home_id="h-1", pk__in=["d1", "d9"])
    assert (device.pk, device.room, device.name) == ("d9", "bedroom", "床头")
    assert list(Sample.objects.values_list("device", flat=True)) == ["d9"]


def test_no_home_takes_another_ones_sensor(now: datetime) -> None:
    Device.objects.create(pk="d9", home_id="h-2", room="hall")
    swap = Swapped(DeviceId("d1"), DeviceId("d9"), now)
    assert take(now, (1, swap)).ignored == ("swap for a sensor of another home",)
    assert Device.objects.get(pk="d9").home_id == "h-2"
    assert Device.objects.filter(pk="d1").exists()
    assert take(now, (2, swap), lane=Lane.TELEMETRY).ignored == ("wrong lane",)


def test_the_same_batch_again_and_old_ones_change_nothing(now: datetime) -> None:
    take(now, (7, sos(now)), (9, Clear("sos:d1", now)))
    versions = list(models.Alert.objects.values_list("version", flat=True))
    for _ in range(3):
        assert take(now, (7, sos(now)), (9, Clear("sos:d1", now))).ack.seq == 9
    assert take(now, (8, sos(now, "sos:d2"))).fresh == 0  # reordered: the lane is past it
    assert list(models.Alert.objects.values_list("version", flat=True)) == versions


def test_a_new_journal_counts_from_one_again(now: datetime) -> None:
    take(now, (900, sos(now)))
    stored = receive(*batch(now, [(1, sos(now, "sos:d2"))], journal="j2"), now)
    assert (stored.ack.seq, stored.fresh, models.Alert.objects.count()) == (1, 1, 2)


def test_readings_go_to_the_timeline_once(now: datetime) -> None:
    for _ in range(2):
        take(now, (1, motion(now)), (2, motion(now)), lane=Lane.TELEMETRY)
    assert Sample.objects.count() == 2


def test_an_empty_batch_is_a_heartbeat(now: datetime) -> None:
    assert take(now).ack.seq == 0
    pulse = models.Pulse.objects.get()
    assert (pulse.heard_at, pulse.due) == (now, now + timedelta(minutes=5))


def test_a_home_heard_of_again_clears_its_silence(now: datetime) -> None:
    from alerts.desk import watch

    take(now)
    assert watch.missed(now + timedelta(minutes=6)).done == 1
    take(now + timedelta(minutes=7))
    assert models.Alert.objects.get().cause == "cleared"


def test_times_of_the_future_do_no_harm_and_lose_no_alarm(now: datetime) -> None:
    ahead = now + timedelta(days=400)
    stored = take(now, (1, sos(ahead)))
    assert stored.ignored == ("future finding, taken as of now",)
    assert models.Alert.objects.get().raised_at == now
    stored = take(now, (1, motion(ahead)), (2, motion(now)), lane=Lane.TELEMETRY)
    assert stored.ignored == ("future reading",)
    assert Sample.objects.count() == 1


def test_what_is_in_the_wrong_lane_is_left_out(now: datetime) -> None:
    stored = take(now, (1, motion(now)), (2, ClockStepped(timedelta(1), now)), (3, Tick(now)))
    assert (stored.ignored, stored.ack.seq) == (("wrong lane",), 3)
    assert take(now, (1, sos(now)), lane=Lane.TELEMETRY).ignored == ("wrong lane",)
    assert not models.Alert.objects.exists()


def refused(now: datetime, topic: str, payload: bytes) -> str:
    """The reason for which it is refused, with nothing stored."""
    with pytest.raises(RefusedError) as caught:
        receive(topic, payload, now)
    assert not models.Alert.objects.exists()
    assert not models.Cursor.objects.exists()
    assert not models.Pulse.objects.exists()
    return caught.value.reason


def test_what_no_gateway_of_ours_sends_is_refused(now: datetime) -> None:
    topic, good = batch(now, [(1, sos(now))])
    assert refused(now, topic, b"") == "garbage"
    assert refused(now, topic, b"x" * 300) == "garbage"
    assert refused(now, topic, b"\xff" * 300) == "garbage"
    assert refused(now, topic, b"x" * (intake.LARGEST + 1)) == "oversize"
    assert refused(now, topic, good[:-1]) == "forged"
    assert refused(now, topic, good.replace(b"bedroom", b"kitchen")) == "forged"
    assert refused(now, wire.up_topic("h-2", Lane.ALARM), good) == "forged"
    assert refused(now, wire.up_topic("h-1", Lane.TELEMETRY), good) == "forged"
    assert refused(now, "shouwang/1/h-1/up/other", good) == "topic"
    assert refused(now, "shouwang/1/h-1/x/up/alarm", good) == "topic"


def test_a_batch_for_a_home_of_another_gateway_is_refused(now: datetime) -> None:
    assert refused(now, *batch(now, [(1, sos(now))], gateway="gw-2", key=KEY2)) == "foreign home"
    assert refused(now, *batch(now, [(1, sos(now))], gateway="gw-2")) == "forged"
    assert refused(now, *batch(now, [(1, sos(now))], gateway="gw-9")) == "unknown gateway"
    assert refused(now, *batch(now, [(1, sos(now))], home="h-9")) == "unknown home"


def test_bad_records_refuse_the_whole_batch(now: datetime) -> None:
    topic = wire.up_topic("h-1", Lane.ALARM)
    line = record.encode(1, now, sos(now))
    for lines in ([line, b"{}"], [line, line], [line.replace(b"+00:00", b"").replace(b"Z", b"")], [b"null"]):
        payload = wire.batch(KEY, topic, Head("gw-1", "j1", now, len(lines)), lines)
        assert refused(now, topic, payload) == "garbage"
    short = wire.batch(KEY, topic, Head("gw-1", "j1", now, 2), [line])
    assert refused(now, topic, short) == "garbage"


def test_a_gateway_without_a_proper_key_is_refused_not_fatal(now: datetime) -> None:
    Gateway.objects.filter(pk="gw-1").update(key="no hex at all")
    assert refused(now, *batch(now, [(1, sos(now))])) == "garbage"


def test_a_home_that_lost_its_word_is_told_again(now: datetime) -> None:
    take(now, (1, sos(now)))
    (message,) = herald.owed(now)
    told = wire.hear(KEY, "h-1", message.payload)
    assert isinstance(told, wire.Word)
    assert [(t.key, t.status) for t in told.alerts] == [("sos:d1", "open")]
    herald.said(message)
    assert herald.owed(now) == []
    receive(*batch(now, [], down=message.digest), now)
    assert herald.owed(now) == []
    receive(*batch(now, [], down=""), now)
    assert [m.digest for m in herald.owed(now)] == [message.digest]


def test_a_change_while_a_word_is_on_its_way_leaves_a_debt(now: datetime) -> None:
    take(now, (1, sos(now)))
    (message,) = herald.owed(now)
    take(now, (2, sos(now, "sos:d2")))
    herald.said(message)
    (again,) = herald.owed(now)
    assert again.version == 2


def test_a_home_that_holds_a_word_we_do_not_know_of_is_told_how_things_stand(now: datetime) -> None:
    receive(*batch(now, [], down="0123456789abcdef"), now)
    (message,) = herald.owed(now)
    assert message.digest == wire.digest(Word(now))


def test_a_gateway_whose_key_is_no_key_holds_up_no_other_homes_word(now: datetime) -> None:
    Gateway.objects.filter(pk="gw-1").update(key="unreadable")
    for home in ("h-1", "h-2"):
        store.home_changed(home)
    assert [message.home for message in herald.owed(now)] == ["h-2"]
