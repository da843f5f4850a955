"""What comes back from phones: replies by SMS, and a provider's word on how a message fared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from alerts.conf import conf
from alerts.core import replies, wording
from alerts.core.alert import Alert, Status, Taken
from alerts.core.replies import Answer, Case
from alerts.desk import models, outbox, state, store, texts
from alerts.desk.desk import tell
from alerts.desk.people import language, name
from alerts.registry.models import Contact, Worker

_RECENT = timedelta(days=1)  # so long a late reply is still told that the alert is closed
_NOBODY = "unknown"


def reply(from_: str, body: str, now: datetime) -> str:
    """The answer to somebody's text, after it has done what it says."""
    phone = _phone(from_)
    cases = _cases(phone, now)
    if not cases and not _known(phone):
        return wording.answer(texts.messages(conf().service.language), _NOBODY, {})
    answer = replies.decide(replies.read(body), cases)
    with transaction.atomic():
        answer = _act(answer, cases, body, now)
    return _words(answer, _language(phone, cases), now)


def status(provider_id: str, status: str, error: str, now: datetime) -> None:
    """A provider's callback: delivered, failed or undelivered; other words tell nothing new."""
    if provider_id and status in outbox.OUTCOMES:
        outbox.callback(provider_id, status, error[:300], now)


def _act(answer: Answer, cases: Sequence[Case], body: str, now: datetime) -> Answer:
    if not answer.alert:
        return answer
    case = next(case for case in cases if case.alert == answer.alert)
    store.note(case.alert, now, "reply", name(case.person), {"note": body[:200], "answer": answer.text})
    _answered(case, now)
    if answer.signal is None:
        return answer
    after = tell(case.alert, answer.signal, now)
    return _in_time(answer, case, after)


def _in_time(answer: Answer, case: Case, after: Alert) -> Answer:
    """Somebody else may have been quicker between the reading and the writing."""
    beaten = isinstance(answer.signal, Taken) and after.owner != case.person and not case.helping
    if after.status is Status.CLOSED and answer.text != "closed":
        return Answer("closed_already", case.alert, None, answer.values)
    return Answer("taken_other", case.alert, None, answer.values) if beaten else answer


def _answered(case: Case, now: datetime) -> None:
    theirs = models.Notice.objects.filter(alert_id=case.alert, person=case.person, kind="summon")
    theirs.filter(answered_at__isnull=True).update(answered_at=now)


def _cases(phone: str, now: datetime) -> Sequence[Case]:
    """The alerts this phone was called for: the open ones, and those closed lately; newest first. Where one
    phone serves two people, it speaks for the one who has the alert."""
    lately = Q(alert__closed_at__isnull=True) | Q(alert__closed_at__gt=now - _RECENT)
    rows = models.Notice.objects.filter(lately, address=phone, kind="summon").select_related("alert")
    cases: dict[str, Case] = {}
    for notice in rows.order_by("-created_at"):
        case = _case(notice)
        if case.alert not in cases or case.person == case.owner:
            cases[case.alert] = case
    return tuple(cases.values())


def _case(notice: models.Notice) -> Case:
    row = notice.alert
    helped_at = None if row.closed_at else state.load(row).helped_at
    helping = helped_at is not None and notice.created_at >= helped_at
    return Case(str(row.pk), row.code, Status(row.status), notice.person, row.owner, helping)


def _words(answer: Answer, tongue: str, now: datetime) -> str:
    messages = texts.messages(tongue)
    values = dict(answer.values)
    if "cause" in values:
        values["cause"] = messages.cause.get(values["cause"], values["cause"])
    if answer.alert:
        values |= _about(answer.alert, now)
    return wording.answer(messages, answer.text, values)


def _about(id_: str, now: datetime) -> dict[str, str]:
    row = store.get(id_)
    alert, home = state.load(row), row.home
    when = texts.local(alert.closed_at, now, home) if alert.closed_at else ""
    owner = name(alert.owner) if alert.owner else ""
    return {"code": alert.code, "door": home.door or home.address, "owner": owner, "when": when}


def _phone(text: str) -> str:
    return "".join(c for c in text if c in "+0123456789")[:20]


def _known(phone: str) -> bool:
    if not phone:
        return False
    return Worker.objects.filter(phone=phone).exists() or Contact.objects.filter(phone=phone).exists()


def _language(phone: str, cases: Sequence[Case]) -> str:
    default = conf().service.language
    if cases:
        return language(cases[0].person, default)
    return Worker.objects.filter(phone=phone).values_list("language", flat=True).first() or default
