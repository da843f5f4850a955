"""A rehearsal tells what rules would have raised, from when to when, and two sets of rules apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import build
from rules.difference import Side, differ
from rules.engine import Engine
from rules.home import Device, Home
from rules.model import DeviceId, Event, HomeId, Kind, Mode, ModeSet, Origin, Reading, Severity, Unheard
from rules.rehearsal import SLOT, Course, Found, absences, rehearse, since

T = datetime(2026, 11, 21, 1, tzinfo=UTC)
H = timedelta(hours=1)
PIR, SOS = DeviceId("pir"), DeviceId("sos")
HOME = Home(
    HomeId("h"),
    ZoneInfo("Asia/Shanghai"),
    (Device(PIR, "kitchen", kinds=frozenset({Kind.MOTION})), Device(SOS, "bedroom")),
)


def rules(hours: int) -> Engine:
    """Silence of so many hours, and the button."""
    table = {"title": "t", "source": "s", "sos": {}, "inactivity": [{"limit": f"{hours}h"}]}
    return build(table, HOME)


def moves(*hours: float) -> list[tuple[Event, datetime]]:
    """Movements so many hours after T."""
    return [(Reading(PIR, Kind.MOTION, 1.0, T + h * H), T + h * H) for h in hours]


def course(events: list[tuple[Event, datetime]], *limits: int, end: float | None = None) -> Course:
    """The recording under rules with these limits."""
    told = rehearse([rules(limit) for limit in limits], events, None if end is None else T + end * H)
    assert told is not None
    return told


def test_a_finding_lasts_from_its_raise_to_its_clear() -> None:
    (found,) = course(moves(-1, 0, 7, 8), 5).found[0]
    assert (found.key, found.at, found.until) == ("inactivity", T + 5 * H, T + 7 * H)
    assert found.minutes(T) == 120
    assert found.facts["room"] == "kitchen"


def test_what_holds_at_the_end_is_open_and_time_may_go_on() -> None:
    assert course(moves(0, 4), 5).found == ((),)
    told = course(moves(0, 4), 5, end=12)
    assert told.found[0][0].until is None
    assert told.found[0][0].minutes(told.last) == 180
    assert (told.first, told.last, told.events, told.days) == (T, T + 12 * H, 2, 0.5)


def test_news_of_an_open_finding_are_counted() -> None:
    presses = [(Reading(SOS, Kind.SOS, 1.0, T + i * H / 60), T + i * H / 60) for i in range(3)]
    (found,) = course(list(presses), 5, end=1).found[0]
    assert (found.key, found.kind, found.news, found.severity) == ("sos:sos", "sos", 2, Severity.EMERGENCY)


def test_only_signs_of_life_are_shown() -> None:
    again = Reading(PIR, Kind.MOTION, 1.0, T + H, Origin.HEARTBEAT)
    told = course([*moves(0, 0.01), (again, T + H)], 5)
    assert told.signs == {(int(T.timestamp()) // SLOT, PIR): 2}


def test_what_came_before_is_only_learned_from() -> None:
    whole = course(moves(0, 7, 20), 5)
    later = since(whole, T + 7 * H)
    assert [found.at for found in later.found[0]] == [T + 12 * H]
    assert (later.first, sum(later.signs.values())) == (T + 7 * H, 2)
    assert since(whole, T - H) is whole


def test_nothing_recorded_is_no_course() -> None:
    assert rehearse([rules(5)], []) is None


def test_absences_and_deafness_are_kept() -> None:
    events: list[tuple[Event, datetime]] = [
        *moves(0),
        (ModeSet(Mode.HOSPITAL, T + H, "desk"), T + H),
        (Unheard(T + 2 * H, T + 3 * H), T + 3 * H),
        (ModeSet(Mode.HOME, T + 9 * H, "desk"), T + 9 * H),
        *moves(10),
    ]
    told = course(events, 5)
    assert absences(told) == ((T + H, T + 9 * H, Mode.HOSPITAL),)
    assert told.unheard == (Unheard(T + 2 * H, T + 3 * H),)
    assert told.found == ((),)


def test_two_sets_of_rules_are_told_apart() -> None:
    told = course(moves(0, 6, 14, 15), 5, 7)
    pairs = differ(*told.found, told.last)
    assert [(pair.side, pair.later) for pair in pairs] == [
        (Side.LEFT, timedelta(0)),
        (Side.BOTH, 2 * H),
    ]
    assert [pair.side for pair in differ(*reversed(told.found), told.last)] == [Side.RIGHT, Side.BOTH]


def test_a_kind_of_inactivity_is_its_own() -> None:
    keys = ("inactivity:water", "inactivity", "sos:button", "door.open:front")
    kinds = [Found(key, Severity.CHECK, T, None, {}).kind for key in keys]
    assert kinds == ["inactivity:water", "inactivity", "sos", "door.open"]


@given(st.lists(st.floats(0.1, 20), min_size=1, max_size=30), st.integers(1, 8), st.integers(1, 8))
def test_each_finding_is_in_one_pair(gaps: list[float], one: int, two: int) -> None:
    hours = [sum(gaps[:i]) for i in range(len(gaps) + 1)]
    told = course(moves(*hours), one, two)
    pairs = differ(*told.found, told.last)
    assert sorted((p.left for p in pairs if p.left), key=lambda f: f.at) == list(told.found[0])
    assert sorted((p.right for p in pairs if p.right), key=lambda f: f.at) == list(told.found[1])
    if one < two:  # whoever waits longer finds nothing that the other did not
        assert {pair.side for pair in pairs} <= {Side.LEFT, Side.BOTH}
