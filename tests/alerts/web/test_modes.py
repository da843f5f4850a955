"""What the centre's staff says of a home, on the home's page, and what the page says back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from alerts.desk import models, modes
from alerts.desk.modes import Speaker
from alerts.timeline.sql import SqlTimeline
from rules.model import DeviceId, HomeId, Kind, Mode, ModeSet, Origin, Reading

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WANG = Speaker("user:1", "王芳", "给儿子打过电话")
H = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)


def post(client: Client, **fields: str) -> Any:
    return client.post("/homes/h-1/mode", fields)


def test_it_is_said_once_by_who_is_signed_in_and_shown(client: Client) -> None:
    answer = post(client, mode="away", lasts="3d", note=" at her daughter's ")
    assert (answer.status_code, answer.url) == (302, "/homes/h-1/")
    row = models.HomeMode.objects.get()
    assert (row.mode, row.name, row.note, row.by[:5]) == ("away", "desk", "at her daughter's", "user:")
    assert row.until is not None
    assert row.until - row.said_at == timedelta(days=3)
    page = client.get("/homes/h-1/").text
    assert "Away" in page
    assert "Not confirmed by the home yet" in page
    assert "at her daughter&#x27;s" in page
    assert '<span class="tag away">Away</span>' in client.get("/homes/").text
    modes.heard("h-1", ModeSet(Mode.AWAY, NOW, "desk", row.until, row.order), NOW)
    assert "The home knows since" in client.get("/homes/h-1/mode").text


def test_times_are_those_of_the_home(client: Client) -> None:
    row = modes.say("h-1", Mode.VISITOR, WANG, NOW)
    assert row.until is not None
    until = f"until {row.until.astimezone(ZoneInfo('Asia/Shanghai')):%m-%d %H:%M}"
    assert until in client.get("/homes/h-1/mode").text
    assert until in client.get("/homes/h-1/").text


def test_an_alert_s_page_says_it_too(client: Client, alert: Any) -> None:
    modes.say("h-1", Mode.HOSPITAL, WANG, NOW)
    assert '<span class="tag hospital">In hospital</span>' in client.get(f"/alerts/{alert.id}/").text


def test_home_is_said_by_a_person_or_by_time(client: Client) -> None:
    post(client, mode="visitor")
    post(client, mode="home", lasts="3d")
    assert "At home</strong>" in client.get("/homes/h-1/mode").text
    assert [row.until is None for row in models.HomeMode.objects.order_by("order")] == [False, True]
    modes.say("h-1", Mode.TEST, WANG, NOW - 2 * H)
    assert "At home</strong>" in client.get("/homes/h-1/mode").text


@pytest.mark.parametrize(
    "fields", [{}, {"mode": "asleep"}, {"mode": "test", "lasts": "3d"}, {"mode": "visitor", "lasts": "30d"}]
)
def test_what_makes_no_sense_is_refused(client: Client, fields: dict[str, str]) -> None:
    assert post(client, **fields).status_code == 400
    assert not models.HomeMode.objects.exists()


def test_a_length_that_the_form_does_not_offer_is_the_usual_one(client: Client) -> None:
    post(client, mode="visitor", lasts="9999d")
    row = models.HomeMode.objects.get()
    assert row.until is not None
    assert row.until - row.said_at == 12 * H


def test_only_a_post_of_somebody_signed_in_acts(client: Client, home: Any) -> None:
    assert client.get("/homes/h-1/mode?mode=away").status_code == 200
    assert Client().post("/homes/h-1/mode", {"mode": "away"}).url.startswith("/login")
    assert Client(enforce_csrf_checks=True).post("/homes/h-1/mode", {"mode": "away"}).status_code in (
        302,
        403,
    )
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user())
    assert strict.post("/homes/h-1/mode", {"mode": "away"}).status_code == 403
    assert client.post("/homes/h-9/mode", {"mode": "away"}).status_code == 404
    assert client.get("/homes/h-9/mode").status_code == 404
    assert not models.HomeMode.objects.exists()


def user() -> User:
    from django.contrib.auth.models import User

    return User.objects.get(username="desk")


def test_a_walk_test_shows_which_sensors_were_set_off(client: Client) -> None:
    post(client, mode="test")
    at = models.HomeMode.objects.get().said_at
    SqlTimeline().append(
        HomeId("h-1"),
        [
            Reading(DeviceId("hall-contact"), Kind.CONTACT, 1.0, at),
            Reading(DeviceId("kitchen-motion"), Kind.MOTION, 1.0, at, Origin.HEARTBEAT),
            Reading(DeviceId("bedroom-sos"), Kind.SOS, 1.0, at - H),
        ],
    )
    page = client.get("/homes/h-1/mode").text
    rows = page.split("<tr")[2:]
    said = {row.split("<td>")[2].split("<")[0]: row for row in rows}
    assert "open" in said["contact"]
    assert "heard, not set off yet" in said["motion"]
    assert "nothing yet" in said["sos"]


def test_an_alert_of_a_test_is_shown_as_one_and_comes_last(client: Client, raises: Any) -> None:
    raises("sos:bedroom-sos", "emergency", room="bedroom", test=1.0)
    raises("device.silent:kitchen-motion", "trouble", room="kitchen")
    page = client.get("/").text
    assert 0 < page.index("Sensor silent") < page.index("Test: SOS")
    assert 'data-urgent="0"' in page
    assert "Nobody is called" in page
    assert page.count("next call in") == 1
    assert "<b>1</b> well" in page
    assert not models.Notice.objects.exists()
