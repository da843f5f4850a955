"""A device's own rhythm: learned in a week, exact where it matters, never shorter than the table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Engine
from rules.home import Supervision
from rules.model import Clear, DeviceId, Kind, Origin, Raise, Reading, Tick
from rules.rhythm import MOST, WEEK, Rhythm, heard, own
from rules.silence import Silence
from rules.snapshot import dump, load

T = datetime(2026, 11, 21, tzinfo=UTC)
H = timedelta(hours=1)
A = DeviceId("a")
AQARA = Supervision(2.5 * H, 4 * H, learn=True)
BATTERY = Supervision(12 * H, 26 * H, learn=True)


def lived(gaps: Sequence[timedelta], window: Supervision) -> Rhythm:
    rhythm, at = Rhythm(T), T
    for gap in gaps:
        at += gap
        rhythm = heard(rhythm, gap, at, window)
    return rhythm


def week(gap: timedelta) -> list[timedelta]:
    return [gap] * (WEEK // gap + 1)


@pytest.mark.parametrize(
    ("gap", "window", "warn"),
    [
        (timedelta(minutes=50), AQARA, 2.5 * H),  # as the table has it: 3 × 50 min
        (timedelta(minutes=70), AQARA, 3.5 * H),
        (timedelta(seconds=20), AQARA, 2.5 * H),  # chatty devices gain no shorter limit
        (6 * H, BATTERY, 18 * H),
        (12 * H, BATTERY, MOST),
    ],
)
def test_after_a_week_the_limit_is_the_devices_own(
    gap: timedelta, window: Supervision, warn: timedelta
) -> None:
    assert own(lived(week(gap)[:-2], window), window) == window
    learned = own(lived(week(gap), window), window)
    assert learned.warn == warn
    assert learned.fault - learned.warn == window.fault - window.warn


def test_the_longest_gap_counts_more_than_the_usual_one() -> None:
    assert own(lived([*week(H)[:80], 3.5 * H, *week(H)], AQARA), AQARA).warn == 5.25 * H


def test_an_outage_teaches_nothing() -> None:
    assert own(lived([*week(H)[:50], 20 * H, *week(H)], AQARA), AQARA).warn == 3 * H


def test_each_week_is_learned_anew() -> None:
    rhythm = lived([*week(70 * timedelta(minutes=1)), *week(30 * timedelta(minutes=1)), H], AQARA)
    assert own(rhythm, AQARA) == AQARA


@given(st.lists(st.floats(0.01, 25.9), min_size=20, max_size=400))
def test_what_is_kept_is_enough_for_the_exact_formula(hours: list[float]) -> None:
    gaps = [timedelta(hours=h) for h in hours]
    rhythm, at, taught = Rhythm(T), T, 0
    for i, gap in enumerate(gaps):
        at += gap
        rhythm = heard(rhythm, gap, at, BATTERY)
        if rhythm.learned is not None:
            taught = i
            break
    if not taught:
        return
    told = [gap.total_seconds() for gap in gaps[:taught]]
    wanted = max(BATTERY.warn, min(MOST, timedelta(seconds=max(3 * median(told), 1.5 * max(told)))))
    assert rhythm.learned is not None
    assert abs(rhythm.learned - wanted) < timedelta(milliseconds=1)


def test_a_rhythm_stays_small_and_still_however_much_is_said() -> None:
    rhythm = lived([timedelta(seconds=1)] * 5000, BATTERY)
    assert heard(rhythm, timedelta(seconds=1), T + 2 * H, BATTERY) is rhythm
    assert len(msgspec.json.encode(rhythm)) < 200


def say(at: datetime) -> Reading:
    return Reading(A, Kind.LINK, 80.0, at, Origin.HEARTBEAT)


def hourly(engine: Engine, gap: timedelta, days: int) -> tuple[object, list[object], datetime]:
    state, at, found = engine.start(T), T, list[object]()
    while at < T + timedelta(days=days):
        at += gap
        state, more = engine.step(state, say(at), at)
        found += more
    return state, found, at


@pytest.mark.parametrize("restarted", [False, True])
def test_a_slow_device_is_in_doubt_in_its_first_week_only(restarted: bool) -> None:
    engine = Engine((Silence({A: AQARA}, {A: "hall"}),))
    state, found, at = hourly(engine, 3 * H, 8)
    assert {type(f) for f in found} == {Raise, Clear}
    assert all(f.at <= T + WEEK + 3 * H for f in found)  # type: ignore[attr-defined]
    if restarted:
        state = load(engine, dump(engine, state))  # type: ignore[arg-type]
    _, late = engine.step(state, Tick(at + 30 * H), at + 30 * H)  # type: ignore[arg-type]
    assert [(d.at - at, d.facts["stage"], d.facts["learned"]) for d in late if isinstance(d, Raise)] == [
        (9 * H, "warn", 540.0),
        (10.5 * H, "fault", 540.0),
    ]


def test_a_limit_that_becomes_shorter_is_kept_in_time() -> None:
    engine = Engine((Silence({A: AQARA}, {A: "hall"}),))
    state, _, at = hourly(engine, 3 * H, 8)
    while at < T + timedelta(days=23):
        at += timedelta(minutes=30)
        state, _ = engine.step(state, say(at), at)  # type: ignore[arg-type]
    _, late = engine.step(state, Tick(at + 5 * H), at + 5 * H)  # type: ignore[arg-type]
    assert [(d.at - at) for d in late] == [2.5 * H, 4 * H]


def test_what_may_not_be_learned_is_not() -> None:
    engine = Engine((Silence({A: Supervision(2.5 * H, 4 * H)}, {}),))
    state, _, _ = hourly(engine, H, 8)
    assert state.rules["device.silent"].rhythms == {}  # type: ignore[attr-defined]
