"""From readings to lanes: bars, ticks, and gaps where nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerts.web import lanes, picture
from alerts.web.lanes import Place, Silence, Stretch
from rules.model import DeviceId, Kind, Origin, Reading

T = datetime(2026, 11, 12, tzinfo=UTC)
DAY = Stretch(T, T + timedelta(days=1))
DOOR = Place("door", "hall", "入户门")


def at(hours: float) -> datetime:
    return T + timedelta(hours=hours)


def said(kind: Kind, value: float, hours: float, origin: Origin = Origin.EVENT) -> Reading:
    return Reading(DeviceId("door"), kind, value, at(hours), origin)


def beats(kind: Kind, first: float = -1, last: float = 24) -> list[Reading]:
    hours = [first + n for n in range(int(last - first) + 1)]
    return [said(kind, 0, h, Origin.HEARTBEAT) for h in hours]


def lane(*readings: Reading, silences: tuple[Silence, ...] = ()) -> lanes.Lane:
    ordered = sorted(readings, key=lambda r: r.at)
    return lanes.lanes([DOOR], ordered, DAY, silences)[0]


def test_a_device_that_was_never_heard_is_hatched_all_day() -> None:
    assert lane().gaps == (DAY,)


def test_a_door_open_for_a_while_is_a_bar() -> None:
    one = lane(*beats(Kind.MOTION), said(Kind.CONTACT, 1, 8), said(Kind.CONTACT, 0, 8.5))
    assert [(bar.span.since, bar.span.until) for bar in one.bars] == [(at(8), at(8.5))]
    assert one.gaps == ()


def test_a_state_from_before_the_window_reaches_into_it() -> None:
    one = lane(said(Kind.BED, 1, -3), *beats(Kind.MOTION, -2), said(Kind.BED, 0, 6))
    assert one.bars[0].span == Stretch(T, at(6))


def test_silence_cuts_a_bar_and_is_a_gap() -> None:
    one = lane(*beats(Kind.MOTION, -1, 4), said(Kind.CONTACT, 1, 3.5), *beats(Kind.MOTION, 12, 24))
    assert one.gaps == (Stretch(at(4), at(12)),)
    assert [bar.span for bar in one.bars] == [Stretch(at(3.5), at(4)), Stretch(at(12), at(24))]


def test_heartbeats_are_no_movement_and_replays_no_word_at_all() -> None:
    beat = said(Kind.MOTION, 1, 5, Origin.HEARTBEAT)
    assert lane(*beats(Kind.MOTION), beat).points == ()
    assert lane(said(Kind.MOTION, 1, 5, Origin.REPLAY)).gaps == (DAY,)


def test_a_silence_of_the_whole_home_hides_every_lane() -> None:
    gone = Silence(Stretch(at(20), at(24)))
    assert lane(*beats(Kind.MOTION), silences=(gone,)).gaps == (Stretch(at(20), at(24)),)
    other = Silence(Stretch(at(20), at(24)), "another")
    assert lane(*beats(Kind.MOTION), silences=(other,)).gaps == ()


def test_a_life_safety_sensor_may_be_quiet_for_longer() -> None:
    smoke = [said(Kind.SMOKE, 0, h, Origin.HEARTBEAT) for h in (-1, 4, 9, 14, 19)]
    assert lane(*smoke).gaps == ()
    assert lane(*(said(Kind.CONTACT, 0, r.at.hour, Origin.HEARTBEAT) for r in smoke[1:])).gaps != ()


readings = st.lists(
    st.builds(
        said,
        st.sampled_from([Kind.MOTION, Kind.CONTACT, Kind.BED, Kind.SMOKE, Kind.SOS, Kind.BATTERY]),
        st.sampled_from([0.0, 1.0]),
        st.floats(-26, 24),
        st.sampled_from(list(Origin)),
    ),
    max_size=40,
)


@given(readings)
def test_everything_lies_in_the_window_and_no_bar_in_a_gap(these: list[Reading]) -> None:
    one = lane(*these)
    spans = [*one.gaps, *(bar.span for bar in one.bars)]
    assert all(DAY.since <= s.since < s.until <= DAY.until for s in spans)
    assert all(lanes.inside(point.at, DAY) for point in one.points)
    for bar in one.bars:
        assert all(bar.span.until <= gap.since or bar.span.since >= gap.until for gap in one.gaps)
    assert all(a.until < b.since for a, b in zip(one.gaps, one.gaps[1:], strict=False))


def test_the_axis_is_the_homes_own_time() -> None:
    drawn = picture.draw([lane()], [], DAY, ZoneInfo("Asia/Shanghai"))
    assert [h.title for h in drawn.hours if "labelled" in h.css][:3] == ["09:00", "12:00", "15:00"]
    assert [h.x for h in drawn.hours if h.css == "midnight"] == ["66.67%"]


def test_a_day_with_25_hours_keeps_all_of_them() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    long = Stretch(datetime(2026, 10, 25, tzinfo=berlin), datetime(2026, 10, 26, tzinfo=berlin))
    hours = picture.draw(
        [], [], Stretch(long.since.astimezone(UTC), long.until.astimezone(UTC)), berlin
    ).hours
    assert [h.title for h in hours].count("02:00") == 2
