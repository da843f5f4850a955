"""The centre's pages: who may see them, what they say, and that looking never acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.core.alert import Alert, Taken
from alerts.desk import desk, models
from alerts.registry.models import Device, Home

SOME = "7b0f2f0e-54a1-4a0c-9a55-0d8a3c1f2e11"
CLOSED_PAGES = ("/", "/board", f"/alerts/{SOME}/", f"/alerts/{SOME}/body", "/homes/", "/homes/h-1/")


def row(alert: Alert) -> models.Alert:
    return models.Alert.objects.get(pk=alert.id)


@pytest.mark.parametrize("page", CLOSED_PAGES)
def test_login_is_needed(empty: None, page: str) -> None:
    answer = Client().get(page)
    assert (answer.status_code, answer.url) == (302, f"/login?next={page}")


def test_login_is_needed_to_signal(empty: None) -> None:
    assert Client().post(f"/alerts/{uuid4()}/signal", {"action": "take"}).url.startswith("/login")


def test_a_fragment_without_login_sends_the_whole_page_there(empty: None) -> None:
    assert Client().get("/board", headers={"hx-request": "true"})["HX-Redirect"] == "/login"


def test_live_without_login_is_refused(empty: None) -> None:
    assert Client().get("/live").status_code == 401


def test_login_and_logout(client: Client) -> None:
    User.objects.create_user("night", password="keep-watch-3")
    client.post("/logout")
    assert client.get("/").status_code == 302
    assert client.post("/login", {"username": "night", "password": "wrong"}).status_code == 200
    assert client.post("/login", {"username": "night", "password": "keep-watch-3"}).url == "/"


def test_the_board_is_calm_when_nothing_is_open(client: Client) -> None:
    page = client.get("/")
    assert "All is calm" in page.text
    assert "<b>1</b> well" in page.text


def test_a_home_that_was_never_heard_is_not_well(client: Client) -> None:
    models.Pulse.objects.all().delete()
    page = client.get("/")
    assert "<b>0</b> well" in page.text
    assert "<b>1</b> cannot tell" in page.text


def test_the_board_puts_the_most_urgent_first(client: Client, raises: Any) -> None:
    raises("door.open:hall-contact", "check", room="hall", minutes=30.0)
    raises("gateway.silent", "trouble")
    raises("smoke:kitchen-smoke", "emergency", room="kitchen")
    page = client.get("/").text
    where = [page.index(f"<strong>{title}") for title in ("Smoke", "Door left open", "Gateway silent")]
    assert where == sorted(where)


def test_the_board_says_who_has_it(client: Client, alert: Alert) -> None:
    assert "Nobody has it yet" in client.get("/").text
    client.post(f"/alerts/{alert.id}/signal", {"action": "take"})
    page = client.get("/board")
    assert "Taken" in page.text
    assert '<span class="owner">desk</span>' in page.text


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_the_board_asks_the_same_number_of_questions_for_one_alert_and_for_forty(
    client: Client, raises: Any
) -> None:
    raises("smoke:s0", "emergency", room="kitchen")
    one = queries(client, "/board")
    for n in range(1, 40):
        raises(f"smoke:s{n}", "emergency", room="kitchen")
    assert queries(client, "/board") == one <= 14


def test_the_alert_page_explains_itself(client: Client, alert: Alert) -> None:
    page = client.get(f"/alerts/{alert.id}/").text
    assert "The SOS button in the bedroom was pressed 2 times." in page
    assert "李建国" in page  # whom the ladder called
    assert "Street centre" in page  # whom it will call
    assert "高血压" in page
    assert 'href="tel:+8613900000001"' in page
    assert "The alert opens" in page
    assert alert.code in page


def test_every_page_speaks_chinese(client: Client, alert: Alert) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    page = client.get(f"/alerts/{alert.id}/").text
    assert "卧室的求助按钮被按下，共 2 次。" in page
    assert "呼叫阶梯" in page


def test_the_language_switch_is_kept(client: Client) -> None:
    client.post("/language", {"language": "zh-hans", "next": "/"})
    assert "一切平静" in client.get("/").text


@pytest.mark.parametrize(
    ("action", "status"), [("take", "taken"), ("going", "taken"), ("arrived", "arrived"), ("help", "open")]
)
def test_a_button_acts(client: Client, alert: Alert, action: str, status: str) -> None:
    answer = client.post(f"/alerts/{alert.id}/signal", {"action": action})
    assert (answer.status_code, answer.url) == (302, f"/alerts/{alert.id}/")
    assert row(alert).status == status


def test_the_operator_may_say_who_goes(client: Client, alert: Alert) -> None:
    person = next(iter(alert.called))
    client.post(f"/alerts/{alert.id}/signal", {"action": "going", "by": person})
    assert row(alert).owner == person


@pytest.mark.parametrize(
    "form",
    [
        {"action": "close"},
        {"action": "close", "cause": "99"},
        {"action": "close", "cause": "cleared"},
        {"action": "explode"},
        {},
        {"action": "going", "by": "worker:999"},
    ],
)
def test_a_bad_button_changes_nothing(client: Client, alert: Alert, form: dict[str, str]) -> None:
    assert client.post(f"/alerts/{alert.id}/signal", form).status_code == 400
    assert row(alert).version == models.Alert.objects.get().version
    assert row(alert).status == "open"


def test_closing_names_its_cause(client: Client, alert: Alert) -> None:
    client.post(f"/alerts/{alert.id}/signal", {"action": "close", "cause": "52", "note": "喝茶"})
    assert (row(alert).status, row(alert).cause) == ("closed", "52")
    page = client.get(f"/alerts/{alert.id}/").text
    assert "Resident well" in page
    assert "喝茶" in page
    assert 'name="action"' not in page
    assert "Resident well" in client.get("/").text  # among the recently closed


def test_looking_never_acts(client: Client, alert: Alert) -> None:
    before = (row(alert).version, models.Entry.objects.count())
    assert client.get(f"/alerts/{alert.id}/signal?action=take").status_code == 405
    client.get(f"/alerts/{alert.id}/?action=take")
    client.get("/")
    assert (row(alert).version, models.Entry.objects.count()) == before


def test_a_button_needs_its_csrf_token(client: Client, alert: Alert) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post(f"/alerts/{alert.id}/signal", {"action": "take"}).status_code == 403
    assert row(alert).status == "open"


def test_unknown_alert_and_home_are_not_found(client: Client) -> None:
    assert client.get(f"/alerts/{uuid4()}/").status_code == 404
    assert client.post(f"/alerts/{uuid4()}/signal", {"action": "take"}).status_code == 404
    assert client.get("/homes/nowhere/").status_code == 404


EVIL = "<script>alert(1)</script>\"'&"


def test_markup_in_names_and_facts_is_escaped(client: Client, home: Any, raises: Any) -> None:
    home.residents.update(name=EVIL, illness=EVIL)
    home.devices.update(name=EVIL, room=EVIL)
    type(home).objects.update(door=EVIL, address=EVIL, access=EVIL)
    told = raises("inactivity", "urgent", room=EVIL, since=EVIL, minutes=300.0)
    client.post(f"/alerts/{told.id}/signal", {"action": "close", "cause": "55", "note": EVIL})
    again = raises("odd" + EVIL, "urgent", room=EVIL)
    for page in ("/", f"/alerts/{told.id}/", f"/alerts/{again.id}/", "/homes/", "/homes/h-1/"):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_an_alert_says_in_both_languages_why_it_was_raised(client: Client, raises: Any) -> None:
    facts = {"minutes": 200.0, "usual": 70.0, "room": "lounge", "since": "2026-11-20T03:03:00Z"}
    told = raises("inactivity", "urgent", **facts)
    assert "at this time 1 h 10 min is the longest otherwise" in client.get(f"/alerts/{told.id}/").text
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    page = client.get("/").text
    assert "家中 3 小时 20 分无活动" in page
    assert "最后一次在客厅，平时此时最长 1 小时 10 分。" in page


def test_a_silent_sensor_is_called_by_its_name(client: Client, raises: Any, home: Any) -> None:
    Device.objects.create(id="0x01", home_id="h-1", room="kitchen", name="over the sink")
    told = raises("device.silent:0x01", "trouble", device="0x01", room="kitchen")
    assert (
        "The sensor in the kitchen (over the sink) has not been heard"
        in client.get(f"/alerts/{told.id}/").text
    )


@pytest.mark.parametrize("facts", [{}, {"minutes": "soon", "since": 7.0}, {"minutes": 1e308, "limit": -1.0}])
@pytest.mark.parametrize("kind", ["sos", "inactivity", "door.open", "device.silent", "gateway.silent", "new"])
def test_odd_facts_do_not_break_the_page(
    client: Client, raises: Any, kind: str, facts: dict[str, Any]
) -> None:
    told = raises(kind, "urgent", **facts)
    assert client.get(f"/alerts/{told.id}/").status_code == 200


def test_the_policy_forbids_inline_script_and_style(client: Client, alert: Alert) -> None:
    for page in ("/", f"/alerts/{alert.id}/", "/homes/h-1/", "/login"):
        answer = client.get(page)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert " style=" not in answer.text
        assert "<style" not in answer.text
        assert " onclick" not in answer.text
        assert "no-store" in answer["Cache-Control"] or page == "/login"


def test_the_home_page_shows_its_day(client: Client, home: Any, alert: Alert) -> None:
    page = client.get("/homes/h-1/").text
    assert "The last 24 hours" in page
    assert 'class="gap"' in page  # nothing was heard yet: hatched, never empty
    assert "cannot tell for" in page
    assert "As a table" in page


def test_a_home_that_went_silent_says_so(client: Client, home: Any) -> None:
    pulse = models.Pulse.objects.get()
    models.Pulse.objects.update(due=pulse.heard_at - timedelta(minutes=1))
    assert "we cannot tell how this home is" in client.get("/homes/h-1/").text


def test_homes_are_found_by_name_and_door(client: Client) -> None:
    for search in ("秀英", "402", "劳动路"):
        assert "王秀英" in client.get("/homes/", {"q": search}).text
    assert "王秀英" not in client.get("/homes/", {"q": "没有"}).text


def test_health_tells_nobodys_name(home: Any, alert: Alert) -> None:
    answer = Client().get("/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"ok", "entry"}


def test_static_files_are_our_own_or_of_a_package(client: Client) -> None:
    from django.contrib.staticfiles import finders

    page = client.get("/").text
    names = [part.split('"', 1)[0] for part in page.split(settings.STATIC_URL)[1:]]
    assert {"web/console.css", "web/ticker.js"} <= set(names)
    assert all(finders.find(name) for name in names)


def test_an_operator_who_hears_that_the_worker_is_there_does_not_send_her_home(
    client: Client, alert: Alert
) -> None:
    worker = next(n.person for n in models.Notice.objects.filter(alert=alert.id) if "worker" in n.person)
    models.Notice.objects.update(status="sent", next_at=None)
    desk.tell(alert.id, Taken(worker), alert.opened_at)
    client.post(f"/alerts/{alert.id}/signal", {"action": "arrived"})
    row = models.Alert.objects.get(pk=alert.id)
    assert (row.status, row.owner) == ("arrived", worker)
    assert not models.Notice.objects.filter(kind="stand_down", person=worker).exists()
    client.post(f"/alerts/{alert.id}/signal", {"action": "cannot"})
    assert models.Alert.objects.get(pk=alert.id).status == "open"


def test_a_zone_that_is_none_takes_no_board_away(client: Client, alert: Alert) -> None:
    Home.objects.update(zone="Asia/Shangai")
    for page in ("/", f"/alerts/{alert.id}/", "/homes/h-1/"):
        assert client.get(page).status_code == 200


def test_a_finding_of_a_clock_that_was_never_set_is_drawn_at_once(client: Client, alert: Alert) -> None:
    models.Alert.objects.update(raised_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert len(client.get(f"/alerts/{alert.id}/").content) < 100_000
