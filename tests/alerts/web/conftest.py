"""The console over a real SQLite database, with one home, its people and a console login."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from alerts.core.alert import Alert

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def home(empty: None) -> Any:
    """One home with a resident, a contact, a worker and four sensors, heard a moment ago."""
    from alerts.desk.models import Pulse
    from alerts.registry.models import Area, Contact, Device, Gateway, Home, Post, Resident, Worker

    area = Area.objects.create(slug="grid-3", name="第三网格", level="grid")
    gateway = Gateway.objects.create(id="gw-1", key="0" * 64)
    one = Home.objects.create(
        id="h-1", area=area, gateway=gateway, address="劳动路 12 号", door="3幢402", access="钥匙盒"
    )
    Resident.objects.create(home=one, name="王秀英", born=1938, sex="f", phone="+8657187", illness="高血压")
    Contact.objects.create(home=one, name="王晓东", relation="儿子", phone="+8613900000001", keyholder=True)
    worker = Worker.objects.create(name="李建国", phone="+8613800000001")
    Post.objects.create(worker=worker, area=area, role="grid_worker")
    for room, kind in (("bedroom", "sos"), ("hall", "contact"), ("kitchen", "motion"), ("bedroom", "bed")):
        Device.objects.create(id=f"{room}-{kind}", home=one, room=room, name=kind)
    Pulse.objects.create(home=one, heard_at=NOW, sent_at=NOW, due=NOW + timedelta(days=1))
    return one


@pytest.fixture
def client(home: Any) -> Client:
    """A signed-in browser whose reader prefers English."""
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client(headers={"accept-language": "en"})
    browser.force_login(User.objects.create(username="desk"))
    return browser


@pytest.fixture
def alert(home: Any) -> Alert:
    """An SOS, opened just now."""
    return opened("sos:bedroom-sos", "emergency", room="bedroom", device="bedroom-sos", presses=2.0)


def opened(key: str, severity: str, at: datetime = NOW, home: str = "h-1", **facts: str | float) -> Alert:
    """The desk opens an alert."""
    from alerts.desk import desk
    from rules.model import Raise, Severity

    return desk.open_or_worsen(home, Raise(key, Severity(severity), at, facts), at)


@pytest.fixture
def raises() -> Any:
    """Opens alerts: raises(key, severity, at, home, **facts)."""
    return opened
