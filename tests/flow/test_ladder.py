"""Nobody answers, or nobody comes: the ladder goes on at its minutes, without end, in the real programs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Town = Any

pytestmark = pytest.mark.slow
WORKER = "+8619900001000"
IGNORED, NEVER_THERE, DECLINED = 0, 1, 2  # homes
SLACK = timedelta(seconds=75)  # told: 0.6 s on the wall, where two cores also run everything else
MINUTES = (0, 3, 6, 10, 15, 20)  # the default ladder: four rungs, then the top every five minutes


@dataclass(frozen=True)
class Evening:
    """Three homes, and what became of them after some twenty minutes."""

    ignored: Any
    never_there: Any
    declined: Any


@pytest.fixture(scope="module")
def evening(fast: Town) -> Evening:
    began = {home: fast.press(home) for home in (IGNORED, NEVER_THERE, DECLINED)}
    fast.reply(WORKER, "1", fast.summons(NEVER_THERE, began[NEVER_THERE], WORKER))
    fast.reply(WORKER, "2", fast.summons(DECLINED, began[DECLINED], WORKER))
    fast.provider.reply("+8619900005002", "2")
    deadline = time.monotonic() + 40
    while len(fast.case(IGNORED).lines("summoned")) < len(MINUTES):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    while len(fast.case(NEVER_THERE).lines("summoned")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return Evening(*(fast.case(home) for home in (IGNORED, NEVER_THERE, DECLINED)))


def near(at: datetime, wanted: datetime) -> bool:
    return wanted <= at <= wanted + SLACK


def test_nobody_answers_and_the_next_rung_is_called_at_its_minute(evening: Evening) -> None:
    case = evening.ignored
    calls = case.lines("summoned")[: len(MINUTES)]
    assert [call.data["rung"] for call in calls] == [0, 1, 2, 3, 3, 3]
    for call, minute in zip(calls, MINUTES, strict=True):
        assert near(call.at, case.opened_at + timedelta(minutes=minute)), (minute, call.at - case.opened_at)


def test_the_top_rung_repeats(evening: Evening, fast: Town) -> None:
    again = [t for t in fast.provider.texts if t.to == "+8619900004000" and "3幢002" in t.body]
    assert len(again) >= 3
    assert len({text.body for text in again}) == len(again), "each call has a link of its own"
    assert all(len(text.body) <= 70 for text in again)


def test_deadlines_are_exact_in_the_record(evening: Evening) -> None:
    case = evening.ignored
    dues = [datetime.fromisoformat(line.data["due"]) for line in case.lines("time_up")][:3]
    assert dues == [case.opened_at + timedelta(minutes=minute) for minute in MINUTES[1:4]]


def test_on_my_way_but_no_arrival_and_the_ladder_goes_on(evening: Evening) -> None:
    case = evening.never_there
    taken = case.lines("taken")[0]
    second = case.lines("summoned")[1]
    assert near(second.at, taken.at + timedelta(minutes=15))
    assert second.data["rung"] == 1


def test_everybody_called_cannot_and_the_next_are_called_at_once(evening: Evening) -> None:
    case = evening.declined
    second = case.lines("summoned")[1]
    assert second.data["rung"] == 1
    assert second.at - case.opened_at < timedelta(minutes=3)
