"""An alert as its row holds it: the whole core value as JSON, and the columns that queries need."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alerts.core.alert import Alert
from alerts.desk import models


def dump(alert: Alert) -> Any:
    """The value as plain JSON types."""
    return msgspec.to_builtins(alert)


def load(row: models.Alert) -> Alert:
    """The value of a row."""
    return msgspec.convert(row.state, Alert)


def columns(alert: Alert) -> dict[str, Any]:
    """What the row holds beside its id and version."""
    return {
        "home_id": alert.home,
        "key": alert.key,
        "kind": alert.kind[:60],
        "severity": alert.severity.value,
        "status": alert.status.value,
        "code": alert.code,
        "opened_at": alert.opened_at,
        "raised_at": alert.raised_at,
        "rung": max(alert.rung, 0),
        "due": alert.due,
        "owner": alert.owner,
        "cause": alert.cause.value if alert.cause else "",
        "closed_at": alert.closed_at,
        "facts": dict(alert.facts),
        "state": dump(alert),
    }


def row(alert: Alert) -> models.Alert:
    """A new row."""
    return models.Alert(id=UUID(alert.id), **columns(alert))
