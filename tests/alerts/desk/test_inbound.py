"""Replies and reports from phones, over a real database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerts.core.alert import Cause, Closed, TimeUp
from alerts.desk import desk, inbound, links, models, outbox, store
from alerts.registry.models import Contact
from rules.model import Raise, Severity

pytestmark = pytest.mark.usefixtures("town")
LI, FANG, SUN = "+8613800000001", "+8613900000001", "+8613800000004"
SECOND = timedelta(seconds=1)


@pytest.fixture
def alert(now: datetime) -> models.Alert:
    """An SOS of h-1 whose first rung has its texts."""
    id_ = desk.open_or_worsen("h-1", Raise("sos:d1", Severity.EMERGENCY, now), now).id
    for claim in outbox.claim(now):
        outbox.sent(claim.notice.id, f"SM{claim.notice.address}", now)
    return store.get(id_)


def test_on_my_way_is_taken_and_the_others_are_told(alert: models.Alert, now: datetime) -> None:
    answer = inbound.reply(LI, f"1 {alert.code}", now + SECOND)
    assert answer == f"{alert.code} 已记录：您出发前往3幢402。到达请回3 {alert.code}"
    alert.refresh_from_db()
    assert (alert.status, alert.owner) == ("taken", models.Notice.objects.get(address=LI).person)
    assert models.Notice.objects.get(kind="stand_down").address == FANG
    assert models.Notice.objects.get(address=LI, kind="summon").answered_at == now + SECOND


def test_a_whole_errand_by_sms(alert: models.Alert, now: datetime) -> None:
    assert "已记录" in inbound.reply(LI, "１", now)
    assert "您已在途中" in inbound.reply(LI, "1", now + SECOND)
    assert "李明已前往" in inbound.reply(FANG, "1", now + SECOND)
    assert "已记录到达" in inbound.reply(LI, "到了", now + 2 * SECOND)
    assert "请回原因" in inbound.reply(LI, "5", now + 3 * SECOND)
    assert "已办结：已救助" in inbound.reply(LI, f"51{alert.code}", now + 4 * SECOND)
    assert "已于12:00办结" in inbound.reply(LI, f"51{alert.code}", now + 5 * SECOND)
    assert "已于12:00办结" in inbound.reply(FANG, "1", now + 6 * SECOND)
    alert.refresh_from_db()
    assert (alert.status, alert.cause) == ("closed", "51")


def test_received_is_no_promise(alert: models.Alert, now: datetime) -> None:
    assert "请明确" in inbound.reply(LI, f"收到 {alert.code}", now)
    alert.refresh_from_db()
    assert alert.status == "open"


def test_strangers_wrong_codes_and_idle_workers_are_answered(alert: models.Alert, now: datetime) -> None:
    assert inbound.reply("+8613700000000", f"1 {alert.code}", now).startswith("此号码未登记")
    assert inbound.reply("", "1", now).startswith("此号码未登记")
    assert alert.code in inbound.reply(LI, "1 0000", now)
    assert inbound.reply(SUN, "1", now).startswith("You have no open alert")
    alert.refresh_from_db()
    assert alert.status == "open"


def test_two_alerts_ask_which(alert: models.Alert, now: datetime) -> None:
    other = desk.open_or_worsen("h-2", Raise("sos:d9", Severity.EMERGENCY, now), now)
    answer = inbound.reply(LI, "1", now)
    assert alert.code in answer
    assert other.code in answer


def test_cannot_go_calls_the_next_at_once(alert: models.Alert, now: datetime) -> None:
    inbound.reply(LI, "2", now + SECOND)
    assert models.Notice.objects.filter(rung=1).exists()


def test_delivered_and_lost_are_recorded(alert: models.Alert, now: datetime) -> None:
    inbound.status(f"SM{LI}", "sent", "", now)
    inbound.status(f"SM{LI}", "delivered", "", now)
    inbound.status(f"SM{LI}", "delivered", "", now)
    inbound.status(f"SM{LI}", "undelivered", "30003", now)  # out of order: it was there
    assert models.Notice.objects.get(address=LI).status == "delivered"
    inbound.status(f"SM{FANG}", "undelivered", "30003", now)
    lost = models.Notice.objects.get(address=FANG, rung=0)
    assert (lost.status, lost.error) == ("failed", "30003")
    assert models.Alert.objects.get().rung == 1  # unreachable: the next rung at once


def test_a_report_that_comes_before_the_sending_is_on_record_is_kept(now: datetime) -> None:
    desk.open_or_worsen("h-1", Raise("sos:d1", Severity.EMERGENCY, now), now)
    claim = next(c for c in outbox.claim(now) if c.notice.address == LI)
    inbound.status("SMearly", "delivered", "", now)
    outbox.sent(claim.notice.id, "SMearly", now)
    assert models.Notice.objects.get(address=LI).status == "delivered"
    assert not models.Callback.objects.exists()


def test_reports_of_nothing_of_ours_do_no_harm(now: datetime) -> None:
    inbound.status("", "delivered", "", now)
    inbound.status("SMx", "nonsense", "", now)
    assert not models.Callback.objects.exists()


def test_a_link_opens_its_notice_until_two_hours_after_the_closing(
    alert: models.Alert, now: datetime
) -> None:
    notice = models.Notice.objects.get(address=LI)
    assert len(notice.token) == links.LENGTH
    assert links.find(notice.token, now) == notice
    assert links.find(notice.token[:-1] + ("a" if notice.token[-1] != "a" else "b"), now) is None
    assert links.find("", now) is None
    assert links.find("x" * 500, now) is None
    inbound.reply(LI, "52", now)
    assert links.find(notice.token, now + timedelta(hours=1)) == notice
    assert links.find(notice.token, now + timedelta(hours=3)) is None


def test_a_token_that_was_only_written_into_the_table_opens_nothing(
    alert: models.Alert, now: datetime
) -> None:
    models.Notice.objects.filter(address=LI).update(token="abcdefghijkl")
    assert links.find("abcdefghijkl", now) is None


def test_who_comes_to_help_is_welcome(alert: models.Alert, now: datetime) -> None:
    inbound.reply(LI, "3", now)
    inbound.reply(LI, "4", now + SECOND)
    chen = models.Notice.objects.get(name="陈强")
    assert "增援李明" in inbound.reply(chen.address, "1", now + 2 * SECOND)
    assert "已记录到达" in inbound.reply(chen.address, "3", now + 3 * SECOND)
    alert.refresh_from_db()
    assert alert.owner == models.Notice.objects.get(address=LI, rung=0).person


def test_a_worker_who_is_the_contact_too_is_never_told_to_stay_away_from_her_own_errand(
    now: datetime,
) -> None:
    Contact.objects.filter(phone=FANG).update(phone=LI)
    id_ = desk.open_or_worsen("h-1", Raise("sos:d1", Severity.EMERGENCY, now), now).id
    desk.tell(id_, TimeUp(), now + 180 * SECOND)  # now her key is asked for too
    assert models.Notice.objects.filter(address=LI, kind="summon").count() == 2
    models.Notice.objects.update(status="sent", next_at=None)
    assert "您出发前往" in inbound.reply(LI, "1", now + 181 * SECOND)
    assert "您已在途中" in inbound.reply(LI, "1", now + 182 * SECOND)
    assert "已记录到达" in inbound.reply(LI, "3", now + 183 * SECOND)
    desk.tell(id_, Closed("user:1", Cause.WELL), now + 184 * SECOND)
    told = models.Notice.objects.filter(kind="stand_down", address=LI)
    assert ["不必再去" in row.text and "办结" in row.text for row in told] == [True]
