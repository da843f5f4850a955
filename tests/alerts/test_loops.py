"""What the loops stand on: the pulse, the bell, the counting, the story's clock."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from alerts import clock, loops
from alerts.loops import Beats, Tally, Thread, Wake, pause

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_a_loop_that_stands_still_stops_the_watchdog() -> None:
    beats = Beats(patience=0.0)
    assert beats.alive()
    beats.beat("intake")
    assert not beats.alive()
    assert Beats(patience=60.0, _last={"intake": monotonic()}).alive()


def test_a_reason_is_counted_always_and_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    tally = Tally()
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            tally.count("refused: garbage", "x")
    assert (tally.counts["refused: garbage"], len(caplog.records)) == (5, 1)


def test_a_pause_ends_with_the_ring_from_any_thread() -> None:
    async def rung() -> float:
        wake = Wake(asyncio.get_running_loop())
        event = wake.event()
        began = monotonic()
        await asyncio.to_thread(wake.ring)
        await pause(event, clock.SystemClock(), None)
        return monotonic() - began

    assert asyncio.run(rung()) < loops.POLL / 2


def test_a_pause_ends_when_it_is_due_and_at_the_latest_with_the_poll() -> None:
    async def waited(due: datetime | None) -> float:
        began = monotonic()
        await pause(asyncio.Event(), clock.SystemClock(), due)
        return monotonic() - began

    assert asyncio.run(waited(datetime.now(UTC))) < loops.POLL / 2
    assert asyncio.run(waited(None)) >= loops.POLL * 0.9


def test_work_keeps_to_its_one_thread() -> None:
    import threading

    async def names() -> set[str]:
        thread = Thread("alone")
        return {await thread.run(lambda: threading.current_thread().name) for _ in range(3)}

    assert len(asyncio.run(names())) == 1


def test_a_story_tells_its_own_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = datetime.now(UTC) - timedelta(seconds=1)
    points = [[real.isoformat(), NOW.isoformat()]]
    (tmp_path / "pace.json").write_text(json.dumps(points))
    monkeypatch.setenv(clock.ENV, str(tmp_path / "pace.json"))
    clock.clock.cache_clear()
    assert timedelta(seconds=1) <= clock.clock().now() - NOW < timedelta(seconds=30)
    asyncio.run(clock.clock().sleep_until(NOW))
    clock.clock.cache_clear()
    monkeypatch.delenv(clock.ENV)
    assert isinstance(clock.clock(), clock.SystemClock)
