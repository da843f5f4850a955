"""Who fills a rung, and how a hole in it is filled."""

from __future__ import annotations

from alerts.core.roster import Person, find

GRID = Person("worker:1", "李明", "grid_worker", 3, addresses={"sms": "+861"})
ABOVE = Person("worker:2", "陈强", "grid_worker", 2, addresses={"sms": "+862"})
LEADER = Person("worker:1", "李明", "grid_leader", 2, addresses={"sms": "+861"})
FIRST = Person("contact:1", "王芳", "contact", 99, order=1, addresses={"sms": "+863"})
KEY = Person("contact:1", "王芳", "keyholder", 99, order=1, addresses={"sms": "+863"})
SECOND = Person("contact:2", "王刚", "contact", 99, order=2, addresses={"sms": "+864"})


def ids(*found: Person) -> list[str]:
    """Who they are."""
    return [person.id for person in found]


def test_the_nearest_area_serves() -> None:
    assert find(("grid_worker",), (ABOVE, GRID)) == (GRID,)


def test_a_hole_in_the_grid_is_filled_by_the_area_above() -> None:
    assert find(("grid_worker",), (ABOVE, GRID), {"worker:1"}) == (ABOVE,)
    assert find(("grid_worker",), (ABOVE,)) == (ABOVE,)


def test_nobody_at_all_is_nobody() -> None:
    assert find(("street_centre",), (ABOVE, GRID)) == ()


def test_one_relative_at_a_time_in_their_order() -> None:
    assert find(("contact",), (SECOND, FIRST)) == (FIRST,)
    assert find(("contact",), (SECOND, FIRST), {"contact:1"}) == (SECOND,)


def test_everybody_is_called_once() -> None:
    found = find(("grid_worker", "grid_leader", "contact", "keyholder"), (GRID, LEADER, FIRST, KEY))
    assert ids(*found) == ["worker:1", "contact:1"]


def test_who_has_no_address_is_not_there() -> None:
    assert find(("grid_worker",), (Person("worker:7", "?", "grid_worker", 4), ABOVE)) == (ABOVE,)


def test_a_phone_that_two_people_share_is_called_once() -> None:
    daughter = Person("contact:9", "李芳", "contact", 99, addresses=GRID.addresses)
    assert find(("grid_worker", "contact"), (GRID, daughter)) == (GRID,)
