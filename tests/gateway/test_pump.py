"""A lane's arithmetic: huge chunks, centres that went back or that know too much, records nobody can read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.journal import Chunk, Journal
from gateway.uplink import ROOM, JournalWentBackError, MqttUplink, Pump
from gateway.uplink import Centre as Far
from rules.model import DeviceId, HomeId, Kind, Reading
from rules.record import decode, encode
from rules.wire import Lane

HOME = HomeId("h-1")
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


class Centre:
    """Stores what is new to it, as intake does; refuses a batch with a line that is no record."""

    def __init__(self, cursor: int = 0, late: Sequence[int] = ()) -> None:
        self.cursor = cursor
        self.batches: list[list[int]] = []
        self.sizes: list[int] = []
        self._late = list(late)  # answers to batches of the past, which come first

    async def deliver(self, home: HomeId, lane: Lane, lines: Sequence[bytes]) -> int:
        await asyncio.sleep(0)
        try:
            records = [decode(line) for line in lines]
        except ValueError:
            await asyncio.sleep(3600)
        self.batches.append([record.seq for record in records])
        self.sizes.append(sum(map(len, lines)) + len(lines))
        self.cursor = max([self.cursor, *self.batches[-1]])
        return self._late.pop(0) if self._late else self.cursor


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: Any) -> None:
    for name in ("PATIENCE", "RETRY"):
        monkeypatch.setattr(f"gateway.uplink.{name}", 0.01)


def fill(journal: Journal, *seqs: int, name: str = "d") -> None:
    """One commit of these alarms' lane."""
    chunk = Chunk([], [])
    for seq in seqs:
        chunk.add(Lane.ALARM, seq, encode(seq, NOON, Reading(DeviceId(name), Kind.SOS, 1.0, NOON)))
    journal.append({HOME: chunk})


def pumped(journal: Journal, centre: Centre, to: int) -> None:
    async def main() -> None:
        pump = Pump(HOME, Lane.ALARM, journal, centre, timedelta(0), timedelta(seconds=60))
        async with asyncio.timeout(5):
            task = asyncio.create_task(pump.run())
            while journal.stored(HOME, Lane.ALARM) != to and not task.done():
                await asyncio.sleep(0.005)
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            await task

    asyncio.run(main())


def test_one_huge_commit_goes_in_parts_that_a_broker_takes(journal: Journal) -> None:
    fill(journal, *range(1, 7001), name="a" * 190)
    fill(journal, 7001)
    centre = Centre()
    pumped(journal, centre, 7001)
    assert [seq for batch in centre.batches for seq in batch] == list(range(1, 7002))
    assert max(centre.sizes) <= ROOM


def test_an_answer_to_an_older_batch_marks_nothing_as_told(journal: Journal) -> None:
    fill(journal, 1, 2)
    fill(journal, 3, 4)
    journal.mark(HOME, Lane.ALARM, 2)
    centre = Centre(2, late=[0, 2, 1])
    pumped(journal, centre, 4)
    assert centre.batches == [[3, 4], [3, 4], [3, 4], [1, 2, 3, 4]][: len(centre.batches)]
    assert len(centre.batches) == 4


def test_a_journal_that_lost_what_the_centre_has_goes_on_under_a_new_name(journal: Journal) -> None:
    """A disk that lied before a power cut: the next records would bear numbers that the centre knows."""
    fill(journal, 1, 2)
    with pytest.raises(JournalWentBackError, match="record 9"):
        pumped(journal, Centre(9), 2)
    assert journal.recall("id") != journal.id
    assert journal.stored(HOME, Lane.ALARM) == 0


@pytest.mark.parametrize("broken", [2, 3])
def test_a_record_that_nobody_can_read_does_not_hold_up_the_lane(
    journal: Journal, broken: int, caplog: Any
) -> None:
    for seq in (1, 2, 3):
        fill(journal, seq)
    journal._db.execute("UPDATE chunk SET alarm = x'7b' WHERE alarm_last = ?", (broken,))
    centre = Centre()
    pumped(journal, centre, 3)
    assert {seq for batch in centre.batches for seq in batch} == {1, 2, 3} - {broken}
    assert "unreadable" in caplog.text


def test_an_alarm_that_is_never_acknowledged_is_told_to_the_operator(
    journal: Journal, caplog: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.uplink.LONGEST", dict.fromkeys(Lane, 0.05))
    fill(journal, 1)

    class Deaf(Centre):
        async def deliver(self, home: HomeId, lane: Lane, lines: Sequence[bytes]) -> int:
            self.batches.append([])
            if len(self.batches) == 9:
                journal.mark(HOME, Lane.ALARM, 1)
            return await asyncio.sleep(3600, 0)

    pumped(journal, Deaf(), 1)
    assert caplog.text.count("acknowledges no alarm") == 1


class Slow:
    """A connection whose broker takes everything and says nothing."""

    def send(self, data: bytes) -> None:
        assert data


@pytest.mark.parametrize("moment", range(4))
def test_patience_that_ends_while_the_centre_answers_is_not_lost(moment: int) -> None:
    async def main() -> None:
        uplink = MqttUplink(Far("127.0.0.1", 1883, "gw", bytes(32)), [HOME], "j", SystemClock())
        uplink._link = Slow()  # type: ignore[assignment]
        task = asyncio.create_task(uplink.deliver(HOME, Lane.ALARM, []))
        await asyncio.sleep(0.01)
        uplink._waiting[HOME, Lane.ALARM].set_result(1)
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        assert task.cancelled() if moment == 0 else task.done()
        assert not uplink._waiting

    asyncio.run(main())


def test_a_broker_that_is_gone_is_told_at_once() -> None:
    class Gone(Slow):
        def send(self, data: bytes) -> None:
            raise ConnectionError("gone")

    async def main() -> None:
        uplink = MqttUplink(Far("127.0.0.1", 1883, "gw", bytes(32)), [HOME], "j", SystemClock())
        uplink._link = Gone()  # type: ignore[assignment]
        with pytest.raises(ConnectionError, match="gone"):
            await uplink.deliver(HOME, Lane.ALARM, [])

    asyncio.run(main())
