"""Learned inactivity: what is usual here, where the doors say out, and what is no habit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rules.baseline import DAYS
from rules.engine import Engine, HomeState
from rules.learned import KEY, OUT, Learned, Life, Part
from rules.model import (
    Clear,
    ClockStepped,
    Decision,
    DeviceId,
    Event,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Severity,
    Tick,
    Unheard,
)
from rules.snapshot import dump, load

ZONE = ZoneInfo("Asia/Shanghai")
H, M, D = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
KITCHEN, HALL, LOUNGE, DOOR = map(DeviceId, ("kitchen", "hall", "lounge", "door"))
T = datetime(2026, 11, 20, 16, tzinfo=UTC)  # midnight in Shanghai
LEAST, PATIENCE = Part().least, Part().patience
RULE = Learned(Part(), ZONE, frozenset({DOOR}), {KITCHEN: "kitchen", LOUNGE: "lounge"})


def sign(at: datetime, device: DeviceId = KITCHEN, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(device, Kind.CONTACT if device == DOOR else Kind.MOTION, 1.0, at, origin)


def day(midnight: datetime, nap: timedelta = H) -> Iterator[Reading]:
    """Up at 7, something every quarter of an hour, a nap after 13:00, to bed at 22."""
    at = midnight + 7 * H
    while at < midnight + 22 * H:
        yield sign(at, KITCHEN if at.minute % 30 else LOUNGE)
        at += nap if at == midnight + 13 * H else 15 * M


def lived(days: int, rule: Learned = RULE, nap: timedelta = H) -> tuple[Engine, HomeState, list[Decision]]:
    engine = Engine((rule,))
    state, said = engine.start(T), list[Decision]()
    for n in range(days):
        for reading in day(T + n * D, nap):
            state, found = engine.step(state, reading, reading.at)
            said += found
    return engine, state, said


def after(
    engine: Engine, state: HomeState, *events: tuple[Event, datetime]
) -> tuple[HomeState, list[Decision]]:
    said = list[Decision]()
    for event, now in events:
        state, found = engine.step(state, event, now)
        said += found
    return state, said


def raised(engine: Engine, state: HomeState, within: timedelta = 2 * D) -> Raise:
    """What time alone brings."""
    found = engine.step(state, Tick(state.now + within), state.now + within)[1]
    assert len(found) == 1, found
    assert isinstance(found[0], Raise)
    return found[0]


def life(state: HomeState) -> Life:
    return state.rules[KEY]  # type: ignore[no-any-return]


def test_a_regular_life_raises_nothing_and_is_learned() -> None:
    _, state, said = lived(20)
    assert not said
    assert len(life(state).habit.days) == 19
    assert RULE.usual(life(state)) > 8 * 60  # since 21:45: the night


def test_silence_by_day_raises_after_the_least_and_says_what_is_usual() -> None:
    engine, state, _ = lived(20)
    nine = T + 20 * D + 9 * H
    state, _ = after(engine, state, *((r, r.at) for r in day(T + 20 * D) if r.at <= nine))
    found = raised(engine, state)
    assert (found.key, found.severity) == (KEY, Severity.URGENT)
    assert found.at == nine + LEAST
    assert found.facts["limit"] == found.facts["minutes"] == LEAST / M
    assert found.facts["usual"] == 18.0
    assert found.facts["room"] == "lounge"


def test_a_night_is_longer_than_a_day_and_not_up_in_the_morning_raises() -> None:
    engine, state, _ = lived(20)
    found = raised(engine, state)
    slept = found.at - life(state).quiet.last
    assert 10 * H < slept <= 12 * H
    assert engine.step(state, sign(T + 20 * D + 7 * H), T + 20 * D + 7 * H)[1] == ()


def test_a_home_that_is_not_known_yet_waits_longer() -> None:
    engine, state, _ = lived(3)
    nine = T + 3 * D + 9 * H
    state, _ = after(engine, state, *((r, r.at) for r in day(T + 3 * D) if r.at <= nine))
    found = raised(engine, state)
    assert found.at == nine + 5 * H
    assert "usual" not in found.facts


def test_after_the_door_another_limit_holds_and_a_sign_inside_ends_it_at_once() -> None:
    engine, state, _ = lived(20)
    ten = T + 20 * D + 10 * H
    state, _ = after(engine, state, (sign(ten, DOOR), ten))
    found = raised(engine, state)
    assert (found.key, found.severity) == (OUT, Severity.CHECK)
    assert found.at >= ten + 12 * H
    back = ten + 3 * H
    inside = ((sign(back, DOOR), back), (sign(back + M, HALL), back + M))
    state, _ = after(engine, state, *inside)
    assert raised(engine, state).key == KEY


def test_a_cat_in_the_kitchen_of_an_empty_home_is_not_somebody_at_home() -> None:
    engine, state, _ = lived(20)
    eleven = T + 20 * D + 11 * H
    state, _ = after(engine, state, *((r, r.at) for r in day(T + 20 * D) if r.at < eleven))
    cat = ((sign(eleven + t), eleven + t) for t in (90 * M, 4 * H, 8 * H))
    state, said = after(engine, state, (sign(eleven, DOOR), eleven), *cat)
    assert not said
    assert life(state).quiet.out
    both = eleven + 9 * H
    state, _ = after(engine, state, (sign(both, KITCHEN), both), (sign(both + M, HALL), both + M))
    assert not life(state).quiet.out


def test_a_false_alarm_widens_the_limits_and_is_forgotten_night_by_night() -> None:
    engine, state, _ = lived(20)
    nine = T + 20 * D + 9 * H
    state, said = after(engine, state, (sign(nine), nine), (sign(nine + 5 * H), nine + 5 * H))
    assert [type(d) for d in said] == [Raise, Clear]
    assert life(state).habit.loose == pytest.approx(PATIENCE)
    state, _ = engine.step(state, Tick(nine + 8 * D), nine + 8 * D)
    assert 1.0 < life(state).habit.loose < PATIENCE / 1.15


def test_a_slow_drift_is_followed() -> None:
    engine, state, said = lived(12)
    for n in range(12, 60):
        for reading in day(T + n * D, H + (n - 12) * 3 * M):  # the nap grows to three hours and a half
            state, found = engine.step(state, reading, reading.at)
            said += found
    assert not said


def test_the_last_four_weeks_only() -> None:
    _, state, _ = lived(DAYS + 10)
    assert len(life(state).habit.days) == DAYS


def test_time_in_which_nothing_could_be_heard_is_not_learned_and_not_counted() -> None:
    engine, state, _ = lived(20)
    nine, back = T + 20 * D + 9 * H, T + 20 * D + 12 * H
    state, _ = after(engine, state, (sign(nine), nine), (Unheard(nine + H, back), back))
    found = raised(engine, state)
    assert found.at == nine + LEAST + 2 * H
    state, _ = after(engine, state, (sign(back + M), back + M))
    assert all(begun != 9 * 60 for begun, _, _ in life(state).habit.today)


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_nobody_is_waited_for_who_is_not_there(mode: Mode) -> None:
    engine, state, _ = lived(20)
    noon = T + 20 * D + 12 * H
    state, _ = after(engine, state, (sign(noon), noon), (ModeSet(mode, noon + M, "son"), noon + M))
    home = noon + 5 * D
    state, said = after(engine, state, (Tick(home), home))
    assert not said
    state, said = after(engine, state, (ModeSet(Mode.HOME, home, "son"), home))
    assert raised(engine, state).at > home + 3 * H
    assert max(length for gaps in life(state).habit.days for _, length, _ in gaps) < 24 * 60


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_only_what_happens_now_is_a_sign(origin: Origin) -> None:
    state = RULE.start(T)
    assert RULE.step(state, sign(T + H, origin=origin), T + H) == (state, ())


def test_heartbeats_change_no_decision() -> None:
    plain, beating = lived(20), lived(20)
    engine, state, _ = beating
    beats = ((sign(state.now + n * M, origin=Origin.HEARTBEAT), state.now + n * M) for n in range(1, 600))
    state, said = after(engine, state, *beats)
    assert not said
    assert raised(engine, state) == raised(*plain[:2])


def test_the_wall_clocks_hours_hold_after_the_clock_was_set() -> None:
    engine, state, _ = lived(20)
    before = engine.due(state)
    assert before is not None
    stepped, found = engine.step(state, ClockStepped(400 * D, state.now + 400 * D), state.now + 400 * D)
    assert not found
    assert engine.due(stepped) == before + 400 * D
    nine = T + 421 * D + 9 * H
    stepped, _ = after(engine, stepped, (sign(nine - M), nine - M), (sign(nine), nine))
    assert raised(engine, stepped).facts["limit"] == LEAST / M


def test_four_weeks_fit_into_twenty_kilobytes() -> None:
    _, state, _ = lived(DAYS + 10)
    assert len(msgspec.json.encode(life(state))) < 20_000


def test_the_state_does_not_depend_on_when_the_loop_woke() -> None:
    engine, state, _ = lived(16)
    end = state.now + 3 * D
    once, found = engine.step(state, Tick(end), end)
    often, said, at = state, list[Decision](), state.now
    while at < end:
        at += 37 * M
        often, more = engine.step(often, Tick(min(at, end)), min(at, end))
        said += more
    assert (replace(often, now=once.now), tuple(said)) == (once, found)


def test_what_is_waited_for_can_be_told_at_any_time() -> None:
    engine, state, _ = lived(20)
    nine = T + 20 * D + 9 * H
    state, _ = after(engine, state, *((r, r.at) for r in day(T + 20 * D) if r.at <= nine))
    wait = RULE.waiting(life(state))
    assert (wait.last, wait.limit, wait.end) == (nine, LEAST, nine + LEAST)
    assert wait.usual == 18 * M
    late, _ = engine.step(state, Tick(nine + 6 * H), nine + 6 * H)
    assert RULE.waiting(life(late)) == wait
    away, _ = after(engine, state, (ModeSet(Mode.AWAY, nine + M, "son"), nine + M))
    assert RULE.waiting(life(away)).end is None


def test_other_settings_forget_neither_the_habit_nor_what_is_open() -> None:
    engine, state, _ = lived(DAYS)
    state, found = engine.step(state, Tick(T + (DAYS + 1) * D), T + (DAYS + 1) * D)
    assert [f.key for f in found] == [KEY]
    other = Engine((replace(RULE, part=replace(RULE.part, least=5 * H)),))
    after = load(other, dump(engine, state))
    assert after.rules[KEY].habit.days == state.rules[KEY].habit.days
    at = T + (DAYS + 1) * D + 7 * H
    after, found = other.step(after, sign(at), at)
    assert found == (Clear(KEY, at),)
    _, found = other.step(after, Tick(at + 6 * H), at + 6 * H)
    assert [f.at for f in found] == [at + 5 * H]  # learned anew at 4:00, held against the new least


def test_an_unheard_time_that_is_said_to_last_beyond_now_ends_now() -> None:
    engine, state, _ = lived(DAYS)
    at = T + (DAYS - 1) * D + 22 * H
    state, _ = engine.step(state, Unheard(at, at + 400 * D), at)
    _, found = engine.step(state, Tick(at + D), at + D)
    assert [f.key for f in found] == [KEY]
