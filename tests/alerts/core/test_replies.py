"""What people text back: what is read, what it does, what they are answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core import wording
from alerts.core.alert import Arrived, Cause, Closed, Declined, HelpNeeded, Signal, Status, Taken
from alerts.core.replies import Case, Said, Verb, decide, read

ME = "worker:1"
MINE = Case("a1", "4821", Status.OPEN, ME)
OTHER = Case("a2", "7712", Status.OPEN, ME)
OVER = Case("a3", "3333", Status.CLOSED, ME, ME)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1 4821", Said(Verb.GOING, "4821")),
        ("１４８２１", Said(Verb.GOING, "4821")),
        ("１　４８２１", Said(Verb.GOING, "4821")),
        ("14821", Said(Verb.GOING, "4821")),
        (" 1,4821。", Said(Verb.GOING, "4821")),
        ("4821 1", Said(Verb.GOING, "4821")),
        ("出发4821！", Said(Verb.GOING, "4821")),
        ("On my way 4821", Said(Verb.GOING, "4821")),
        ("2", Said(Verb.CANNOT)),
        ("去不了", Said(Verb.CANNOT)),
        ("can't", Said(Verb.CANNOT)),
        ("到了", Said(Verb.ARRIVED)),
        ("4 4821", Said(Verb.HELP, "4821")),
        ("增援", Said(Verb.HELP)),
        ("误报", Said(Verb.CLOSE, None, Cause.FAULTY)),
        ("514821", Said(Verb.CLOSE, "4821", Cause.HELPED)),
        ("52 4821", Said(Verb.CLOSE, "4821", Cause.WELL)),
        ("5 4821", Said(Verb.CLOSE, "4821")),
        ("收到 4821", Said(Verb.RECEIVED, "4821")),
        ("4821", Said(None, "4821")),
        ("没到", Said(None)),
        ("我不能出发", Said(None)),
        ("14821 27712", Said(None)),
        ("4821 7712", Said(None)),
        ("56 4821", Said(None, "4821")),
        ("", Said(None)),
        ("😀", Said(None)),
    ],
)
def test_a_reply_is_read_however_it_is_typed(body: str, said: Said) -> None:
    assert read(body) == said


@given(st.text(max_size=700))
def test_no_text_breaks_the_reader(body: str) -> None:
    decide(read(body), (MINE, OVER))


@pytest.mark.parametrize(
    ("body", "cases", "text", "signal"),
    [
        ("1 4821", (MINE,), "taken", Taken(ME)),
        ("1", (MINE,), "taken", Taken(ME)),
        ("1", (MINE, OVER), "taken", Taken(ME)),
        ("1 4821", (MINE, OTHER), "taken", Taken(ME)),
        ("1", (MINE, OTHER), "which", None),
        ("1 4812", (MINE,), "wrong_code", None),
        ("1 4821", (), "nothing", None),
        ("1 4821", (Case("a1", "4821", Status.TAKEN, ME, ME),), "taken_already", None),
        ("1 4821", (Case("a1", "4821", Status.ARRIVED, ME, ME),), "arrived", None),
        ("1 4821", (Case("a1", "4821", Status.TAKEN, ME, "worker:2"),), "taken_other", Taken(ME)),
        ("2 4821", (MINE,), "declined", Declined(ME)),
        ("2 4821", (Case("a1", "4821", Status.TAKEN, ME, "worker:2"),), "taken_other", Declined(ME)),
        ("3", (MINE,), "arrived", Arrived(ME)),
        ("4", (MINE,), "help", HelpNeeded(ME)),
        ("5", (MINE,), "cause", None),
        ("53", (MINE,), "closed", Closed(ME, Cause.FAULTY)),
        ("1 3333", (OVER,), "closed_already", None),
        ("3", (OVER,), "closed_already", None),
        ("收到", (MINE,), "received", None),
        ("谢谢", (MINE,), "unclear", None),
        ("谢谢", (OVER,), "nothing", None),
        ("谢谢", (), "nothing", None),
    ],
)
def test_a_reply_does_one_thing_and_has_one_answer(
    body: str, cases: tuple[Case, ...], text: str, signal: Signal | None
) -> None:
    answer = decide(read(body), cases)
    assert (answer.text, answer.signal) == (text, signal)
    assert text in wording.ANSWERS


def test_a_code_used_again_means_the_open_alert() -> None:
    old = Case("old", "4821", Status.CLOSED, ME)
    assert decide(read("1 4821"), (old, MINE)).alert == "a1"


@pytest.mark.parametrize("body", ["OK", "没事", "ok 4821"])
def test_a_word_with_two_meanings_closes_nothing(body: str) -> None:
    assert decide(read(body), (MINE,)).signal is None


@pytest.mark.parametrize("body", ["51", "3", "平安"])
def test_what_may_be_about_the_alert_closed_before_asks_which(body: str) -> None:
    answer = decide(read(body), (MINE, OVER))
    assert (answer.text, answer.signal, answer.values["codes"]) == ("which", None, "4821")
    assert decide(read(f"{body} 4821"), (MINE, OVER)).alert == "a1"
    taken = replace(MINE, status=Status.TAKEN, owner=ME)
    assert decide(read(body), (taken, OVER)).alert == "a1"


def test_who_is_called_to_help_is_never_told_to_stay_away() -> None:
    there = Case("a1", "4821", Status.ARRIVED, ME, "worker:2", helping=True)
    assert decide(read("1"), (there,)).text == "joining"
    assert decide(read("1"), (replace(there, helping=False),)).text == "taken_other"
