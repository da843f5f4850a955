"""Builds a frozen dataclass from a parsed TOML table by its type hints; finds every mistake in one pass."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: in which file, at which key, what is wrong, and what to write instead."""

    where: str
    key: str  # "home[2].device[1].room": list items count from 1
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}: {self.key}" if self.key else self.where
        return f"{place}: {self.what}; {self.remedy}" if self.remedy else f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Range:
    """In `Annotated[int, Range(1, 65535)]`: the least and the greatest value allowed, None for no limit.
    Also for float, timedelta, date, datetime and time."""

    low: Any = None
    high: Any = None


Span: TypeAlias = Annotated[timedelta, Range(timedelta(minutes=1), timedelta(days=30))]  # a limit of a rule


@dataclass(frozen=True, slots=True)
class Form:
    """In `Annotated[str, Form(r"[a-z]+", "small letters")]`: the whole text must match; `words` says how."""

    pattern: str
    words: str


@dataclass(frozen=True, slots=True)
class Secret:
    """In `Annotated[str, Secret()]`: no problem ever shows the value."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Stands where a value could not be read; its problem is noted already."""


_WRONG = _Wrong()
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}  # in seconds
_SPAN = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|[smhd]))+")
_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[smhd])")
_AWARE = "write it with its zone, such as 2026-11-01T09:00:00+08:00"


def load(
    cls: type[T], table: Mapping[str, object], where: str, at: str = ""
) -> tuple[T | None, tuple[Problem, ...]]:
    """The dataclass that `table` describes, or None and every problem. `where` names the file in problems,
    `at` the table's own key in it."""
    reader = _Reader(where, [])
    value = reader.table(cls, table, at)
    return (None if reader.problems else cast(T, value)), tuple(reader.problems)


def span(text: str) -> timedelta | None:
    """The duration written "90s", "5h", "1h30m", "2d" or "250ms"; None if it is written otherwise."""
    if not _SPAN.fullmatch(text):
        return None
    try:
        return timedelta(seconds=sum(float(n) * _UNITS[unit] for n, unit in _PIECE.findall(text)))
    except OverflowError:
        return None


def spoken(value: object) -> str:
    """A value as a person would write it in TOML."""
    match value:
        case timedelta():
            return _span_text(value)
        case bool():
            return str(value).lower()
        case str():
            return f'"{value if len(value) <= 60 else value[:57] + "…"}"'
        case Enum():
            return f'"{value.value}"'
    return str(value)


def _span_text(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f'"{_plain(seconds / _UNITS[unit])}{unit}"'
    return f'"{_plain(seconds)}s"'


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _kind_of(value: object) -> str:
    match value:
        case bool() | int() | float() | date() | time():
            return spoken(value)
        case str():
            return f"the text {spoken(value)}"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
    return type(value).__name__


@dataclass(frozen=True, slots=True)
class _Reader:
    where: str
    problems: list[Problem]

    def wrong(self, key: str, what: str, remedy: str) -> _Wrong:
        self.problems.append(Problem(self.where, key, what, remedy))
        return _WRONG

    def table(self, cls: type, table: object, key: str) -> object:
        if not isinstance(table, Mapping):
            return self.wrong(key, f"must be a table, is {_kind_of(table)}", f"write it as [{key}]")
        hints = get_type_hints(cls, include_extras=True)
        known = {f.name: f for f in fields(cls) if f.init}
        for name in table:
            if name not in known:
                self.unknown(_join(key, str(name)), str(name), tuple(known))
        read = {name: self.entry(f, hints[name], table, key) for name, f in known.items()}
        if any(value is _WRONG for value in read.values()):
            return _WRONG
        return cls(**{name: value for name, value in read.items() if value is not MISSING})

    def unknown(self, key: str, name: str, known: Sequence[str]) -> None:
        close = get_close_matches(name.replace("-", "_"), known, 1)
        remedy = f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(known)}"
        self.wrong(key, "unknown key", remedy)

    def entry(self, field: Field[Any], hint: object, table: Mapping[str, object], key: str) -> object:
        place = _join(key, field.name)
        if field.name in table:
            return self.value(hint, table[field.name], place)
        if field.default is MISSING and field.default_factory is MISSING:
            return self.wrong(place, "is missing", f"add it: {_wanted(hint)}")
        return MISSING

    def value(self, hint: object, value: object, key: str) -> object:
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.checked(args[0], args[1:], value, key)
        if origin in (Union, UnionType):
            return self.union(args, value, key)
        if origin is Literal:
            return value if value in args else self.choice(args, value, key)
        if origin in (tuple, frozenset):
            return self.items(origin, args[0], value, key)
        if origin is not None and issubclass(origin, Mapping):
            return self.mapping(args[1], value, key)
        if isinstance(hint, type) and is_dataclass(hint):
            return self.table(hint, value, key)
        return self.scalar(getattr(hint, "__supertype__", hint), value, key)  # a NewType is its base

    def checked(self, hint: object, checks: Sequence[object], value: object, key: str) -> object:
        if Secret() in checks and not isinstance(value, str):
            return self.wrong(key, "must be text", f"write {_wanted(hint)}")
        read = self.value(hint, value, key)
        if read is _WRONG:
            return read
        for check in checks:
            if complaint := _complaint(check, read):
                return self.wrong(key, complaint, _remedy(check))
        return read

    def union(self, hints: Sequence[object], value: object, key: str) -> object:
        left = [hint for hint in hints if hint is not NoneType]
        for hint in left[:-1]:
            attempt = _Reader(self.where, [])
            if (read := attempt.value(hint, value, key)) is not _WRONG:
                return read
        return self.value(left[-1], value, key)

    def choice(self, choices: Sequence[object], value: object, key: str) -> _Wrong:
        texts = [str(getattr(choice, "value", choice)) for choice in choices]
        close = get_close_matches(value, texts, 1) if isinstance(value, str) else []
        known = ", ".join(texts)
        remedy = f'did you mean "{close[0]}"? Known: {known}' if close else f"write one of: {known}"
        return self.wrong(key, f"{_kind_of(value)} is not known here", remedy)

    def items(self, origin: Callable[..., object], hint: object, value: object, key: str) -> object:
        if not isinstance(value, list | tuple):
            return self.wrong(key, f"must be a list, is {_kind_of(value)}", "write it in [ ]")
        read = [self.value(hint, item, f"{key}[{i}]") for i, item in enumerate(value, 1)]
        return _WRONG if any(item is _WRONG for item in read) else origin(read)

    def mapping(self, hint: object, value: object, key: str) -> object:
        if not isinstance(value, Mapping):
            return self.wrong(key, f"must be a table, is {_kind_of(value)}", f"write it as [{key}]")
        read = {str(name): self.value(hint, item, _join(key, str(name))) for name, item in value.items()}
        return _WRONG if any(item is _WRONG for item in read.values()) else read

    def scalar(self, hint: object, value: object, key: str) -> object:
        if isinstance(hint, type) and issubclass(hint, Enum):
            found = next((member for member in hint if member.value == value), None)
            return self.choice(tuple(hint), value, key) if found is None else found
        if hint is datetime and isinstance(value, datetime) and value.tzinfo is None:
            return self.wrong(key, f"{value.isoformat()} says no zone", _AWARE)
        read = _scalar(hint, value)
        if read is _WRONG:
            return self.wrong(key, f"must be {_noun(hint)}, is {_kind_of(value)}", f"write {_wanted(hint)}")
        return read


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _scalar(hint: object, value: object) -> object:
    if hint in (object, Any):
        return value
    if isinstance(value, bool):
        return value if hint is bool else _WRONG
    match value:
        case str() if hint in (str, Path):
            return Path(value) if hint is Path else value
        case str() if hint is timedelta:
            length = span(value)
            return _WRONG if length is None else length
        case int() if hint is int:
            return value
        case int() | float() if hint is float:
            return float(value) if math.isfinite(value) else _WRONG
        case datetime():  # is a date too, and must not pass for one
            return value if hint is datetime else _WRONG
        case date() | time() if hint is type(value):
            return value
    return _WRONG


def _complaint(check: object, value: Any) -> str:
    match check:
        case Range(low, high):
            if (low is not None and value < low) or (high is not None and value > high):
                return f"{spoken(value)} is out of range"
        case Form(pattern, _):
            if not re.fullmatch(pattern, value):
                return f"{spoken(value)} is not in the right form"
    return ""


def _remedy(check: object) -> str:
    match check:
        case Range(low, None):
            return f"at least {spoken(low)}"
        case Range(None, high):
            return f"at most {spoken(high)}"
        case Range(low, high):
            return f"from {spoken(low)} to {spoken(high)}"
        case Form(_, words):
            return f"write {words}"
    return ""


_NOUNS: Mapping[object, tuple[str, str]] = {
    str: ("text", 'text in quotes: "…"'),
    int: ("a whole number", "a whole number, such as 60"),
    float: ("a number", "a number, such as 0.5"),
    bool: ("true or false", "true or false"),
    datetime: ("an instant", "an instant with its zone, such as 2026-11-01T09:00:00+08:00"),
    date: ("a day", "a day, such as 2026-11-01"),
    time: ("a time of day", "a time of day, such as 22:00:00"),
    timedelta: ("a duration", 'a duration, such as "90s", "30m", "5h" or "2d"'),
    Path: ("a path", 'a path in quotes: "…"'),
}


def _noun(hint: object) -> str:
    return _NOUNS[hint][0] if hint in _NOUNS else str(hint)


def _wanted(hint: object) -> str:
    hint = getattr(hint, "__supertype__", hint)
    origin, args = get_origin(hint), get_args(hint)
    if hint in _NOUNS:
        return _NOUNS[hint][1]
    if origin is Annotated:
        return _wanted(args[0]) + "".join(f" ({_remedy(check)})" for check in args[1:] if _remedy(check))
    if origin in (Union, UnionType):
        return " or ".join(_wanted(arg) for arg in args if arg is not NoneType)
    if origin is Literal:
        return "one of: " + ", ".join(str(arg) for arg in args)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of: " + ", ".join(str(member.value) for member in hint)
    return "a list" if origin in (tuple, frozenset) else "a table"
