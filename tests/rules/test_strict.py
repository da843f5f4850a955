"""Every kind of value that a table may hold, and every mistake in it, found in one pass."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.strict import Form, Problem, Range, load, span, spoken

Slug = NewType("Slug", str)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Leaf:
    room: str
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Tree:
    name: Slug
    port: Annotated[int, Range(1, 65535)] = 1883
    ratio: float = 0.5
    on: bool = True
    at: datetime | None = None
    day: date | None = None
    clock: time = time(22)
    wait: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(hours=1))] = timedelta(minutes=1)
    file: Path = Path("x")
    colour: Colour = Colour.RED
    mode: Literal["fast", "slow"] = "fast"
    either: int | str = 0
    leaf: tuple[Leaf, ...] = ()
    tags: frozenset[str] = frozenset()
    sizes: Mapping[str, float] = field(default_factory=dict)
    top: Leaf | None = None
    code: Annotated[str, Form(r"[0-9a-f]{4}", "4 hex digits")] = "0000"
    made: int = field(default=7, init=False)


def read(text: str) -> tuple[Tree | None, tuple[Problem, ...]]:
    return load(Tree, tomllib.loads(text), "tree.toml")


def test_every_kind_of_value() -> None:
    tree, problems = read(
        """
        name = "oak"
        port = 8883
        ratio = 2
        on = false
        at = 2026-11-01T09:00:00+08:00
        day = 2026-11-01
        clock = 06:30:00
        wait = "90s"
        file = "a/b"
        colour = "green"
        mode = "slow"
        either = "word"
        tags = ["a", "b", "a"]
        code = "00ff"
        sizes = {a = 1, b = 2.5}
        top = {room = "attic"}
        [[leaf]]
        room = "kitchen"
        [[leaf]]
        room = "hall"
        size = 3
        """
    )
    assert problems == ()
    assert tree is not None
    assert tree.at == datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert (tree.name, tree.port, tree.ratio, tree.on) == ("oak", 8883, 2.0, False)
    assert (tree.day, tree.clock, tree.wait) == (date(2026, 11, 1), time(6, 30), timedelta(seconds=90))
    assert (tree.file, tree.colour, tree.mode, tree.either) == (Path("a/b"), Colour.GREEN, "slow", "word")
    assert tree.leaf == (Leaf("kitchen"), Leaf("hall", 3.0))
    assert (tree.tags, tree.sizes, tree.top) == (frozenset("ab"), {"a": 1.0, "b": 2.5}, Leaf("attic"))
    assert isinstance(tree.ratio, float)


@pytest.mark.parametrize(
    ("line", "key", "what", "remedy"),
    [
        ("prot = 1", "prot", "unknown key", 'did you mean "port"?'),
        ("zzz = 1", "zzz", "unknown key", "known here: name, port"),
        ('port = "1883"', "port", 'must be a whole number, is the text "1883"', "such as 60"),
        ("port = true", "port", "must be a whole number, is true", "such as 60"),
        ("port = 1.5", "port", "must be a whole number, is 1.5", "such as 60"),
        ("port = 0", "port", "0 is out of range", "from 1 to 65535"),
        ("ratio = nan", "ratio", "must be a number, is nan", "such as 0.5"),
        ("ratio = inf", "ratio", "must be a number, is inf", "such as 0.5"),
        ('on = "yes"', "on", 'must be true or false, is the text "yes"', "true or false"),
        ("on = 1", "on", "must be true or false, is 1", "true or false"),
        ("at = 2026-11-01T09:00:00", "at", "2026-11-01T09:00:00 says no zone", "+08:00"),
        ("at = 2026-11-01", "at", "must be an instant", "+08:00"),
        ("day = 2026-11-01T09:00:00Z", "day", "must be a day", "such as 2026-11-01"),
        ('clock = "22:00"', "clock", "must be a time of day", "such as 22:00:00"),
        ("wait = 60", "wait", "must be a duration, is 60", '"90s"'),
        ('wait = "soon"', "wait", 'must be a duration, is the text "soon"', '"90s"'),
        ('wait = "2h"', "wait", '"2h" is out of range', 'from "1s" to "1h"'),
        ('colour = "gren"', "colour", "is not known here", 'did you mean "green"?'),
        ("colour = 3", "colour", "3 is not known here", "write one of: red, green"),
        ('mode = "medium"', "mode", "is not known here", "fast, slow"),
        ("either = 1.5", "either", "must be text, is 1.5", "text in quotes"),
        ('code = "xyz"', "code", '"xyz" is not in the right form', "4 hex digits"),
        ("leaf = 1", "leaf", "must be a list, is 1", "[ ]"),
        ("leaf = [{size = 1}]", "leaf[1].room", "is missing", 'add it: text in quotes: "…"'),
        ('leaf = [{room = "a"}, {room = 3}]', "leaf[2].room", "must be text, is 3", "text in quotes"),
        ('leaf = ["a"]', "leaf[1]", "must be a table, is the text", "write it as [leaf[1]]"),
        ('tags = "a"', "tags", 'must be a list, is the text "a"', "[ ]"),
        ('sizes = {a = "x"}', "sizes.a", "must be a number", "such as 0.5"),
        ("sizes = 1", "sizes", "must be a table, is 1", "write it as [sizes]"),
        ("top = 1", "top", "must be a table, is 1", "write it as [top]"),
        ("top = [1]", "top", "must be a table, is a list", "write it as [top]"),
        ("file = 3", "file", "must be a path, is 3", "a path in quotes"),
        ("made = 3", "made", "unknown key", "did you mean"),
    ],
)
def test_one_mistake(line: str, key: str, what: str, remedy: str) -> None:
    tree, problems = read(f'name = "oak"\n{line}')
    assert tree is None
    (problem,) = problems
    assert (problem.where, problem.key) == ("tree.toml", key)
    assert what in problem.what
    assert remedy in problem.remedy


def test_all_mistakes_at_once() -> None:
    _, problems = read('port = 0\nratio = "x"\nnope = 1\n[[leaf]]\nrom = "a"\n[[leaf]]\nsize = "b"')
    assert [problem.key for problem in problems] == [
        "nope",
        "name",
        "port",
        "ratio",
        "leaf[1].rom",
        "leaf[1].room",
        "leaf[2].room",
        "leaf[2].size",
    ]


def test_a_problem_is_one_readable_line() -> None:
    _, (problem,) = read('name = "oak"\nport = 0')
    assert str(problem) == "tree.toml: port: 0 is out of range; from 1 to 65535"
    assert str(Problem("f.toml", "", "is empty", "")) == "f.toml: is empty"


def test_the_defaults_alone() -> None:
    assert read('name = "oak"') == (Tree(Slug("oak")), ())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("5h", 18000), ("2d", 172800), ("1h30m", 5400), ("250ms", 0.25), ("0s", 0)],
)
def test_spans(text: str, seconds: float) -> None:
    assert span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "h", "-5h", "5 h", "5H", "1h30", "9" * 30 + "d", "５h"])
def test_what_is_no_span(text: str) -> None:
    assert span(text) is None


@given(st.integers(0, 10**9))
def test_a_span_is_spoken_as_it_is_read(seconds: int) -> None:
    text = spoken(timedelta(seconds=seconds)).strip('"')
    read_again = span(text)
    assert read_again == timedelta(seconds=seconds)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(list(Tree.__dataclass_fields__)) | st.text(), json))
def test_whatever_stands_there_it_never_raises(table: dict[str, object]) -> None:
    tree, problems = load(Tree, table, "f")
    assert (tree is None) == bool(problems)
