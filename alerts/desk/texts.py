"""Writes what a person is sent about an alert, in their language, from the templates of config/messages."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from alerts.conf import conf, shipped
from alerts.core import wording
from alerts.core.alert import Alert
from alerts.core.wording import Messages
from alerts.registry import forms
from alerts.registry.models import Home
from rules import explain

LANGUAGES = ("zh", "en")


@cache
def messages(language: str) -> Messages:
    """The texts of a language; those of the service's own where there are none. Raises MessagesError."""
    folder = conf().service.messages or shipped("messages")
    path = folder / f"{language if language in LANGUAGES else conf().service.language}.toml"
    return wording.parse(path.read_text(encoding="utf-8"), str(path))


def text(name: str, alert: Alert, home: Home, language: str, link: str = "", owner: str = "") -> str:
    """The text `name` about an alert, as somebody of this language reads it."""
    said = messages(language)
    values = {
        "signature": conf().service.signature,
        "door": home.door or home.address,
        "name": "、".join(home.residents.values_list("name", flat=True)),
        "what": explain.short(said.language, alert.key),
        "since": since(alert, home),
        "code": alert.code,
        "link": link,
        "owner": owner,
        "again": said.words.get("again", "") if name == "summon" and alert.repeat else "",
        "cause": said.cause.get(alert.cause or "", ""),
    }
    return wording.compose(said, name, values)


def since(alert: Alert, home: Home) -> str:
    """Since when, in the home's own time: the last sign of life where there is one, else the finding."""
    began = alert.raised_at
    told = alert.facts.get("since")
    if isinstance(told, str):
        began = _instant(told) or began
    return local(began, alert.opened_at, home)


def local(at: datetime, today: datetime, home: Home) -> str:
    """An instant on the home's clock, with the day if it was another."""
    zone = forms.zone(home.zone)
    there = at.astimezone(zone)
    same = there.date() == today.astimezone(zone).date()
    return f"{there:%H:%M}" if same else f"{there.month}/{there.day} {there:%H:%M}"


def _instant(told: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    return at if at.tzinfo else None
