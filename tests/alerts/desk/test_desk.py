"""The desk over a real database: who is called, who is stood down, and what the story tells."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from alerts.clock import SystemClock
from alerts.core import replies, story
from alerts.core.alert import Arrived, Cause, Closed, Declined, Status, Taken, TimeUp
from alerts.desk import desk, escalator, models, notices, process, state, store, watch
from alerts.desk.people import name
from alerts.loops import Beats, Round, Tally
from alerts.registry.models import Contact, Worker
from rules.model import Clear, Raise, Severity

pytestmark = pytest.mark.usefixtures("town")
MINUTE = timedelta(minutes=1)


def raised(now: datetime, key: str = "sos:d1", severity: Severity = Severity.EMERGENCY) -> str:
    """The id of a new alert of h-1."""
    return desk.open_or_worsen("h-1", Raise(key, severity, now, {"room": "bedroom", "device": "d1"}), now).id


def person(who: str) -> str:
    """The id of somebody by name."""
    worker = Worker.objects.filter(name=who).first()
    return f"worker:{worker.pk}" if worker else f"contact:{Contact.objects.get(name=who).pk}"


def called(kind: str = "summon") -> list[str]:
    """Who has a notice of this kind."""
    rows = models.Notice.objects.filter(kind=kind).order_by("created_at", "repeat", "rung", "name")
    return [row.name for row in rows]


def deliver(now: datetime) -> None:
    """As if the courier had sent everything."""
    models.Notice.objects.filter(status="queued").update(status="sent", sent_at=now, next_at=None)


def test_an_emergency_calls_the_worker_and_the_contact_at_once(now: datetime) -> None:
    raised(now)
    assert set(called()) == {"李明", "王芳"}
    notice = models.Notice.objects.get(name="李明")
    assert (notice.channel, notice.address, notice.status) == ("sms_twilio", "+8613800000001", "queued")
    assert notice.text.startswith("【守望】3幢402王秀英按SOS求助 12:00，回1 ")
    assert notice.text.endswith(f"https://sw.example.cn/w/{notice.token}")
    assert models.HomeWord.objects.get(pk="h-1").version == 1


def test_each_rung_at_its_minute_and_the_top_again_and_again(now: datetime) -> None:
    id_ = raised(now)
    for minute in range(1, 21):
        escalator.fire(now + minute * MINUTE)
    rows = models.Notice.objects.filter(alert_id=id_, rung__gt=0).order_by("created_at", "name")
    told = [((row.created_at - now) // MINUTE, row.name) for row in rows]
    assert told == [(3, "王芳"), (3, "陈强"), (6, "赵敏"), (10, "Sun Wei"), (15, "Sun Wei"), (20, "Sun Wei")]
    assert all("SOS pressed" in row.text for row in rows if row.name == "Sun Wei")


def test_who_takes_it_stands_the_others_down_but_only_those_who_know_of_it(now: datetime) -> None:
    id_ = raised(now)
    models.Notice.objects.filter(name="李明").update(status="delivered", next_at=None)
    desk.tell(id_, Taken(person("李明")), now + MINUTE)
    assert called("stand_down") == []  # 王芳 was never sent anything
    assert models.Notice.objects.get(name="王芳").status == "dropped"

    other = raised(now, "smoke:d2")
    deliver(now)
    desk.tell(other, Taken(person("李明")), now + MINUTE)
    assert called("stand_down") == ["王芳"]
    desk.tell(other, Arrived(person("李明")), now + 2 * MINUTE)
    desk.tell(other, Closed(person("李明"), Cause.HELPED), now + 3 * MINUTE)
    assert called("stand_down") == ["王芳"]  # once is enough


def test_the_closing_on_the_console_reaches_who_is_on_the_way(now: datetime) -> None:
    id_ = raised(now)
    deliver(now)
    desk.tell(id_, Taken(person("李明")), now + MINUTE)
    deliver(now)
    desk.tell(id_, Closed("user:1", Cause.WELL, "she called back"), now + 2 * MINUTE)
    assert sorted(called("stand_down")) == ["李明", "王芳"]
    text = models.Notice.objects.get(kind="stand_down", name="李明").text
    assert "已办结：老人平安" in text


def test_a_hole_in_the_roster_is_told_and_climbed_over_at_once(now: datetime) -> None:
    Worker.objects.filter(name="李明").update(active=False)
    Contact.objects.all().delete()
    id_ = raised(now)
    assert called() == ["陈强"]
    words = list(models.Entry.objects.filter(alert_id=id_).values_list("what", flat=True))
    assert words == ["opened", "nobody", "summoned", "told_home"]


def test_without_anybody_the_alert_stays_on_the_board_and_the_top_is_tried_again(now: datetime) -> None:
    Worker.objects.all().update(active=False)
    Contact.objects.all().delete()
    alert = store.get(raised(now))
    assert (alert.status, alert.rung, alert.due) == ("open", 3, now + 5 * MINUTE)
    Worker.objects.filter(name="Sun Wei").update(active=True)
    escalator.fire(now + 5 * MINUTE)
    assert called() == ["Sun Wei"]


def test_a_repeated_finding_is_news_of_the_same_alert(now: datetime) -> None:
    first = raised(now)
    found = Raise("sos:d1", Severity.EMERGENCY, now, {"presses": 2})
    assert desk.open_or_worsen("h-1", found, now + MINUTE).id == first
    assert models.Alert.objects.get().facts == {"presses": 2}
    assert len(called()) == 2


def test_equipment_that_comes_back_closes_by_itself(now: datetime) -> None:
    raised(now, "device.silent:d1", Severity.TROUBLE)
    assert called() == []
    desk.clear("h-1", Clear("device.silent:d1", now), now + MINUTE)
    alert = models.Alert.objects.get()
    assert (alert.status, alert.cause) == ("closed", "cleared")


def test_the_story_is_a_chain_and_a_late_word_is_in_it(now: datetime) -> None:
    id_ = raised(now)
    desk.tell(id_, Taken(person("李明")), now + MINUTE)
    desk.tell(id_, Taken(person("王芳")), now + 2 * MINUTE)
    lines = store.chain(id_)
    assert [line.what for line, _ in lines][-1] == "taken"
    assert lines[-1][0].data["late"] == 1
    assert story.broken(id_, lines) is None
    models.Entry.objects.filter(alert_id=id_, n=2).update(who="王五")
    assert story.broken(id_, store.chain(id_)) == 2


def test_two_alerts_never_share_a_code(now: datetime) -> None:
    for n in range(40):
        raised(now, f"sos:b{n}")
    codes = list(models.Alert.objects.values_list("code", flat=True))
    assert len(set(codes)) == 40


def test_in_a_storm_codes_have_six_digits(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "codes", lambda _: frozenset(map(str, range(1000, 10000))))
    code = store.get(raised(now)).code
    assert (len(code), code[0]) == (6, "9")
    assert replies.read(f"1{code}") == replies.Said(replies.Verb.GOING, code)


def test_an_alert_that_cannot_be_told_holds_up_no_other(now: datetime) -> None:
    broken, whole = raised(now), raised(now, "smoke:d2")
    models.Alert.objects.filter(pk=broken).update(state={"written": "by another version"}, due=now)
    fired = escalator.fire(now + 3 * MINUTE)
    assert (fired.done, len(fired.troubles)) == (1, 1)
    assert models.Notice.objects.filter(alert_id=whole, rung=1).exists()


def test_an_old_version_is_never_written(now: datetime) -> None:
    stale = store.get(raised(now))
    desk.tell(stale.pk, Taken(person("李明")), now)
    from alerts.desk import state

    with pytest.raises(store.ConflictError):
        store.save(stale, state.load(stale))


def test_a_notice_has_the_same_id_whenever_it_is_worked_out(now: datetime) -> None:
    id_ = raised(now)
    who = person("李明")
    wanted = notices.notice_id(id_, "summon", 0, 0, who, "sms_twilio")
    assert models.Notice.objects.get(person=who).pk == wanted


def test_names_are_found_and_strangers_stay_what_they_are() -> None:
    assert name(person("李明")) == "李明"
    assert name("worker:9999") == "worker:9999"
    assert name("nonsense") == "nonsense"


def test_after_an_outage_each_deadline_fires_once(now: datetime) -> None:
    raised(now)
    later = now + timedelta(hours=1)
    assert escalator.fire(later) == Round(3)
    assert escalator.fire(later) == Round(0)
    assert called().count("Sun Wei") == 1


def test_one_escalator_leads_and_another_takes_over_when_it_is_gone(now: datetime) -> None:
    assert escalator.lead("here:1", now)
    assert not escalator.lead("there:2", now + timedelta(seconds=10))
    assert escalator.lead("here:1", now + timedelta(seconds=10))
    assert escalator.lead("there:2", now + timedelta(seconds=60))
    assert not escalator.lead("here:1", now + timedelta(seconds=61))


def test_the_lease_of_a_dead_process_here_is_not_waited_for(now: datetime) -> None:
    import socket
    import subprocess

    dead = subprocess.Popen(["true"])
    dead.wait()
    assert escalator.lead(f"{socket.gethostname()[:60]}:{dead.pid}", now)
    assert escalator.lead(process.myself(), now + timedelta(seconds=1))


def test_a_home_that_falls_silent_is_missed_once_and_not_after_our_own_deafness(now: datetime) -> None:
    heard = {"heard_at": now, "sent_at": now, "due": now + 5 * MINUTE}
    models.Pulse.objects.create(home_id="h-1", **heard)
    watch.grace(now + 10 * MINUTE)
    assert watch.missed(now + 11 * MINUTE) == Round(0)
    assert watch.missed(now + 15 * MINUTE) == Round(1)
    assert watch.missed(now + 20 * MINUTE) == Round(0)
    alert = models.Alert.objects.get()
    assert (alert.kind, alert.severity, alert.facts["minutes"]) == ("gateway.silent", "trouble", 15.0)


def _killed(work: Callable[[], object], at: int) -> bool:
    """Run it in a process that dies before its statement number `at`; True if it came through."""
    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads, from Python 3.12 on
        child = os.fork()
    if child == 0:
        _die_at(at)
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _die_at(at: int) -> None:
    count = 0

    def counted(execute: Callable[..., object], *call: object) -> object:
        nonlocal count
        count += 1
        if count >= at:
            os._exit(9)
        return execute(*call)

    connection.execute_wrappers.append(counted)


@pytest.mark.parametrize("step", ["open", "taken", "declined", "time up", "closed"])
def test_a_crash_before_any_statement_leaves_all_or_nothing(now: datetime, step: str) -> None:
    id_ = raised(now) if step != "open" else ""
    deliver(now)
    li = person("李明")
    work: dict[str, Callable[[], object]] = {
        "open": lambda: raised(now),
        "taken": lambda: desk.tell(id_, Taken(li), now + MINUTE),
        "declined": lambda: desk.tell(id_, Declined(li), now + MINUTE),
        "time up": lambda: desk.tell(id_, TimeUp(), now + 3 * MINUTE),
        "closed": lambda: desk.tell(id_, Closed(li, Cause.HELPED), now + MINUTE),
    }
    before = _shape()
    for at in range(2, 200):
        done = _killed(work[step], at)
        after = _shape()
        if done:
            break
        assert after == before, f"half of it was written by statement {at}"
    assert done
    assert after != before
    for row in models.Alert.objects.all():
        assert story.broken(str(row.pk), store.chain(row.pk)) is None
        assert (row.due is None) == (row.status == Status.CLOSED.value)


def _shape() -> tuple[object, ...]:
    rows = models.Alert.objects.values_list("status", "rung", "version", "due")
    sent = models.Notice.objects.order_by("id").values_list("kind", "name", "status")
    return (
        list(rows),
        list(sent),
        models.Entry.objects.count(),
        list(models.HomeWord.objects.values_list("version")),
    )


def test_a_top_that_declined_and_was_called_again_is_stood_down(now: datetime) -> None:
    id_ = raised(now)
    escalator.fire(now + 10 * MINUTE)
    deliver(now)
    desk.tell(id_, Declined(person("Sun Wei")), now + 11 * MINUTE)
    escalator.fire(now + 15 * MINUTE)
    deliver(now)
    desk.tell(id_, Taken(person("李明")), now + 16 * MINUTE)
    assert "Sun Wei" in called("stand_down")


def test_an_alert_that_changed_to_a_shorter_ladder_can_be_closed(now: datetime) -> None:
    id_ = raised(now)
    escalator.fire(now + 10 * MINUTE)
    deliver(now)
    row = store.get(id_)
    before = state.load(row)
    short = replace(before, plan=replace(before.plan, rungs=before.plan.rungs[:1]), rung=0, repeat=1)
    store.save(row, short)
    assert desk.tell(id_, Closed("user:1", Cause.WELL), now + 11 * MINUTE).status is Status.CLOSED


def test_a_home_that_cannot_be_missed_holds_up_no_other(now: datetime) -> None:
    for home in ("h-1", "h-2"):
        due = now + (MINUTE if home == "h-1" else 2 * MINUTE)
        models.Pulse.objects.create(home_id=home, heard_at=now, sent_at=now, due=due)
    raised(now, watch.SILENT, Severity.TROUBLE)
    models.Alert.objects.update(state={"of": "another version"})
    found = watch.missed(now + 5 * MINUTE)
    assert (found.done, len(found.troubles)) == (1, 1)
    assert models.Alert.objects.filter(home_id="h-2", kind=watch.SILENT).exists()


def test_a_broken_alert_is_looked_at_again_but_not_without_a_pause(now: datetime) -> None:
    raised(now)
    models.Alert.objects.update(state={"of": "another version"})

    async def second() -> int:
        tally, wake = Tally(), asyncio.Event()
        loop = asyncio.create_task(escalator.run(SystemClock(), wake, Beats(), tally))
        await asyncio.sleep(1)
        loop.cancel()
        return tally.counts["escalator"]

    assert 1 <= asyncio.run(second()) <= 5


def test_a_code_is_not_given_again_while_a_late_reply_may_name_it(now: datetime) -> None:
    id_ = raised(now)
    code = store.get(id_).code
    desk.tell(id_, Closed("user:1", Cause.WELL), now)
    assert code in store.codes(now + 60 * MINUTE)
    assert code not in store.codes(now + timedelta(days=1))


@pytest.mark.parametrize("about", ["board", "codes", "reply"])
def test_years_of_closed_alerts_are_not_read_through(now: datetime, about: str) -> None:
    from alerts.desk import inbound
    from alerts.web import read

    ask = {
        "board": lambda: read.board(now),
        "codes": lambda: store.codes(now),
        "reply": lambda: inbound.reply("+8613800000001", "1", now),
    }[about]
    with CaptureQueriesContext(connection) as asked:
        ask()
    for query in asked.captured_queries:
        if "desk_alert" in query["sql"] or "desk_notice" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
                steps = [row[-1] for row in cursor.fetchall()]
            assert not [step for step in steps if step.startswith("SCAN desk_")], steps
