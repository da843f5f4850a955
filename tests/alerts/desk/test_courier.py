"""The courier: nothing lost, nothing under a second id, whatever the channel does and whenever we die."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from alerts.channels.port import Notice, Receipt, RejectedError
from alerts.desk import courier, desk, models, outbox
from alerts.desk.courier import Courier
from alerts.loops import Beats, Tally
from rules.model import Raise, Severity

pytestmark = pytest.mark.usefixtures("town")
SECOND = timedelta(seconds=1)


@dataclass
class Told:
    """A clock that is told."""

    at: datetime

    def now(self) -> datetime:
        """What it was told."""
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        """Never sleeps."""
        self.at = max(self.at, at)


@dataclass
class Phone:
    """A channel that answers by script: an error to raise, or None to take the notice."""

    script: list[Exception | None] = field(default_factory=list)
    sent: list[Notice] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)  # token → receipt
    name: str = "sms_twilio"

    async def send(self, notice: Notice) -> Receipt:
        """Take it or raise."""
        if self.script and (error := self.script.pop(0)):
            raise error
        self.sent.append(notice)
        return Receipt(f"SM{len(self.sent)}")

    async def seek(self, notice: Notice) -> Receipt | None:
        """What went out before."""
        return Receipt(self.known[notice.token]) if notice.token in self.known else None


def raised(now: datetime) -> str:
    """An alert with two notices to send."""
    return desk.open_or_worsen("h-1", Raise("sos:d1", Severity.EMERGENCY, now), now).id


def rounds(phone: Phone, at: Sequence[datetime]) -> None:
    """The courier's rounds at these times."""

    async def go() -> None:
        clock = Told(at[0])
        one = Courier({phone.name: phone}, clock, Beats(), Tally())
        for now in at:
            clock.at = now
            await one.round()
            await one.idle()

    asyncio.run(go())


def statuses() -> list[str]:
    """How the first rung's notices stand."""
    return sorted(models.Notice.objects.filter(rung=0, kind="summon").values_list("status", flat=True))


def test_what_is_due_is_sent_once(now: datetime) -> None:
    raised(now)
    phone = Phone()
    rounds(phone, [now, now + SECOND, now + 60 * SECOND])
    assert len(phone.sent) == 2
    assert statuses() == ["sent", "sent"]


def test_what_fails_is_tried_again_later_under_the_same_id(now: datetime) -> None:
    raised(now)
    phone = Phone([OSError("down"), OSError("down")])
    rounds(phone, [now])
    assert statuses() == ["queued", "queued"]
    wanted = {row.pk for row in models.Notice.objects.all()}
    rounds(phone, [now + SECOND])
    assert {notice.id for notice in phone.sent} == wanted
    assert models.Notice.objects.filter(tries=2).count() == 2


def test_what_is_rejected_is_never_sent_and_the_next_rung_is_called(now: datetime) -> None:
    raised(now)
    rounds(Phone([RejectedError("no such number"), None]), [now])
    assert statuses() == ["failed", "sent"]
    assert models.Notice.objects.filter(rung=1).exists()


def test_after_the_last_try_the_next_rung_is_called(now: datetime) -> None:
    raised(now)
    phone = Phone([OSError("down")] * 100)
    rounds(phone, [now + n * 31 * SECOND for n in range(courier.TRIES)])
    assert statuses() == ["failed", "failed"]
    assert models.Notice.objects.filter(rung=1).exists()


def test_a_channel_that_is_not_set_up_rejects(now: datetime) -> None:
    raised(now)
    models.Notice.objects.update(channel="pigeon")
    rounds(Phone(), [now])
    assert statuses() == ["failed", "failed"]


def test_a_try_that_was_cut_short_is_sought_before_it_is_sent_again(now: datetime) -> None:
    raised(now)
    claims = outbox.claim(now)  # and then the process dies, after one of them went out
    assert outbox.claim(now + 10 * SECOND) == []
    phone = Phone(known={claims[0].notice.token: "SMearlier"})
    rounds(phone, [now + outbox.LEASE])
    assert [notice.id for notice in phone.sent] == [claims[1].notice.id]
    assert statuses() == ["sent", "sent"]
    assert models.Notice.objects.get(pk=claims[0].notice.id).provider_id == "SMearlier"


def test_what_a_dead_process_held_is_not_waited_for(now: datetime) -> None:
    raised(now)
    outbox.claim(now)
    models.Notice.objects.filter(name="王芳").update(holder="another-machine:1")
    assert outbox.release(now + SECOND) == 1
    assert [claim.notice.address for claim in outbox.claim(now + SECOND)] == ["+8613800000001"]


def test_what_nobody_wants_any_more_is_not_tried_again(now: datetime) -> None:
    from alerts.core.alert import Taken

    id_ = raised(now)
    fang = models.Notice.objects.get(name="王芳")
    li = models.Notice.objects.get(name="李明")
    assert {claim.notice.id for claim in outbox.claim(now)} == {fang.pk, li.pk}
    outbox.sent(li.pk, "SM1", now)
    desk.tell(id_, Taken(li.person), now + SECOND)
    outbox.later(fang.pk, "timeout", now + 2 * SECOND, now + SECOND)
    fang.refresh_from_db()
    assert fang.status == "dropped"
    assert models.Notice.objects.get(kind="stand_down").person == fang.person  # it may have gone out


def test_waits_grow_and_are_spread() -> None:
    waits = [courier.backoff(n, 0.0) / SECOND for n in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert courier.backoff(3, 1.0) == 2 * SECOND


def test_who_has_the_alert_is_never_stood_down_by_a_text_that_was_late(now: datetime) -> None:
    from alerts.core.alert import Declined, Taken

    id_ = raised(now)
    fang, li = (models.Notice.objects.get(name=name).person for name in ("王芳", "李明"))
    models.Notice.objects.update(status="sent", next_at=None)
    desk.tell(id_, Taken(fang), now)
    outbox.claim(now)
    late = models.Notice.objects.get(kind="stand_down", person=li)
    outbox.later(late.pk, "timeout", now + SECOND, now)  # it hangs at the provider
    desk.tell(id_, Declined(fang), now)
    desk.tell(id_, Taken(li), now)
    assert late.pk not in {claim.notice.id for claim in outbox.claim(now + SECOND)}


def test_a_call_that_was_cut_short_is_not_sent_after_the_alert_is_over(now: datetime) -> None:
    from alerts.core.alert import Cause, Closed

    id_ = raised(now)
    outbox.claim(now)  # and then the process dies
    desk.tell(id_, Closed("user:1", Cause.WELL), now + SECOND)
    claims = outbox.claim(now + outbox.LEASE)
    assert {models.Notice.objects.get(pk=claim.notice.id).kind for claim in claims} == {"stand_down"}


def test_in_a_storm_the_urgent_go_first(now: datetime) -> None:
    early = now - 60 * SECOND
    desk.open_or_worsen("h-2", Raise("door.open:d9", Severity.CHECK, early, {}), early)
    raised(now)
    claims = outbox.claim(now, limit=2)
    assert {models.Notice.objects.get(pk=c.notice.id).alert.severity for c in claims} == {"emergency"}
    assert outbox.claim(now, limit=0) == []
