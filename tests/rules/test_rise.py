"""Not up by the usual hour."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.engine import Engine
from rules.home import Device, Home
from rules.model import (
    Clear,
    ClockStepped,
    Decision,
    DeviceId,
    Event,
    HomeId,
    Kind,
    Mode,
    ModeSet,
    Origin,
    Raise,
    Reading,
    Severity,
    Swapped,
    Tick,
    Unheard,
)
from rules.rise import Morning, Part, Rise, rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
M, H, D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 1, 16, tzinfo=UTC)  # of 2 November in Shanghai
FRONT, KITCHEN, BEDROOM, MAT = (DeviceId(name) for name in ("front", "kitchen", "bedroom", "mat"))
ROOMS = {FRONT: "entrance", KITCHEN: "kitchen", BEDROOM: "bedroom", MAT: "bedroom"}
SLEEPS = frozenset({BEDROOM, MAT})
RULE = Rise(H, 14, time(5), SHANGHAI, SLEEPS, frozenset({FRONT}), ROOMS)
USUAL = [
    7 * H + m * M for m in (0, 10, 20, 30, 10, 20, 0, 0, 10, 20, 30, 10, 20, 30)
]  # quarters at 7:10 and 7:20
LATE = 7 * H + 30 * M + 10 * M + H  # the latest, the spread, the margin


def kitchen(at: datetime, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(KITCHEN, Kind.MOTION, 1.0, at, origin)


def bedroom(at: datetime) -> Reading:
    return Reading(BEDROOM, Kind.MOTION, 1.0, at)


def told(state: Morning, *events: Event) -> tuple[Morning, list[Decision]]:
    """The state after these events, each at its own time, deadlines fired as the engine does."""
    found: list[Decision] = []
    for event in events:
        while (due := RULE.due(state)) is not None and due <= event.at:
            state, more = RULE.step(state, Tick(due), due)
            found += more
        state, more = RULE.step(state, event, event.at)
        found += more
    return state, found


def day(midnight: datetime, up: timedelta = 7 * H) -> tuple[Event, ...]:
    """She gets up, is about, and goes to bed at ten."""
    return (
        bedroom(midnight + up - M),
        kitchen(midnight + up),
        kitchen(midnight + 21 * H),
        bedroom(midnight + 22 * H),
    )


def used(ups: list[timedelta] = USUAL) -> tuple[Morning, datetime]:
    """A home after as many days, and the midnight that follows."""
    state, found = told(RULE.start(MIDNIGHT - 3 * H), bedroom(MIDNIGHT - 2 * H))
    for i, up in enumerate(ups):
        state, more = told(state, *day(MIDNIGHT + i * D, up))
        found += more
    assert found == []
    return state, MIDNIGHT + len(ups) * D


def test_later_than_ever_by_the_margin_and_the_own_spread_is_too_late() -> None:
    state, midnight = used()
    state, found = told(state, bedroom(midnight + 3 * H), Tick(midnight + 12 * H))
    facts = {
        "device": "bedroom",
        "room": "bedroom",
        "since": (midnight + 3 * H).isoformat(),
        "minutes": 85.0,  # 8:40, and 7:15 is usual
        "rising": (midnight + 7 * H + 15 * M).isoformat(),
        "latest": (midnight + 7 * H + 30 * M).isoformat(),
        "count": 14.0,
    }
    assert found == [Raise("rise", Severity.URGENT, midnight + LATE, facts)]
    state, found = told(state, kitchen(midnight + 12 * H + M))
    assert found == [Clear("rise", midnight + 12 * H + M)]
    assert state.due == midnight + D + 5 * H


def test_who_is_up_in_time_is_not_missed() -> None:
    state, midnight = used()
    _, found = told(state, kitchen(midnight + LATE - M), Tick(midnight + 20 * H))
    assert found == []


def test_moving_in_the_bedroom_is_not_being_up() -> None:
    state, midnight = used()
    _, found = told(state, bedroom(midnight + 7 * H), bedroom(midnight + 8 * H), Tick(midnight + 9 * H))
    assert [f.at for f in found] == [midnight + LATE]


def test_leaving_the_bed_is_being_up() -> None:
    state, midnight = used()
    out = Reading(MAT, Kind.BED, 0.0, midnight + 8 * H)
    _, found = told(state, Reading(MAT, Kind.BED, 1.0, midnight + 6 * H), out, Tick(midnight + 12 * H))
    assert found == []


def test_a_walk_at_night_is_not_being_up() -> None:
    state, midnight = used()
    _, found = told(state, kitchen(midnight + 4 * H + 59 * M), Tick(midnight + 9 * H))
    assert [f.at for f in found] == [midnight + LATE]


@pytest.mark.parametrize("origin", [Origin.HEARTBEAT, Origin.REPLAY, Origin.SYNTHETIC])
def test_only_what_happened_is_a_sign(origin: Origin) -> None:
    state, midnight = used()
    _, found = told(state, kitchen(midnight + 7 * H, origin), Tick(midnight + 9 * H))
    assert [f.at for f in found] == [midnight + LATE]


def test_nothing_is_said_before_two_weeks_are_known() -> None:
    state, midnight = used(USUAL[:13])
    assert told(state, Tick(midnight + 3 * D))[1] == []


def test_four_weeks_count() -> None:
    state, midnight = used([11 * H, *USUAL, *USUAL])
    assert len(state.risings) == 29
    _, found = told(state, Tick(midnight + 12 * H))
    assert [f.at for f in found] == [midnight + LATE]  # the one at eleven is too old


def test_who_went_out_in_the_evening_is_not_missed_in_the_morning() -> None:
    state, midnight = used()
    door = Reading(FRONT, Kind.CONTACT, 1.0, midnight - H)
    _, found = told(state, door, Tick(midnight + 20 * H))
    assert found == []
    _, found = told(state, door, kitchen(midnight - H + 3 * M), Tick(midnight + 20 * H))
    assert [f.at for f in found] == [midnight + LATE]  # a guest had left


def test_who_was_not_seen_since_the_day_before_did_not_sleep_here() -> None:
    state, midnight = used()
    state, found = told(state, kitchen(midnight + 7 * H), Tick(midnight + D + 15 * H))
    assert found == []


def test_it_is_said_once_however_many_days_pass() -> None:
    state, midnight = used()
    assert len(told(state, Tick(midnight + 5 * D))[1]) == 1


def test_coming_home_at_dusk_is_no_rising() -> None:
    state, midnight = used(USUAL[:5])
    state, _ = told(state, kitchen(midnight + 18 * H))
    assert len(state.risings) == 5


@pytest.mark.parametrize("mode", [Mode.AWAY, Mode.HOSPITAL])
def test_nobody_is_missed_who_is_said_to_be_away(mode: Mode) -> None:
    state, midnight = used()
    away = ModeSet(mode, midnight + 6 * H, "wang")
    assert told(state, away, Tick(midnight + 3 * D))[1] == []
    _, found = told(state, Tick(midnight + 9 * H), ModeSet(mode, midnight + 9 * H, "wang"))
    assert [type(f) for f in found] == [Raise, Clear]
    state, _ = told(state, away, *day(midnight, 8 * H), ModeSet(Mode.HOME, midnight + 23 * H, "wang"))
    assert len(state.risings) == 14
    assert told(state, Tick(midnight + D + 9 * H))[1] != []


def test_with_a_visitor_it_is_looked_after_and_not_learned() -> None:
    state, midnight = used()
    state, _ = told(state, ModeSet(Mode.VISITOR, midnight - H, "wang"))
    assert told(state, Tick(midnight + 9 * H))[1] != []
    assert len(told(state, kitchen(midnight + 8 * H))[0].risings) == 14


def test_a_morning_that_was_not_heard_says_nothing() -> None:
    state, midnight = used()
    state, found = told(state, Tick(midnight + 6 * H), Unheard(midnight + 6 * H, midnight + 8 * H))
    assert told(state, Tick(midnight + 20 * H))[1] == found == []


def test_a_finding_out_of_deafness_is_taken_back() -> None:
    state, midnight = used()
    deaf = Unheard(midnight + 6 * H, midnight + 10 * H)
    _, found = told(state, Tick(deaf.at), deaf)
    assert found[1:] == [Clear("rise", deaf.at)]
    true = Unheard(midnight + 9 * H, midnight + 10 * H)
    assert len(told(state, Tick(deaf.at), true)[1]) == 1


def test_who_may_have_left_while_nothing_was_heard_is_not_missed() -> None:
    state, midnight = used()
    deaf = Unheard(midnight - H, midnight + H)
    assert told(state, deaf, Tick(midnight + 12 * H))[1] == []
    _, found = told(state, deaf, bedroom(midnight + 2 * H), Tick(midnight + 12 * H))
    assert [f.at for f in found] == [midnight + LATE]


@pytest.mark.parametrize("by", [-400 * D, -7 * H, 7 * H, 400 * D])
def test_a_clock_that_is_set_raises_nothing_by_itself(by: timedelta) -> None:
    engine = Engine([RULE])
    learned, midnight = used()
    state = engine.resume(midnight, {"rise": learned})
    now = midnight + by
    state, found = engine.step(state, ClockStepped(by, now), now)
    assert (found, engine.due(state)) == ((), now + 5 * H)
    _, found = engine.step(state, Tick(now + 12 * H), now + 12 * H)
    assert found == ()


def test_summer_time_does_not_move_the_hour() -> None:
    london = ZoneInfo("Europe/London")
    rule = Rise(H, 14, time(5), london, SLEEPS, frozenset({FRONT}), ROOMS)
    state = rule.start(datetime(2026, 3, 28, 22, tzinfo=UTC))
    assert rule.due(state) == datetime(2026, 3, 29, 4, tzinfo=UTC)


def test_a_new_sensor_goes_on_for_the_old_one() -> None:
    state, midnight = used()
    state, _ = told(state, Swapped(BEDROOM, MAT, midnight))
    assert state.presence.device == MAT


def test_it_runs_where_somebody_could_be_seen_up() -> None:
    pir = Device(BEDROOM, "卧室", kinds=frozenset({Kind.MOTION}))
    mat = Device(MAT, "卧室", kinds=frozenset({Kind.BED}))
    smoke = Device(KITCHEN, "kitchen", kinds=frozenset({Kind.SMOKE}))
    assert not list(rules(Part(), Home(HomeId("h"), SHANGHAI, (pir, smoke))))
    (rule,) = rules(Part(), Home(HomeId("h"), SHANGHAI, (pir, mat)))
    assert isinstance(rule, Rise)
    assert rule == RULE
    assert rule.sleeps == SLEEPS
