"""The worker's link: a token that opens one alert for one person, and tells nothing by itself."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings

from alerts.desk.models import Notice

LENGTH = 12  # base62: 71 bits, out of reach of guessing over HTTP
GRACE = timedelta(hours=2)  # after the closing the link still says that it is over
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def make(notice: object) -> str:
    """The token of a notice id: always the same one, so that a repeated try carries the same link."""
    mac = hmac.new(settings.SECRET_KEY.encode(), f"link:{notice}".encode(), sha256).digest()
    number = int.from_bytes(mac[:16])
    token = ""
    while len(token) < LENGTH:
        number, digit = divmod(number, 62)
        token += _DIGITS[digit]
    return token


def find(token: str, now: datetime) -> Notice | None:
    """The notice whose link this is; None if it is forged, or its alert was closed more than GRACE ago.

    Show the resident's card only while the alert is not closed.
    """
    if len(token) != LENGTH:
        return None
    notice = Notice.objects.select_related("alert__home").filter(token=token).first()
    if notice is None or not hmac.compare_digest(make(notice.id).encode(), token.encode()):
        return None
    closed = notice.alert.closed_at
    return None if closed is not None and now - closed > GRACE else notice
