"""From a payload on the broker to a phone and back, on the clock on the wall."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from gateway.demo.sms import segments
from rules import wire

if TYPE_CHECKING:
    Town = Any

pytestmark = pytest.mark.slow
WORKER, CONTACT = "+8619900001000", "+8619900005{:03}"
PRESSES, HOMES = 200, 12


def heard(here: Town, inbox: Any, home: int, wanted: str, patience: float = 2.0) -> wire.Word:
    """The Word whose only alert has this status ("" for none), within two seconds."""
    deadline = time.monotonic() + patience
    while True:
        word = here.word(home, inbox.get(timeout=max(0.01, deadline - time.monotonic())))
        if isinstance(word, wire.Word) and [told.status for told in word.alerts] == [wanted] * bool(wanted):
            return word


def test_a_press_reaches_a_phone_within_a_second(here: Town, record_property: Any) -> None:
    """p99 ≤ 1 s over 200 presses in twelve homes, each SMS in one part."""
    took = []
    for n in range(PRESSES):
        home = n % HOMES
        began = here.press(home)
        text = here.summons(home, began, WORKER)
        took.append(text.at - began)
        assert len(text.body) <= 70
        assert segments(text.body) == 1
        here.reply(WORKER, "54", text)
    took.sort()
    p50, p99 = took[PRESSES // 2], took[-(PRESSES // 100) - 1]
    said = f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, max {took[-1] * 1000:.0f} ms"
    record_property("sos_to_sms", said)
    print(f"\nSOS to SMS over {PRESSES} presses: {said}")
    assert p99 <= 1.0
    cases = here.ledger.cases()
    assert len(cases) == PRESSES
    assert {case.status for case in cases} == {"closed"}


def test_on_my_way_stands_the_others_down_and_tells_the_home(here: Town) -> None:
    home = 3
    with here.hearing(wire.down_topic(f"h-{home}")) as inbox:
        began = here.press(home)
        text = here.summons(home, began, WORKER)
        here.summons(home, began, CONTACT.format(home))
        heard(here, inbox, home, "open")
        answered = time.monotonic()
        assert "已记录" in here.reply(WORKER, "1", text)
        heard(here, inbox, home, "taken")
        stood_down = here.provider.wait(
            lambda t: t.to == CONTACT.format(home) and "不必再去" in t.body, 2.0, answered
        )
        assert stood_down.at - answered <= 2.0
    with here.hearing(wire.down_topic(f"h-{home}")) as late:
        message = late.get(timeout=2)
        assert message.retain
        assert [told.status for told in here.word(home, message).alerts] == ["taken"]
    here.reply(WORKER, "3", text)
    here.reply(WORKER, "51", text)
    with here.hearing(wire.down_topic(f"h-{home}")) as later:
        heard(here, later, home, "")
    assert here.case(home).cause == "51"


def test_a_second_press_while_it_is_open_calls_nobody_again(here: Town) -> None:
    home = 4
    began = here.press(home)
    text = here.summons(home, began, WORKER)
    time.sleep(1.1)  # closer together they are the same press
    here.press(home)
    deadline = time.monotonic() + 5
    while not here.case(home).lines("worsened"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    mine = [t for t in here.provider.texts if t.to == WORKER and t.at > began and f"3幢{home}02" in t.body]
    assert len(mine) == 1
    here.reply(WORKER, "51", text)


def test_the_same_reply_twice_does_no_harm(here: Town) -> None:
    home = 5
    text = here.summons(home, here.press(home), WORKER)
    first = here.reply(WORKER, "1", text)
    assert here.reply(WORKER, "1", text) != first
    here.reply(WORKER, "52", text)
    assert "已于" in here.reply(WORKER, "52", text)
    assert len(here.case(home).lines("taken")) == len(here.case(home).lines("closed")) == 1


def test_a_stranger_changes_nothing(here: Town) -> None:
    home = 6
    text = here.summons(home, here.press(home), WORKER)
    assert "未登记" in here.reply("+8619912345678", "1", text)
    assert here.case(home).status == "open"
    here.reply(WORKER, "54", text)
