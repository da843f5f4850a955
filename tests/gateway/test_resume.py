"""What a restart makes of a journal: other settings, unreadable parts, a kill amid a clock step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fixed import fixed

from gateway.homes import Fold, Home
from gateway.journal import Journal
from rules.catalogue import build
from rules.model import ClockStepped, Kind, Raise
from rules.wire import Lane

HOUR = timedelta(hours=1)
PROFILE = fixed()


@pytest.fixture
def having(tmp_path: Path, clock: Any, dwelling: Any) -> Callable[..., Fold]:
    """Starts the gateway with these homes in its settings, over one journal."""
    running: list[Journal] = []

    def start(*names: str) -> Fold:
        while running:
            running.pop()._db.close()
        running.append(Journal(tmp_path / "journal.db"))
        homes = [
            Home(home.id, build(PROFILE, home), [d.id for d in home.devices], clock.now())
            for home in map(dwelling, names)
        ]
        fold = Fold(homes, running[0], clock)
        fold.resume()
        return fold

    return start


def raised(records: list[Any]) -> list[str]:
    return [r.item.key for r in records if isinstance(r.item, Raise)]


def test_a_home_that_comes_back_into_the_settings_counts_on(
    having: Any, said: Any, reads: Any, clock: Any
) -> None:
    """The centre skips what it has: a second record 1 would never be heard of."""
    gateway = having("h-1", "h-2")
    gateway.take([reads("h-1/sos", Kind.SOS), reads("h-1/motion", Kind.MOTION)])
    for lane, seq in ((Lane.ALARM, 2), (Lane.TELEMETRY, 3)):
        gateway._journal.mark("h-1", lane, seq)
    clock.passes(HOUR)
    having("h-2")
    clock.passes(HOUR)
    gateway = having("h-1", "h-2")
    gateway.take([reads("h-1/smoke", Kind.SMOKE)])
    assert [r.seq for r in said(gateway, "h-1")] == [1, 2, 3, 4, 5]
    assert [seq for seq, _ in gateway._journal.batch("h-1", Lane.ALARM, 2, 9)] == [5]


def test_a_clock_that_was_set_while_a_home_was_not_there_is_none_of_its_business(
    having: Any, said: Any, reads: Any, clock: Any
) -> None:
    having("h-1").take([reads("h-1/motion", Kind.MOTION)])
    clock.is_set(clock.now() - timedelta(days=400))
    gateway = having("h-1", "h-2")
    assert raised(said(gateway, "h-2")) == []
    clock.passes(5 * HOUR)
    gateway.tick()
    assert raised(said(gateway, "h-2")) == ["inactivity"]


@pytest.mark.parametrize("days", [400, -400])
def test_a_kill_in_the_middle_of_a_clock_step_takes_it_once(
    fold: Any, said: Any, reads: Any, clock: Any, days: int, monkeypatch: Any
) -> None:
    def killed(_: Any) -> None:
        raise KeyboardInterrupt

    gateway = fold()
    gateway.take([reads("h-1/motion", Kind.MOTION)])
    clock.passes(HOUR)
    clock.is_set(clock.now() + timedelta(days=days))
    monkeypatch.setattr(gateway._journal, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        gateway.tick()
    gateway = fold()
    assert raised(said(gateway, "h-1")) == []
    assert gateway.homes[0].state.now == clock.now()
    clock.passes(4 * HOUR)
    fold().tick()
    gateway = fold()
    assert raised(said(gateway, "h-1")) == ["inactivity"]
    assert [r.item.by.days for r in said(gateway, "h-1") if isinstance(r.item, ClockStepped)] == [days]


def test_what_was_slewed_away_over_weeks_is_no_step_at_a_restart(
    fold: Any, said: Any, reads: Any, clock: Any
) -> None:
    gateway = fold()
    for _ in range(20):
        clock.passes(HOUR)
        clock.is_set(clock.now() + timedelta(seconds=1))
        gateway.take([reads("h-1/motion", Kind.MOTION)])
    gateway = fold()
    assert not [r for r in said(gateway, "h-1") if isinstance(r.item, ClockStepped)]
    assert gateway.homes[0].state.now == clock.now()


def test_an_unreadable_snapshot_and_a_clock_that_was_set_do_not_freeze_a_home(
    fold: Any, said: Any, reads: Any, clock: Any
) -> None:
    right = clock.now()
    clock.is_set(right - timedelta(days=20_000))
    gateway = fold()
    gateway.take([reads("h-1/motion", Kind.MOTION)])
    clock.is_set(right)
    gateway.tick()
    gateway._journal._db.execute("UPDATE snapshot SET body = x'00'")
    gateway = fold()
    assert gateway.homes[0].state.now == clock.now()
    clock.passes(5 * HOUR)
    gateway.tick()
    assert raised(said(gateway, "h-1")) == ["inactivity"]


def test_an_unreadable_record_is_left_out_and_the_home_counts_on(
    fold: Any, reads: Any, clock: Any, caplog: Any
) -> None:
    gateway = fold()
    gateway.take([reads("h-1/motion", Kind.MOTION)])
    gateway.take([reads("h-1/sos", Kind.SOS)])
    gateway._journal._db.execute("UPDATE chunk SET telemetry = x'7b' WHERE telemetry_last > 1")
    gateway._journal._db.execute("UPDATE chunk SET alarm = x'7b' WHERE alarm_last > 1")
    gateway = fold()
    assert "unreadable" in caplog.text
    clock.passes(timedelta(minutes=1))
    gateway.take([reads("h-1/smoke", Kind.SMOKE)])
    assert gateway.homes[0].seq == 5


def test_half_a_fold_is_never_built_upon(fold: Any, said: Any, reads: Any) -> None:
    """A rule that fails leaves memory and disk apart: what is pressed then must reach the next process."""
    gateway = fold()

    def failing(*_: Any) -> Any:
        raise RuntimeError("a rule that is still due")

    gateway.homes[1].engine.step = failing
    press = reads("h-1/smoke", Kind.SMOKE)
    with pytest.raises(RuntimeError):
        gateway.take([press, reads("h-2/smoke", Kind.SMOKE)])
    for act in (lambda: gateway.take([press]), gateway.tick, gateway.keep):
        with pytest.raises(RuntimeError):
            act()
    gateway = fold()
    gateway.take([press])
    assert raised(said(gateway, "h-1")) == ["smoke:h-1/smoke"]


def test_a_fire_that_began_before_a_rule_was_set_otherwise_is_not_forgotten(
    having: Any, said: Any, reads: Any, clock: Any, monkeypatch: Any
) -> None:
    """The rule starts afresh, and to the sieve the smoke is old news."""
    gateway = having("h-1")
    gateway.take([reads("h-1/smoke", Kind.SMOKE)])
    gateway.keep()
    monkeypatch.setitem(PROFILE, "hazards", {"kinds": ["smoke", "co"]})
    clock.passes(HOUR)
    gateway = having("h-1")
    assert raised(said(gateway, "h-1")) == ["smoke:h-1/smoke"] * 2
    gateway = having("h-1")
    assert raised(said(gateway, "h-1")) == ["smoke:h-1/smoke"] * 2
