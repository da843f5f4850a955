"""Nobody moves, the gateway dies, and the limit passes meanwhile: found at restart, with its own instant."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from town import Town, town
from verdict import within

pytestmark = pytest.mark.slow
SPEED = 2400.0  # five hours take 7.5 s
MORNING = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)  # 06:00 in Shanghai: from now on silence counts
BEGAN = MORNING - timedelta(hours=6)  # 9 s to get ready
LIMIT = timedelta(hours=5)  # config/rules/default.toml


@pytest.fixture(scope="module")
def sleepy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town("embedded", tmp_path_factory.mktemp("deadline"), SPEED, began=BEGAN) as here:
        yield here


def told(here: Town) -> datetime:
    return here.told(datetime.now(UTC))


@dataclass(frozen=True)
class Finding:
    """An alert as the centre has it."""

    raised: datetime
    opened: datetime
    since: datetime


def inactive(here: Town) -> list[Finding]:
    """The findings of too long a silence in the first home."""
    query = "SELECT raised_at, opened_at, facts FROM desk_alert WHERE key = 'inactivity' AND home_id = 'h-0'"
    with closing(sqlite3.connect(here.ledger.database)) as db:
        rows = db.execute(query).fetchall()
    return [
        Finding(instant(raised), instant(opened), instant(json.loads(facts)["since"]))
        for raised, opened, facts in rows
    ]


def instant(text: str) -> datetime:
    """Django keeps UTC without saying so."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wait_until(here: Town, at: datetime) -> None:
    time.sleep(max(0.0, (here.real(at) - datetime.now(UTC)).total_seconds()))


def test_a_deadline_that_passes_while_the_gateway_is_down_fires_at_its_own_instant(sleepy: Town) -> None:
    here = sleepy
    wait_until(here, MORNING)
    pressed = told(here)
    here.press(0)
    assert within(5, lambda: any(case.key.startswith("sos:") for case in here.ledger.cases()))
    here.gateway.kill()
    down = told(here)
    assert down < pressed + LIMIT, "this machine is too slow for so fast a clock"
    wait_until(here, pressed + LIMIT + timedelta(hours=1))
    assert not inactive(here)
    up = told(here)
    here.gateway.start()
    assert within(10, lambda: bool(inactive(here)))
    (found,) = inactive(here)
    assert found.raised == found.since + LIMIT
    assert pressed <= found.since <= down < found.raised < up <= found.opened
