"""Holds what the alert service has on record against what the bad day must have led to: each exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.demo.bad_day import Scene
from gateway.demo.ledger import Case, Sent
from gateway.demo.sms import Text
from rules.pace import Pace

_ONCE = ("opened", "taken", "arrived", "closed")
_ARRIVED = frozenset({"sent", "delivered"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known from outside the alert service: when each scene began in real time, and all texts."""

    began: Mapping[str, datetime]
    texts: Sequence[Text]
    names: Mapping[str, str]  # by phone
    pace: Pace


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expected alert: what is missing or too much, and its latencies in wall time where there are any."""

    scene: Scene
    missing: tuple[str, ...]
    to_text: timedelta | None = None  # from the sensor (or the deadline) to the first text
    to_answer: timedelta | None = None  # from that text to "on my way"
    to_close: timedelta | None = None  # from that text to the closing
    texts: int = 0


def judge(scenes: Sequence[Scene], cases: Sequence[Case], evidence: Evidence) -> list[Verdict]:
    """A verdict for each scene, in order."""
    return [_verdict(scene, [case for case in cases if case.key == scene.key], evidence) for scene in scenes]


def unexpected(scenes: Sequence[Scene], cases: Sequence[Case], evidence: Evidence) -> list[str]:
    """Alerts that no scene explains, and texts that no alert explains."""
    wanted = {scene.key for scene in scenes}
    strange = [f"an alert nobody expected: {case.key}" for case in cases if case.key not in wanted]
    known = {notice.provider_id for case in cases for notice in case.notices}
    lost = [text for text in evidence.texts if text.sid not in known]
    return strange + [f"a text that no notice explains: {text.body}" for text in lost]


def _verdict(scene: Scene, cases: Sequence[Case], evidence: Evidence) -> Verdict:
    if len(cases) != 1:
        return Verdict(scene, (f"raised {len(cases)} times, not once",))
    case = cases[0]
    missing = (*_story(scene, case, evidence), *_sending(case, evidence))
    summons = {n.provider_id for n in case.notices if n.kind == "summon"}
    mine = [text for text in evidence.texts if text.sid in summons]
    if not mine:
        return Verdict(scene, (*missing, "no text reached a phone"))
    first = mine[0].created
    began = evidence.began.get(scene.key, evidence.pace.real(case.raised_at))
    return Verdict(
        scene,
        missing,
        first - began,
        _since(first, case, "taken", evidence.pace),
        _since(first, case, "closed", evidence.pace),
        len([text for text in evidence.texts if text.sid in {n.provider_id for n in case.notices}]),
    )


def _since(first: datetime, case: Case, what: str, pace: Pace) -> timedelta | None:
    lines = case.lines(what)
    return pace.real(lines[0].at) - first if lines else None


def _story(scene: Scene, case: Case, evidence: Evidence) -> Iterator[str]:
    for what in _ONCE:
        times = len(case.lines(what))
        if times != 1:
            yield f"{what} {times} times, not once"
    if case.status != "closed" or case.cause != scene.cause:
        yield f"ended as {case.status} with cause {case.cause or '-'}, not closed with {scene.cause}"
    who = evidence.names[scene.phone].split(" · ")[0]
    if any(line.who != who for line in case.lines("taken")):
        yield f"taken by {case.lines('taken')[0].who}, not by {who}"


def _sending(case: Case, evidence: Evidence) -> Iterator[str]:
    """Every notice reached the provider, once; no text is longer than one SMS."""
    sids = Counter(notice.provider_id for notice in case.notices if notice.status != "dropped")
    known = {text.sid: text for text in evidence.texts}
    for notice in case.notices:
        if notice.status != "dropped":
            yield from _one(notice, sids[notice.provider_id], known.get(notice.provider_id))
    copies = Counter((text.to, text.body) for text in evidence.texts)
    for (to, body), times in copies.items():
        if times > 1 and any(notice.text == body for notice in case.notices):
            yield f"sent {times} times to {to}: {body}"


def _one(notice: Sent, claims: int, text: Text | None) -> Iterator[str]:
    if notice.status not in _ARRIVED or text is None:
        yield f"the {notice.kind} to {notice.name} is {notice.status}"
        return
    if claims != 1:
        yield f"{claims} notices claim one text"
    if len(text.body) > 70:
        yield f"a text of {len(text.body)} characters"
