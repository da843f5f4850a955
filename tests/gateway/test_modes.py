"""What the centre says of a home is done once, is on disk, and ends by itself."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from rules.model import HomeId, Kind, Mode, ModeSet, Raise
from rules.wire import Lane, Wish, Word

H = timedelta(hours=1)
HOME = HomeId("h-1")


def modes(records: list[Any]) -> list[ModeSet]:
    return [record.item for record in records if isinstance(record.item, ModeSet)]


def word(clock: Any, order: int, mode: Mode, hours: float | None = None) -> Word:
    now = clock.now()
    return Word(now, (), Wish(order, mode, "王芳", now, None if hours is None else now + hours * H))


def test_it_is_on_disk_for_the_alarm_lane_before_the_call_returns(fold: Any, said: Any, clock: Any) -> None:
    gateway, woken = fold(), []
    gateway.on_stored(lambda home, lane: woken.append((home, lane)))
    gateway.hear(HOME, word(clock, 5, Mode.AWAY))
    assert modes(said(gateway, "h-1")) == [ModeSet(Mode.AWAY, clock.now(), "王芳", None, 5)]
    assert woken == [(HOME, Lane.ALARM)]
    assert modes(said(gateway, "h-2")) == []


def test_the_same_word_again_is_no_news_after_a_restart_either(fold: Any, said: Any, clock: Any) -> None:
    gateway, away = fold(), word(clock, 5, Mode.AWAY)
    gateway.hear(HOME, away)
    gateway.hear(HOME, away)
    gateway.hear(HOME, Word(clock.now()))
    gateway = fold()
    gateway.hear(HOME, away)
    gateway.hear(HOME, word(clock, 4, Mode.HOME))  # an older one
    assert len(modes(said(gateway, "h-1"))) == 1
    gateway.keep()
    gateway = fold()
    gateway.hear(HOME, away)
    gateway.hear(HOME, word(clock, 6, Mode.HOME))
    assert [mode.mode for mode in modes(said(gateway, "h-1"))] == [Mode.AWAY, Mode.HOME]


def test_it_ends_by_itself_and_the_centre_is_told(fold: Any, said: Any, clock: Any) -> None:
    gateway = fold()
    began = clock.now()
    gateway.hear(HOME, word(clock, 5, Mode.VISITOR, 12))
    clock.passes(13 * H)
    gateway.tick()
    over = ModeSet(Mode.HOME, began + 12 * H, "王芳", None, 5)
    assert modes(said(gateway, "h-1"))[1:] == [over]
    gateway = fold()
    clock.passes(H)
    gateway.tick()
    gateway.hear(HOME, Word(clock.now(), (), Wish(5, Mode.VISITOR, "王芳", began, began + 12 * H)))
    assert modes(said(gateway, "h-1"))[1:] == [over]


@pytest.mark.parametrize("kept", [False, True])
def test_it_ends_while_the_gateway_is_down(fold: Any, said: Any, clock: Any, kept: bool) -> None:
    gateway = fold()
    began = clock.now()
    gateway.hear(HOME, word(clock, 5, Mode.AWAY, 2))
    if kept:
        gateway.keep()
    clock.passes(30 * H)
    records = said(fold(), "h-1")
    assert modes(records)[1:] == [ModeSet(Mode.HOME, began + 2 * H, "王芳", None, 5)]
    found = [record.item for record in records if isinstance(record.item, Raise)]
    assert ("inactivity", began + 7 * H) in [(item.key, item.at) for item in found]  # 5 h after the end


def test_one_that_is_over_when_it_arrives_ends_at_once(fold: Any, said: Any, clock: Any) -> None:
    gateway, late = fold(), word(clock, 5, Mode.VISITOR, 2)
    clock.passes(3 * H)
    gateway.hear(HOME, late)
    gateway.tick()
    assert [mode.mode for mode in modes(said(gateway, "h-1"))] == [Mode.VISITOR, Mode.HOME]


def test_a_clock_that_is_far_behind_does_not_keep_it_for_years(fold: Any, said: Any, clock: Any) -> None:
    gateway, real = fold(), word(clock, 5, Mode.VISITOR, 12)
    clock.is_set(clock.now() - timedelta(days=9000))
    gateway.hear(HOME, real)
    clock.is_set(real.at + H / 2)  # and now it is right
    gateway.tick()
    clock.passes(12 * H)
    gateway.tick()
    assert [mode.mode for mode in modes(said(gateway, "h-1"))] == [Mode.VISITOR, Mode.HOME]


def test_a_press_while_sensors_are_tried_says_so(fold: Any, said: Any, clock: Any, reads: Any) -> None:
    gateway = fold()
    gateway.hear(HOME, word(clock, 5, Mode.TEST, 0.5))
    gateway.take([reads("h-1/sos", Kind.SOS)])
    clock.passes(H)
    gateway.take([reads("h-1/sos", Kind.SOS)])
    found = [record.item for record in said(gateway, "h-1") if isinstance(record.item, Raise)]
    assert [item.facts.get("test") for item in found] == [1.0, None]


def test_what_cannot_be_stored_is_not_taken_for_done(fold: Any, clock: Any) -> None:
    gateway = fold()
    gateway._journal._db.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.Error):
        gateway.hear(HOME, word(clock, 5, Mode.AWAY))
    assert gateway.broken is not None
