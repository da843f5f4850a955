"""A text as Twilio's API shapes it: the resource, the error, the status callback, the inbound webhook."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal
from urllib.parse import parse_qsl

Status = Literal["queued", "sent", "delivered", "undelivered"]
ACCOUNT = "AC" + "5ca1ab1e" * 4
SENDER = "+15005550006"
_ERRORS = {
    400: (21604, "A 'To' phone number is required."),
    401: (20003, "Authenticate"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    500: (20500, "An internal server error has occurred"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS as a phone shows it. `at` is a `time.monotonic()` of the moment it was taken in."""

    sid: str
    sender: str
    to: str
    body: str
    callback: str
    at: float
    created: datetime
    status: Status = "queued"


def segments(body: str) -> int:
    """Into how many SMS a text is cut: 70 characters of UCS-2 each, 67 where there are more than one."""
    plain = body.isascii()
    alone, each = (160, 153) if plain else (70, 67)
    units = len(body) if plain else len(body.encode("utf-16-be")) // 2
    return 1 if units <= alone else -(-units // each)


def resource(account: str, text: Text) -> dict[str, object]:
    """The Message resource, as POST and GET answer it."""
    uri = f"/2010-04-01/Accounts/{account}/Messages/{text.sid}"
    created = format_datetime(text.created)
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": created,
        "date_sent": None if text.status == "queued" else created,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": 30003 if text.status == "undelivered" else None,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(segments(text.body)),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def listing(account: str, query: str, texts: Iterable[Text]) -> dict[str, object]:
    """The list of messages, newest first, in one page; filtered by To and From, not by date."""
    asked = dict(parse_qsl(query))
    wanted = [t for t in texts if asked.get("To") in (None, t.to) and asked.get("From") in (None, t.sender)]
    uri = f"/2010-04-01/Accounts/{account}/Messages.json"
    page = [resource(account, text) for text in reversed(wanted)][:1000]
    return {
        "end": max(0, len(page) - 1),
        "first_page_uri": f"{uri}?PageSize=1000&Page=0",
        "messages": page,
        "next_page_uri": None,
        "page": 0,
        "page_size": 1000,
        "previous_page_uri": None,
        "start": 0,
        "uri": f"{uri}?PageSize=1000&Page=0",
    }


def refusal(status: int) -> tuple[int, dict[str, object]]:
    """The answer to a request that is refused: its HTTP status, and Twilio's error object."""
    code, message = _ERRORS.get(status, (20000 + status, "Error"))
    return status, {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def callback(account: str, text: Text, status: Status) -> dict[str, str]:
    """The form of a status callback."""
    form = {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "From": text.sender,
        "MessageSid": text.sid,
        "MessageStatus": status,
        "SmsSid": text.sid,
        "SmsStatus": status,
        "To": text.to,
    }
    return form | ({"ErrorCode": "30003"} if status == "undelivered" else {})


def inbound(account: str, sender: str, to: str, body: str) -> dict[str, str]:
    """The form of the webhook that brings a reply."""
    sid = "SM" + secrets.token_hex(16)
    return {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": sender,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": str(segments(body)),
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": to,
    }
