"""The chain of an alert's story shows every change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from alerts.core.story import START, Line, broken, link

AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
LINES = (
    Line(1, AT, "opened", "", {"b": 1, "a": "烟"}),
    Line(2, AT, "summoned", "李明"),
    Line(3, AT, "taken", "李明"),
)


def chained(lines: tuple[Line, ...] = LINES) -> list[tuple[Line, str]]:
    """The lines with their hashes."""
    mac, out = START, []
    for line in lines:
        mac = link(mac, "a", line)
        out.append((line, mac))
    return out


def test_a_whole_chain_holds() -> None:
    assert broken("a", chained()) is None
    assert broken("a", []) is None


def test_a_changed_line_shows() -> None:
    for change in (
        {"who": "王五"},
        {"what": "closed"},
        {"at": AT + timedelta(seconds=1)},
        {"data": {"x": 1}},
    ):
        lines = chained()
        lines[1] = (replace(lines[1][0], **change), lines[1][1])
        assert broken("a", lines) == 2


def test_a_missing_line_shows_and_so_does_another_alerts() -> None:
    assert broken("a", [chained()[0], chained()[2]]) == 2
    assert broken("b", chained()) == 1


def test_the_hash_depends_neither_on_the_order_of_keys_nor_on_the_zone() -> None:
    east = replace(LINES[0], at=AT.astimezone(timezone(timedelta(hours=8))), data={"a": "烟", "b": 1})
    assert link(START, "a", east) == link(START, "a", LINES[0])
