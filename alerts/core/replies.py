"""Reads what people text back, and decides what it means for their alerts and what to answer. Pure.

"收到" (received) is no promise to go: the answer asks whether she goes, and the ladder goes on. "OK" and
"没事" may mean that, or that the resident is well: no alert is closed by a word that has two meanings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.core.alert import Arrived, Cause, Closed, Declined, HelpNeeded, Signal, Status, Taken


class Verb(StrEnum):
    """What somebody says by SMS."""

    GOING = "1"
    CANNOT = "2"
    ARRIVED = "3"
    HELP = "4"
    CLOSE = "5"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Said:
    """What was read out of a text; None where it says nothing of the kind."""

    verb: Verb | None
    code: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An alert that somebody with this phone was called for."""

    alert: str
    code: str
    status: Status
    person: str
    owner: str = ""
    helping: bool = False  # they were called because whoever is there needs more hands


@dataclass(frozen=True, slots=True)
class Answer:
    """The alert a reply is about and its signal, if any; and the answer's name and values."""

    text: str
    alert: str = ""
    signal: Signal | None = None
    values: Mapping[str, str] = field(default_factory=dict)


_WORDS: Mapping[str, tuple[Verb, Cause | None]] = {
    word: (verb, cause)
    for words, verb, cause in (
        ("1 出发 已出发 我去 我来 在路上 马上去 马上到 这就去 going onmyway yes", Verb.GOING, None),
        ("2 去不了 不能去 没空 来不了 不去 无法前往 cannot cant can't no", Verb.CANNOT, None),
        ("3 到了 到达 已到 已到达 我到了 在现场 arrived here", Verb.ARRIVED, None),
        ("4 增援 支援 需要增援 需要帮助 求助 help morehelp", Verb.HELP, None),
        ("5 办结 完成 结束 处理完毕 closed done", Verb.CLOSE, None),
        ("51 已救助 已送医 送医 helped", Verb.CLOSE, Cause.HELPED),
        ("52 平安 老人没事 老人平安 well", Verb.CLOSE, Cause.WELL),
        ("53 误报 设备误报 设备故障 falsealarm", Verb.CLOSE, Cause.FAULTY),
        ("54 测试 试验 test", Verb.CLOSE, Cause.TEST),
        ("55 其他 其它 other", Verb.CLOSE, Cause.OTHER),
        ("收到 知道了 好的 好 没事 received ok", Verb.RECEIVED, None),
    )
    for word in words.split()
}
_FORM = r"(?:9\d{5}|\d{4})"  # of a code: four digits, or six from 9 on where four are used up
_RUN = re.compile(rf"(5[1-5]|[1-5])({_FORM})")
_CODE = re.compile(rf"(?<!\d){_FORM}(?!\d)")


def read(body: str) -> Said:
    """What the text says. Never raises. Full-width digits, blanks, capitals and punctuation do not matter."""
    text = unicodedata.normalize("NFKC", body[:500]).lower()
    text = "".join(" " if unicodedata.category(c)[0] in "PS" and c != "'" else c for c in text)
    codes = _CODE.findall(text)
    squeezed = "".join(text.split())
    if not codes and (run := _RUN.fullmatch(squeezed)):
        return _said(run[1], run[2])
    if len(codes) > 1:
        return Said(None)
    return _said("".join(_CODE.sub("", text).split()), codes[0] if codes else None)


def _said(word: str, code: str | None) -> Said:
    verb, cause = _WORDS.get(word, (None, None))
    return Said(verb, code, cause)


def decide(said: Said, cases: Sequence[Case]) -> Answer:
    """What follows from a reply of somebody who was called for `cases`, newest first, closed ones too."""
    case = _meant(said, cases)
    if isinstance(case, Answer):
        return case
    if case.status is Status.CLOSED:
        return _about(case, "closed_already")
    match said:
        case Said(None):
            return _about(case, "unclear")
        case Said(Verb.RECEIVED):
            return _about(case, "received")
        case Said(Verb.GOING):
            return _going(case)
        case Said(Verb.CANNOT):
            text = "taken_other" if case.owner not in ("", case.person) else "declined"
            return _about(case, text, Declined(case.person))
        case Said(Verb.ARRIVED):
            return _about(case, "arrived", Arrived(case.person))
        case Said(Verb.HELP):
            return _about(case, "help", HelpNeeded(case.person))
    return _closing(case, said.cause)


def _meant(said: Said, cases: Sequence[Case]) -> Case | Answer:
    """The one alert a reply is about, or why there is none."""
    still = [case for case in cases if case.status is not Status.CLOSED]
    codes = "、".join(sorted(case.code for case in still))
    if said.code is not None:
        named = [case for case in cases if case.code == said.code]
        if named:
            return min(named, key=lambda case: case.status is Status.CLOSED)
        if not still:
            return Answer("nothing")
        return Answer("wrong_code", values={"wrong": said.code, "codes": codes})
    if len(still) > 1:
        return Answer("which", values={"codes": codes})
    if still and len(cases) > 1 and said.verb in (Verb.ARRIVED, Verb.CLOSE) and not _has(still[0]):
        return Answer("which", values={"codes": codes})  # it may be about the one that was closed lately
    if still:
        return still[0]
    return cases[0] if cases and said.verb else Answer("nothing")


def _going(case: Case) -> Answer:
    if case.status is Status.OPEN:
        return _about(case, "taken", Taken(case.person))
    if _has(case):
        return _about(case, "taken_already" if case.status is Status.TAKEN else "arrived")
    return _about(case, "joining" if case.helping else "taken_other", Taken(case.person))


def _has(case: Case) -> bool:
    return case.owner == case.person


def _closing(case: Case, cause: Cause | None) -> Answer:
    if cause is None:
        return _about(case, "cause")
    return _about(case, "closed", Closed(case.person, cause), cause.value)


def _about(case: Case, text: str, signal: Signal | None = None, cause: str = "") -> Answer:
    values = {"code": case.code} | ({"cause": cause} if cause else {})
    return Answer(text, case.alert, signal, values)
