"""What the homes must be told: a debt with each change, paid by a retained Word and only then struck off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from alerts.conf import conf
from alerts.desk import bell, models, modes, store, texts
from alerts.desk.people import name
from alerts.registry import forms
from alerts.registry.models import Home
from rules.wire import Told, Word, digest, down_topic, say


@dataclass(frozen=True, slots=True)
class Message:
    """A retained message that is owed to a home, as of `version` of what it must know."""

    home: str
    version: int
    topic: str
    payload: bytes
    digest: str


def owed(now: datetime, limit: int = 50) -> Sequence[Message]:
    """The Words that are not published yet, each as things stand now."""
    late = models.HomeWord.objects.filter(said__lt=F("version"))[:limit]
    return [m for debt in late if (m := _message(debt, now)) is not None]


def said(message: Message) -> None:
    """The broker has it. A change since then leaves a debt."""
    models.HomeWord.objects.filter(pk=message.home).update(said=message.version, digest=message.digest)


def compare(home: str, heard: str) -> None:
    """The home says which Word it holds; if that is not the last one, it is told again."""
    debt = models.HomeWord.objects.filter(pk=home).first()
    if debt is None and heard:
        store.home_changed(home)  # it holds a Word that we do not know of: of a store before this one
    if debt is not None and debt.said == debt.version and debt.digest != heard:
        models.HomeWord.objects.filter(pk=home).update(said=F("version") - 1)
        bell.ring()


def word(home: str, now: datetime) -> Word:
    """All open alerts of the home, and the mode that was said of it."""
    rows = store.still_open().filter(home_id=home).order_by("opened_at")
    return Word(now, tuple(Told(row.key, row.status, _text(row)) for row in rows), modes.wish(home))


def _message(debt: models.HomeWord, now: datetime) -> Message | None:
    with transaction.atomic():
        debt.refresh_from_db()
        home = Home.objects.select_related("gateway").get(pk=debt.pk)
        told = word(home.pk, now)
    if home.gateway is None or not re.fullmatch(forms.KEY, home.gateway.key):
        models.HomeWord.objects.filter(pk=home.pk).update(said=debt.version)
        return None  # nobody there who could be told
    payload = say(bytes.fromhex(home.gateway.key), home.pk, told)
    return Message(home.pk, debt.version, down_topic(home.pk), payload, digest(told))


def _text(row: models.Alert) -> str:
    """A sentence for the loudspeaker; empty where nobody has the alert yet."""
    if not row.owner:
        return ""
    words = texts.messages(conf().service.language).words
    return words.get(row.status, "").format(owner=name(row.owner))
