"""The few things templates need beside Django's: shapes of severity, elapsed time, the other language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.translation import gettext as _

from alerts.web import words

register = template.Library()


@register.filter
def since(now: datetime, then: datetime | None) -> str:
    """How long ago `then` was, in words; scripts keep it running."""
    return words.duration(max((now - then).total_seconds(), 0) / 60) if then else "–"


@register.filter
def until(now: datetime, then: datetime | None) -> str:
    """A countdown, "m:ss"; overdue once it has passed."""
    if then is None:
        return ""
    left = int((then - now).total_seconds())
    if left >= 3600:
        return words.duration(left // 60)
    return f"{left // 60}:{left % 60:02d}" if left >= 0 else _("due now")


@register.filter
def span(wait: timedelta | None) -> str:
    """A stretch of time in words."""
    return words.duration(wait.total_seconds() / 60) if wait is not None else ""


@register.filter
def channel(name: str) -> str:
    """A channel's name for people."""
    return words.word(words.CHANNELS, name)


@register.filter
def notice_state(name: str) -> str:
    """A notice's status for people."""
    return words.word(words.NOTICES, name)


@register.filter
def purpose(kind: str) -> str:
    """What a notice is for."""
    return words.word(words.PURPOSES, kind)


@register.filter
def room(name: str) -> str:
    """A room's name for people."""
    return words.room(name)


@register.filter
def phone(number: str) -> str:
    """A number as people read it: Chinese ones without the country code, mobiles in groups."""
    bare = number.removeprefix("+86")
    if len(bare) == 11 and bare.startswith("1"):
        return f"{bare[:3]} {bare[3:7]} {bare[7:]}"
    return f"0{bare}" if number.startswith("+86") else number


@register.filter
def tel(number: str) -> str:
    """A number as a tel: link takes it: digits and a leading plus, nothing else."""
    return "".join(c for n, c in enumerate(number) if c in "0123456789" or (c == "+" and n == 0))
