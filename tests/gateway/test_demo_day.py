"""The bad day: told in time, complete, and judged without mercy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.demo.agenda import Agenda
from gateway.demo.bad_day import BadDay, Scene
from gateway.demo.ledger import Case, Line, Sent
from gateway.demo.papers import people
from gateway.demo.sms import Text
from gateway.demo.telling import Stretch, lasts, pace, slowly
from gateway.demo.verdict import Evidence, judge, unexpected
from rules.pace import Pace

DAY = BadDay(date(2026, 11, 21), ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
LIFE = Pace([(NOW, NOW)])


def test_the_day_fits_into_a_minute() -> None:
    assert lasts(DAY.begin, DAY.stretches()[:-1]) < timedelta(seconds=40)
    assert DAY.stretches()[-2].until == DAY.end
    assert all(a.until < b.until for a, b in pairwise([Stretch(DAY.begin, 1), *DAY.stretches()]))


def test_each_scene_has_its_beginning_once() -> None:
    messages = DAY.messages()
    assert all(a.at <= b.at for a, b in pairwise(messages))
    for scene in DAY.scenes[1:]:
        began = [message.at for message in messages if scene.begins(message)]
        assert began[:1] == [scene.at]
        assert len(began) == 1 or scene.key.startswith("smoke")


def test_nobody_gets_up() -> None:
    acts = [m for m in DAY.messages() if DAY.on(6, 4) < m.at < DAY.on(11, 2)]
    assert not [m for m in acts if b'"occupancy": true' in m.payload and b"/bed" not in m.topic.encode()]


def test_a_story_is_told_at_its_speeds() -> None:
    told = pace(NOW, DAY.begin, [Stretch(DAY.begin + timedelta(hours=1), 60), Stretch(DAY.end, 3600)])
    assert told.real(DAY.begin + timedelta(minutes=1)) == NOW + timedelta(seconds=1)
    assert told.real(DAY.begin + timedelta(hours=2)) == NOW + timedelta(seconds=61)


def test_scenes_that_meet_have_no_hours_between() -> None:
    later = [
        (NOW, NOW + timedelta(hours=1), 60.0),
        (NOW + timedelta(hours=1), NOW + timedelta(hours=2), 90.0),
    ]
    assert [stretch.speed for stretch in slowly(later, 5000)] == [5000, 60, 90]


def test_the_agenda_does_things_in_order() -> None:
    agenda = Agenda(Pace([(datetime.now(UTC), NOW)]))
    done: list[int] = []
    agenda.at(NOW + timedelta(seconds=0.05), agenda.stop)
    agenda.at(NOW + timedelta(seconds=0.02), lambda: done.append(2))
    agenda.at(NOW, lambda: done.append(1))
    agenda.run()
    assert done == [1, 2]


WHO = people()
SCENE = DAY.scenes[1]
NAME = WHO[SCENE.phone].split(" · ")[0]
TEXT = Text("SM1", "+1", SCENE.phone, "【守望】SOS，回1 4821", "", 0.0, NOW, "delivered")
SAID = tuple(Line(NOW, what, NAME, {}) for what in ("opened", "sent", "taken", "arrived", "closed"))
GOOD = Case(
    "a",
    SCENE.key,
    "closed",
    SCENE.cause,
    NOW,
    NOW,
    SAID,
    (Sent(NAME, "summon", SCENE.phone, TEXT.body, "delivered", "SM1"),),
)
SEEN = Evidence({SCENE.key: NOW - timedelta(milliseconds=80)}, (TEXT,), WHO, LIFE)


def missing(case: Case, scene: Scene = SCENE, evidence: Evidence = SEEN) -> str:
    return "; ".join(judge([scene], [case], evidence)[0].missing)


def test_what_is_as_it_should_be_passes() -> None:
    verdict = judge([SCENE], [GOOD], SEEN)[0]
    assert verdict.missing == ()
    assert verdict.to_text == timedelta(milliseconds=80)
    assert unexpected([SCENE], [GOOD], SEEN) == []


@pytest.mark.parametrize(
    ("case", "what"),
    [
        (replace(GOOD, status="open", cause=""), "ended as open"),
        (replace(GOOD, cause="55"), "cause 55"),
        (replace(GOOD, story=SAID[:2] + SAID[3:]), "taken 0 times"),
        (replace(GOOD, story=(*SAID, SAID[-1])), "closed 2 times"),
        (replace(GOOD, story=(SAID[0], replace(SAID[2], who="王军"), *SAID[3:])), "taken by 王军"),
        (replace(GOOD, notices=(replace(GOOD.notices[0], status="failed"),)), "is failed"),
        (replace(GOOD, notices=(*GOOD.notices, *GOOD.notices)), "2 notices claim one text"),
        (replace(GOOD, notices=()), "no text reached a phone"),
    ],
)
def test_what_is_missing_is_said(case: Case, what: str) -> None:
    assert what in missing(case)


def test_a_late_word_is_not_counted() -> None:
    late = replace(SAID[2], data={"late": 1})
    assert missing(replace(GOOD, story=(*SAID, late))) == ""


def test_never_raised_raised_twice_sent_twice_or_too_long() -> None:
    assert judge([SCENE], [], SEEN)[0].missing == ("raised 0 times, not once",)
    assert judge([SCENE], [GOOD, GOOD], SEEN)[0].missing == ("raised 2 times, not once",)
    twice = replace(SEEN, texts=(TEXT, replace(TEXT, sid="SM2")))
    assert "sent 2 times" in missing(GOOD, evidence=twice)
    assert unexpected([SCENE], [GOOD], twice) == [f"a text that no notice explains: {TEXT.body}"]
    long = replace(SEEN, texts=(replace(TEXT, body="守" * 71),))
    assert "a text of 71 characters" in missing(GOOD, evidence=long)


def test_an_alert_nobody_expected_is_said() -> None:
    assert unexpected([], [GOOD], replace(SEEN, texts=())) == [f"an alert nobody expected: {SCENE.key}"]
