"""What is said of a home: who said it, until when, whether the home knows; and what a test does to alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from alerts.core.alert import Status, Taken
from alerts.desk import desk, herald, intake, models, modes
from alerts.desk.modes import ModeError, Speaker
from rules import record, wire
from rules.model import Clear, Fact, Mode, ModeSet, Raise, Severity
from rules.wire import Head, Lane, Wish

pytestmark = pytest.mark.usefixtures("town")
KEY = bytes.fromhex("11" * 32)
H = timedelta(hours=1)
WANG = Speaker("user:7", "王芳")


def take(now: datetime, *items: tuple[int, record.Item], lane: Lane = Lane.ALARM) -> intake.Stored:
    """A batch of the home arrives."""
    topic = wire.up_topic("h-1", lane)
    head = Head("gw-1", "j1", now, len(items))
    lines = [record.encode(seq, now, item) for seq, item in items]
    return intake.receive(topic, wire.batch(KEY, topic, head, lines), now)


def sos(at: datetime, facts: Mapping[str, Fact]) -> Raise:
    return Raise("sos:d1", Severity.EMERGENCY, at, {"room": "bedroom", "device": "d1", **facts})


def only() -> models.HomeMode:
    return models.HomeMode.objects.get()


def heard(row: models.HomeMode, at: datetime, mode: Mode | None = None) -> ModeSet:
    """What the home's journal shows of it."""
    return ModeSet(mode or Mode(row.mode), at, row.name, row.until, row.order)


def test_it_goes_with_the_word_until_another_is_said(now: datetime) -> None:
    assert herald.word("h-1", now).mode is None
    row = modes.say("h-1", Mode.AWAY, WANG, now)
    (message,) = herald.owed(now)
    said = Wish(row.order, Mode.AWAY, "王芳", now)
    assert wire.hear(KEY, "h-1", message.payload) == wire.Word(now, (), said)
    herald.said(message)
    assert herald.owed(now) == []
    herald.compare("h-1", "")  # a gateway that has not got it
    assert len(herald.owed(now)) == 1
    again = modes.say("h-1", Mode.HOME, WANG, now)  # in the same millisecond
    assert again.order > row.order
    wish = herald.word("h-1", now).mode
    assert wish is not None
    assert wish.mode is Mode.HOME


def test_the_home_s_journal_confirms_it_and_says_when_it_ended(now: datetime) -> None:
    row = modes.say("h-1", Mode.VISITOR, WANG, now)
    assert (row.until, row.reached_at) == (now + 12 * H, None)
    assert modes.running(now).get() == row
    late = now + timedelta(seconds=3)
    assert take(late, (1, heard(row, late))).ignored == ()
    assert only().reached_at == late
    take(late + H, (1, heard(row, late)))
    assert only().reached_at == late
    over = now + 12 * H
    take(over, (2, heard(row, over, Mode.HOME)))
    assert (only().ended_at, only().reached_at) == (over, late)
    assert not modes.running(over - H).exists()


def test_what_is_said_anew_ends_what_was_said(now: datetime) -> None:
    away = modes.say("h-1", Mode.AWAY, WANG, now)
    modes.say("h-1", Mode.HOSPITAL, WANG, now + H)
    take(now + 2 * H, (1, heard(away, now + 2 * H)))  # the home was a little behind
    away.refresh_from_db()
    assert (away.reached_at, away.ended_at) == (now + 2 * H, now + H)
    assert [row.mode for row in modes.running(now + 3 * H)] == ["hospital"]


def test_what_was_said_in_the_home_is_known_here(now: datetime) -> None:
    take(now, (1, ModeSet(Mode.AWAY, now, "大门按钮")))
    assert (only().name, only().mode, only().reached_at) == ("大门按钮", "away", now)
    wish = modes.wish("h-1")
    assert wish is not None
    assert wish.mode is Mode.AWAY


def test_an_old_saying_of_a_lost_store_does_not_come_before_a_new_one(now: datetime) -> None:
    new = modes.say("h-1", Mode.HOSPITAL, WANG, now)
    take(now, (1, ModeSet(Mode.AWAY, now - H, "陈强", None, new.order - 9)))
    assert [row.mode for row in modes.running(now)] == ["hospital"]
    wish = modes.wish("h-1")
    assert wish is not None
    assert wish.mode is Mode.HOSPITAL


def test_nothing_is_forgotten_in_a_test_or_with_a_visitor(now: datetime) -> None:
    assert modes.say("h-1", Mode.TEST, WANG, now).until == now + H / 2
    assert modes.say("h-1", Mode.AWAY, WANG, now).until is None
    assert modes.say("h-1", Mode.HOME, WANG, now, now + H).until is None
    for mode, until in (
        (Mode.TEST, now + 5 * H),
        (Mode.VISITOR, now + 400 * H),
        (Mode.AWAY, now - H),
        (Mode.AWAY, now + 9000 * H),
    ):
        with pytest.raises(ModeError, match="must end after now"):
            modes.say("h-1", mode, WANG, now, until)


def test_a_mode_on_the_wrong_lane_is_left_out(now: datetime) -> None:
    stored = take(now, (1, ModeSet(Mode.AWAY, now, "x")), lane=Lane.TELEMETRY)
    assert stored.ignored == ("wrong lane",)
    assert not models.HomeMode.objects.exists()


def test_a_test_calls_nobody_and_closes_itself(now: datetime) -> None:
    take(now, (1, ModeSet(Mode.TEST, now, "王芳", now + H, 5)), (2, sos(now, {"test": 1.0})))
    alert = models.Alert.objects.get()
    assert (alert.status, alert.notices.count()) == ("open", 0)
    take(now, (3, sos(now, {"test": 1.0, "presses": 2})))
    take(now + H / 6, (4, Clear("sos:d1", now + H / 6)))
    alert.refresh_from_db()
    assert (alert.status, alert.cause, alert.notices.count()) == ("closed", "54", 0)


def test_what_is_still_there_after_a_test_is_none(now: datetime) -> None:
    take(now, (1, ModeSet(Mode.TEST, now, "王芳", now + H, 5)), (2, sos(now, {"test": 1.0})))
    take(now + H, (3, ModeSet(Mode.HOME, now + H, "王芳", None, 5)))
    alert = models.Alert.objects.get()
    assert "test" not in alert.facts
    assert {notice.name for notice in alert.notices.all()} == {"李明", "王芳"}


def test_what_is_over_by_the_end_of_a_test_was_one_whoever_took_it(now: datetime) -> None:
    take(now, (1, ModeSet(Mode.TEST, now, "王芳", now + H, 5)), (2, sos(now, {"test": 1.0})))
    alert = models.Alert.objects.get()
    desk.tell(alert.pk, Taken("user:7"), now)
    take(now, (3, Clear("sos:d1", now)), (4, ModeSet(Mode.HOME, now + H, "王芳", None, 5)))
    alert.refresh_from_db()
    assert (alert.status, alert.cause, alert.notices.count()) == ("closed", "54", 0)


def test_a_real_alert_stays_one(now: datetime) -> None:
    take(now, (1, sos(now, {})))
    take(now, (2, ModeSet(Mode.TEST, now, "王芳", now + H, 5)), (3, sos(now, {"test": 1.0, "presses": 2})))
    alert = models.Alert.objects.get()
    assert (alert.facts["presses"], "test" in alert.facts, alert.notices.count()) == (2, False, 2)
    take(now, (4, Clear("sos:d1", now)))
    alert.refresh_from_db()
    assert alert.status == Status.OPEN.value
