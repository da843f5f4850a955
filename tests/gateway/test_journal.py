"""The journal: all or nothing, in order, and only as long as somebody may need it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.journal import Chunk, Journal, Snapshot
from rules.model import HomeId
from rules.wire import Lane

A, B = HomeId("a"), HomeId("b")


def chunk(*lines: tuple[Lane, int]) -> Chunk:
    made = Chunk([], [])
    for lane, seq in lines:
        made.add(lane, seq, f"{lane}-{seq}".encode())
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal.db"


def test_lanes_are_told_apart_and_survive_a_reopening(path: Path) -> None:
    journal = Journal(path)
    journal.append({A: chunk((Lane.TELEMETRY, 1), (Lane.ALARM, 2)), B: chunk((Lane.TELEMETRY, 1))})
    journal.append({A: chunk((Lane.TELEMETRY, 3))})
    journal.close()
    again = Journal(path)
    assert again.id == journal.id
    spots = again.batch(A, Lane.TELEMETRY, 0, 10)
    assert [again.lines(Lane.TELEMETRY, spot) for spot in spots] == [b"telemetry-1", b"telemetry-3"]
    assert [spot[0] for spot in again.batch(A, Lane.ALARM, 0, 10)] == [2]
    assert again.batch(B, Lane.ALARM, 0, 10) == []


def test_what_the_centre_has_is_not_offered_again(path: Path) -> None:
    journal = Journal(path)
    for seq in (1, 2, 3):
        journal.append({A: chunk((Lane.ALARM, seq))})
    journal.mark(A, Lane.ALARM, 2)
    assert [s for s, _ in journal.batch(A, Lane.ALARM, journal.stored(A, Lane.ALARM), 10)] == [3]
    journal.close()
    assert Journal(path).stored(A, Lane.ALARM) == 2


def test_a_centre_restored_from_a_backup_gets_what_it_lost(path: Path) -> None:
    journal = Journal(path)
    for seq in (1, 2, 3):
        journal.append({A: chunk((Lane.ALARM, seq))})
    journal.mark(A, Lane.ALARM, 3)
    journal.mark(A, Lane.ALARM, 1)
    assert [s for s, _ in journal.batch(A, Lane.ALARM, 1, 10)] == [2, 3]


def test_trim_keeps_what_is_unsent_and_what_a_restart_needs(path: Path) -> None:
    journal = Journal(path)
    for seq in range(1, 11):
        journal.append({A: chunk((Lane.TELEMETRY, seq))})
    assert journal.trim(0) == 0  # no snapshot yet: a restart folds all of it
    journal.keep({A: Snapshot(10, b"s")})
    journal.mark(A, Lane.TELEMETRY, 4)
    assert journal.trim(3) == 4
    assert [s for s, _ in journal.batch(A, Lane.TELEMETRY, 4, 99)] == [5, 6, 7, 8, 9, 10]
    journal.mark(A, Lane.TELEMETRY, 10)
    assert journal.trim(3) == 3
    assert list(journal.records()) == []


def test_half_an_append_is_none(path: Path) -> None:
    journal = Journal(path)
    bad = {A: chunk((Lane.ALARM, 1)), B: Chunk([b"x"], [], alarm_last=object())}  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        journal.append(bad)
    journal.append({A: chunk((Lane.ALARM, 1))})
    assert [body for _, lines in journal.records() for body in lines] == [b"alarm-1"]


def test_two_processes_never_share_a_journal(path: Path) -> None:
    journal = Journal(path)
    journal.append({A: chunk((Lane.ALARM, 1))})
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Journal(path)


def test_a_home_that_left_the_settings_does_not_fill_the_disk(path: Path) -> None:
    journal = Journal(path)
    for seq in range(1, 6):
        journal.append({A: chunk((Lane.TELEMETRY, seq)), B: chunk((Lane.ALARM, seq))})
    journal.mark(A, Lane.TELEMETRY, 5)
    journal.keep({A: Snapshot(5, b"s")})
    assert journal.trim(2) == 8
    assert [seq for seq, _ in journal.batch(B, Lane.ALARM, 0, 99)] == [5]
    assert journal.last(B) == 5


def test_without_a_centre_nothing_waits_for_one(path: Path) -> None:
    journal = Journal(path)
    for seq in range(1, 6):
        journal.append({A: chunk((Lane.TELEMETRY, seq), (Lane.ALARM, seq))})
    journal.keep({A: Snapshot(5, b"s")})
    journal.settle()
    assert journal.trim(0) == 5
    journal.append({A: chunk((Lane.ALARM, 6))})
    assert [seq for seq, _ in journal.batch(A, Lane.ALARM, 0, 99)] == [6]
