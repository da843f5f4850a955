"""Fold, write down, then act: across kills, restarts and clocks that are set."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.clock import Watch, restarted
from rules.model import Clear, ClockStepped, Kind, Origin, Raise, Reading, Tick
from rules.wire import Lane

HOUR = timedelta(hours=1)


def raised(records: list[Any]) -> list[str]:
    return [r.item.key for r in records if isinstance(r.item, Raise)]


def test_a_press_is_on_disk_before_anybody_is_woken(fold: Any, said: Any, reads: Any) -> None:
    gateway = fold()
    found: list[tuple[str, list[str]]] = []
    gateway.on_stored(lambda home, lane: found.append((lane, raised(said(gateway, home)))))
    gateway.take([reads("h-1/sos", Kind.SOS)])
    assert found == [(Lane.ALARM, ["sos:h-1/sos"]), (Lane.TELEMETRY, ["sos:h-1/sos"])]


def test_counts_from_one_without_a_gap_and_each_home_for_itself(
    fold: Any, said: Any, reads: Any, clock: Any
) -> None:
    gateway = fold()
    for i in range(3):
        gateway.take([reads("h-1/sos", Kind.SOS), reads("h-2/motion", Kind.MOTION, float(i % 2))])
        clock.passes(timedelta(seconds=40))
    assert [r.seq for r in said(gateway, "h-1")] == list(range(1, 7))
    assert [r.seq for r in said(gateway, "h-2")] == [1, 2, 3]


def test_a_full_disk_acknowledges_nothing_and_ends_the_process(fold: Any, reads: Any) -> None:
    gateway = fold()
    gateway._journal._db.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.Error):
        gateway.take([reads("h-1/sos", Kind.SOS)])
    with pytest.raises(sqlite3.Error):
        gateway.take([reads("h-2/sos", Kind.SOS)])
    assert gateway.broken is not None


def test_a_device_of_no_home_is_counted_and_disturbs_nothing(fold: Any, said: Any, reads: Any) -> None:
    gateway = fold()
    gateway.take([reads("elsewhere/sos", Kind.SOS), [], reads("h-1/sos", Kind.SOS)])
    assert gateway.refused == {"device of no home": 1}
    assert raised(said(gateway, "h-1")) == ["sos:h-1/sos"]


def test_a_deadline_that_passes_while_the_gateway_is_down_fires_at_its_own_instant(
    fold: Any, said: Any, reads: Any, clock: Any
) -> None:
    fold().take([reads("h-1/motion", Kind.MOTION)])
    began = clock.now()
    clock.passes(9 * HOUR)
    gateway = fold()
    late = [r for r in said(gateway, "h-1") if isinstance(r.item, Raise) and r.item.key == "inactivity"]
    assert [r.item.at for r in late] == [began + 5 * HOUR]
    assert late[0].now == began + 9 * HOUR


def test_a_restart_never_raises_again_what_is_on_record(fold: Any, said: Any, reads: Any, clock: Any) -> None:
    gateway = fold()
    gateway.take([reads("h-1/motion", Kind.MOTION), reads("h-1/smoke", Kind.SMOKE)])
    clock.passes(6 * HOUR)
    gateway.tick()
    before = said(gateway, "h-1")
    for _ in range(5):
        clock.passes(timedelta(minutes=1))
        gateway = fold()
        gateway.take([reads("h-1/smoke", Kind.SMOKE, 1.0, Origin.REPLAY)])
        gateway.tick()
    assert raised(said(gateway, "h-1")) == raised(before) == ["smoke:h-1/smoke", "inactivity"]


def test_a_door_clock_survives_a_kill(fold: Any, said: Any, reads: Any, clock: Any) -> None:
    fold().take([reads("h-1/door", Kind.CONTACT, 0.0)])
    clock.passes(timedelta(minutes=1))
    fold().take([reads("h-1/door", Kind.CONTACT, 1.0)])
    opened = clock.now()
    clock.passes(timedelta(minutes=20))
    gateway = fold()
    assert raised(said(gateway, "h-1")) == []
    clock.passes(timedelta(minutes=11))
    gateway.tick()
    at = [r.item.at for r in said(gateway, "h-1") if isinstance(r.item, Raise)]
    assert at == [opened + timedelta(minutes=30)]


def test_what_the_sieve_knew_survives_a_kill(fold: Any, said: Any, reads: Any, clock: Any) -> None:
    fold().take([reads("h-1/door", Kind.CONTACT, 1.0)])
    clock.passes(HOUR)
    gateway = fold()
    gateway.take([reads("h-1/door", Kind.CONTACT, 1.0)])
    assert said(gateway, "h-1")[-1].item.origin is Origin.HEARTBEAT


@pytest.mark.parametrize("days", [400, -400])
def test_a_clock_that_is_set_raises_nothing_and_shifts_what_is_waited_for(
    fold: Any, said: Any, reads: Any, clock: Any, days: int
) -> None:
    gateway = fold()
    gateway.take([reads("h-1/motion", Kind.MOTION)])
    clock.passes(4 * HOUR)
    clock.is_set(clock.now() + timedelta(days=days))
    gateway.tick()
    assert raised(said(gateway, "h-1")) == []
    steps = [r.item.by for r in said(gateway, "h-1") if isinstance(r.item, ClockStepped)]
    assert steps == [timedelta(days=days)]
    clock.passes(HOUR + timedelta(seconds=1))
    gateway.tick()
    assert raised(said(gateway, "h-1")) == ["inactivity"]


def test_a_pi_that_boots_in_1970_and_is_set_right_later_raises_nothing(
    fold: Any, said: Any, reads: Any, clock: Any
) -> None:
    fold().take([reads("h-1/motion", Kind.MOTION)])
    right = clock.now()
    clock.boots()
    clock.is_set(datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC))
    gateway = fold()
    clock.passes(timedelta(minutes=2))
    gateway.take([reads("h-1/motion", Kind.MOTION, 0.0)])
    clock.is_set(right + timedelta(minutes=5))
    gateway.tick()
    assert raised(said(gateway, "h-1")) == raised(said(gateway, "h-2")) == []


@pytest.mark.parametrize("by", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_set_while_the_process_was_down_is_told_from_an_outage(
    fold: Any, said: Any, reads: Any, clock: Any, by: timedelta
) -> None:
    fold().take([reads("h-1/motion", Kind.MOTION)])
    clock.passes(HOUR)
    clock.is_set(clock.now() + by)
    gateway = fold()
    assert raised(said(gateway, "h-1")) == []
    clock.passes(4 * HOUR + timedelta(seconds=1))
    gateway.tick()
    assert raised(said(gateway, "h-1")) == ["inactivity"]


def test_slewing_is_followed_in_silence(clock: Any) -> None:
    watch = Watch(clock)
    for _ in range(100):
        clock.passes(HOUR)
        clock.is_set(clock.now() + timedelta(seconds=1))
        assert watch.look()[1] is None


def test_across_a_boot_only_an_impossible_gap_is_a_step(clock: Any) -> None:
    watch, now = Watch(clock), clock.now()
    assert restarted(now - timedelta(days=6), now, None, watch) is None
    assert restarted(now - timedelta(days=8), now, None, watch) == ClockStepped(timedelta(days=8), now)
    assert restarted(now + HOUR, now, None, watch) == ClockStepped(-HOUR, now)


def test_a_tick_that_raised_is_on_record_so_that_a_replay_knows(
    fold: Any, said: Any, reads: Any, clock: Any
) -> None:
    gateway = fold()
    gateway.take([reads("h-1/motion", Kind.MOTION)])
    clock.passes(6 * HOUR)
    gateway.tick()
    kinds = [type(r.item) for r in said(gateway, "h-1")]
    assert kinds == [Reading, Tick, Raise]


acts = st.lists(
    st.tuples(
        st.sampled_from(["motion", "door", "sos", "smoke", "tick", "kill", "keep"]),
        st.sampled_from([0.0, 1.0]),
        st.integers(1, 40_000),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_kills_anywhere_change_no_decision(lives: Any, said: Any, acts: list[tuple[str, float, int]]) -> None:
    def live(killed: bool) -> list[object]:
        clock, start = lives()
        gateway = start()
        for what, value, seconds in acts:
            clock.passes(timedelta(seconds=seconds))
            match what:
                case "tick":
                    gateway.tick()
                case "keep":
                    gateway.keep()
                case "kill":
                    gateway.tick()
                    gateway = start() if killed else gateway
                case sort:
                    kind = {
                        "motion": Kind.MOTION,
                        "door": Kind.CONTACT,
                        "sos": Kind.SOS,
                        "smoke": Kind.SMOKE,
                    }[sort]
                    gateway.take([[Reading(f"h-1/{sort}", kind, value, clock.now())]])  # type: ignore[arg-type]
        return [r.item for r in said(gateway, "h-1") if isinstance(r.item, Raise | Clear)]

    assert live(killed=True) == live(killed=False)
