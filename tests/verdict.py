"""What became of every press: judged by the centre's own store and by the provider's list, nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crowd import Press
from town import MARK, Town, button

from gateway.demo.ledger import Case
from gateway.demo.sms import Text

_SUMMONS = """
    SELECT n.id, n.address, n.text, n.status, n.alert_id, n.person, n.rung, n.repeat
    FROM desk_notice n WHERE n.kind = 'summon' AND n.channel = 'sms_twilio'"""


@dataclass(frozen=True)
class Call:
    """One notice by which somebody was summoned."""

    id: str
    address: str
    text: str
    status: str
    alert: str
    person: str
    rung: int
    repeat: int


@dataclass(frozen=True)
class Verdict:
    """How many presses, alerts and texts there were, and how many texts came twice under one notice id."""

    presses: int
    alerts: int
    texts: int
    twice: int

    def __str__(self) -> str:
        return f"{self.presses} presses, {self.alerts} alerts, {self.texts} texts, {self.twice} of them twice"


def keys(store: Path) -> set[str]:
    """The keys of all alerts at the centre."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as db:
        return {f"{home} {key}" for home, key in db.execute("SELECT home_id, key FROM desk_alert")}


def key(press: Press) -> str:
    """The key that the alert of a press has."""
    return f"h-{press[0]} sos:{button(*press).ieee}"


def missing(here: Town, pressed: Collection[Press]) -> set[Press]:
    """The presses that the centre does not know (yet)."""
    there = keys(here.ledger.database)
    return {press for press in pressed if key(press) not in there}


def calls(here: Town) -> list[Call]:
    """Every summons at the centre."""
    with closing(sqlite3.connect(f"file:{here.ledger.database}?mode=ro", uri=True, timeout=10)) as db:
        return [Call(*row) for row in db.execute(_SUMMONS)]


def unsent(here: Town) -> list[Call]:
    """The summonses that are still to go out."""
    return [call for call in calls(here) if call.status in ("queued", "sending")]


def within(seconds: float, true: Callable[[], bool], step: float = 0.1) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def taken(here: Town, pressed: Collection[Press]) -> list[Case]:
    """The alerts of these presses. Asserts that each has one, and only one."""
    wanted = {key(press).split()[1] for press in pressed}
    cases = [case for case in here.ledger.cases() if case.key in wanted]
    assert not missing(here, pressed), "an acknowledged press is lost"
    assert max(Counter(case.key for case in cases).values()) == 1, "one press has two alerts"
    return cases


def judge(here: Town, pressed: Collection[Press]) -> Verdict:
    """Asserts that nothing was lost, and nothing sent or done twice that must be once."""
    cases = taken(here, pressed)
    _closed_once(cases)
    mine = {case.id for case in cases}
    return _texts([call for call in calls(here) if call.alert in mine], here.provider.texts, cases)


def _closed_once(cases: Sequence[Case]) -> None:
    for case in cases:
        assert case.status == "closed", f"{case.key} is {case.status}"
        assert len(case.lines("taken")) == 1, [line.what for line in case.story]
        assert len(case.lines("closed")) == 1, [line.what for line in case.story]


def _texts(called: Sequence[Call], texts: Sequence[Text], cases: Sequence[Case]) -> Verdict:
    planned = Counter((call.alert, call.rung, call.repeat, call.person) for call in called)
    assert max(planned.values()) == 1, "one call of one person has two notices"
    by_text: Mapping[tuple[str, str], Call] = {(call.address, call.text): call for call in called}
    assert len(by_text) == len(called), "two notices have one text: no link of their own"
    out = Counter(
        by_text[text.to, text.body].id
        for text in texts
        if MARK in text.body and (text.to, text.body) in by_text
    )
    for call in called:
        assert call.status in ("sent", "delivered", "dropped"), call
        assert call.status == "dropped" or call.id in out, f"marked as sent, and never was: {call}"
    firsts = {call.alert for call in called if call.rung == 0 and call.id in out}
    assert firsts == {case.id for case in cases}, "an alert for which nobody was called"
    return Verdict(len(cases), len(cases), sum(out.values()), sum(1 for n in out.values() if n > 1))


def strangers(here: Town) -> list[Text]:
    """Summonses that a phone got and the centre has no notice of."""
    known = {(call.address, call.text) for call in calls(here)}
    return [text for text in here.provider.texts if MARK in text.body and (text.to, text.body) not in known]
