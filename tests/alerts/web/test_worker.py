"""The worker's page: no login, one alert, one person; looking never acts, and each look is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.core.alert import Alert, Cause, Closed, HelpNeeded
from alerts.desk import desk, models


@pytest.fixture
def notice(alert: Alert) -> models.Notice:
    return models.Notice.objects.get(alert=alert.id, person__startswith="worker:")


def phone() -> Client:
    return Client(headers={"accept-language": "en"})


def status(notice: models.Notice) -> str:
    return models.Alert.objects.get(pk=notice.alert_id).status


def test_the_link_shows_the_card_and_is_recorded(notice: models.Notice) -> None:
    page = phone().get(f"/w/{notice.token}", REMOTE_ADDR="192.0.2.7")
    assert page.status_code == 200
    for words in ("3幢402", "王秀英", "高血压", "钥匙盒", "tel:+8613900000001", "uri.amap.com"):
        assert words in page.text
    assert list(models.View.objects.values_list("notice", "address")) == [(notice.pk, "192.0.2.7")]
    assert "no-store" in page["Cache-Control"]
    # The link must not leak by a referrer; "no-referrer" would send Origin: null, and CSRF fail.
    assert page["Referrer-Policy"] == "same-origin"


def test_it_speaks_the_workers_language(notice: models.Notice) -> None:
    assert "出发" in phone().get(f"/w/{notice.token}").text


def test_looking_never_acts(notice: models.Notice) -> None:
    for path in ("", "?action=going", "/going", "/close"):
        phone().get(f"/w/{notice.token}{path}")
    assert status(notice) == "open"
    assert phone().get(f"/w/{notice.token}/going").status_code == 405


@pytest.mark.parametrize("token", ["000000000000", "short", "x" * 200])
def test_a_forged_link_shows_nothing(notice: models.Notice, token: str) -> None:
    page = phone().get(f"/w/{token}")
    assert page.status_code == 410
    assert "王秀英" not in page.text
    assert phone().post(f"/w/{token}/going").status_code == 410
    assert models.View.objects.count() == 0


def test_the_flow_from_leaving_to_closing(notice: models.Notice) -> None:
    browser = phone()
    for action, wanted in (("going", "taken"), ("help", "taken"), ("arrived", "arrived")):
        answer = browser.post(f"/w/{notice.token}/{action}")
        assert (answer.status_code, answer.url) == (302, f"/w/{notice.token}")
        assert status(notice) == wanted
    notice.refresh_from_db()
    assert notice.answered_at is not None
    browser.post(f"/w/{notice.token}/close", {"cause": "51"})
    assert status(notice) == "closed"
    page = browser.get(f"/w/{notice.token}").text
    assert "此警情已办结" in page
    for words in ("高血压", "钥匙盒", "tel:"):
        assert words not in page


def test_who_cannot_go_says_so(notice: models.Notice) -> None:
    phone().post(f"/w/{notice.token}/cannot")
    assert models.Entry.objects.filter(what="declined").count() == 1


@pytest.mark.parametrize(("action", "form"), [("close", {}), ("close", {"cause": "9"}), ("take", {})])
def test_a_bad_action_is_refused(notice: models.Notice, action: str, form: dict[str, str]) -> None:
    assert phone().post(f"/w/{notice.token}/{action}", form).status_code == 400
    assert status(notice) == "open"


def test_an_action_needs_the_pages_own_token(notice: models.Notice) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/w/{notice.token}/going").status_code == 403
    strict.get(f"/w/{notice.token}")
    cookie = strict.cookies["csrftoken"].value
    assert strict.post(f"/w/{notice.token}/going", {"csrfmiddlewaretoken": cookie}).status_code == 302


def test_a_link_expires_after_its_alert(notice: models.Notice) -> None:
    now = notice.created_at
    desk.tell(notice.alert_id, Closed("user:1", Cause.OTHER), now - timedelta(days=1))
    page = phone().get(f"/w/{notice.token}")
    assert page.status_code == 410
    assert "王秀英" not in page.text


def test_a_head_tells_the_state_without_a_recorded_view(notice: models.Notice) -> None:
    answer = phone().head(f"/w/{notice.token}")
    assert answer["X-State"] == str(notice.alert.version)
    phone().post(f"/w/{notice.token}/going")
    assert phone().head(f"/w/{notice.token}")["X-State"] != answer["X-State"]
    assert models.View.objects.count() == 0


def test_markup_is_escaped(notice: models.Notice, home: Any) -> None:
    home.residents.update(name="<script>x</script>", illness="<img src=x>")
    page = phone().get(f"/w/{notice.token}").text
    assert "<script>x" not in page
    assert "<img" not in page


def test_it_says_that_more_hands_are_needed(notice: models.Notice) -> None:
    browser = Client(headers={"accept-language": "en"})
    assert "请求增援" not in browser.get(f"/w/{notice.token}").text
    desk.tell(notice.alert_id, HelpNeeded("contact:1"), notice.created_at)
    assert "请求增援" in browser.get(f"/w/{notice.token}").text
