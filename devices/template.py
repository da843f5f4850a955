"""A Home Assistant template that was understood, and what it makes of a message. See template_reader.py."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Final, TypeAlias

from devices import payload as read

FILTERS: Final = frozenset({"int", "float", "lower", "is_defined"})


class TemplateError(ValueError):
    """The template says something that is not understood here; the message names it."""


class NoValueError(LookupError):
    """The message holds no such value: no state can be made of it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """'on', 3, true."""

    value: object


@dataclass(frozen=True, slots=True)
class Whole:
    """value: the message as text."""


@dataclass(frozen=True, slots=True)
class Path:
    """value_json.a['b']: a part of the message."""

    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """x | int."""

    of: Node
    name: str
    default: Literal | None


@dataclass(frozen=True, slots=True)
class Test:
    """x == y."""

    left: Node
    sign: str
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """x and y, x or y, not x."""

    word: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """x if y else z."""

    yes: Node
    when: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Block:
    """{% if x %}…{% elif y %}…{% else %}…{% endif %}: the first branch whose test holds."""

    branches: tuple[tuple[Node, Text], ...]


Node: TypeAlias = Literal | Whole | Path | Filter | Test | Logic | Choice
Piece: TypeAlias = str | Literal | Whole | Path | Filter | Test | Logic | Choice | Block
Text: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was understood."""

    text: Text

    def render(self, payload: bytes) -> str | None:
        """What it makes of a message; None where the message lacks what it asks for."""
        message = _Message(payload[: read.MAX].decode(errors="replace"), read.value(payload))
        try:
            return _written(self.text, message).strip()
        except NoValueError:
            return None


@dataclass(frozen=True, slots=True)
class _Message:
    text: str
    parsed: object


class _Missing:
    """What a message does not hold."""


_MISSING: Final = _Missing()


def _written(text: Text, message: _Message) -> str:
    found = []
    for piece in text:
        match piece:
            case str():
                found.append(piece)
            case Block(branches):
                chosen = (inner for when, inner in branches if _true(_value(when, message)))
                found.append(_written(next(chosen, ()), message))
            case _:
                found.append(_text(_value(piece, message)))
    return "".join(found)


def _value(node: Node, message: _Message) -> object:
    match node:
        case Literal(value):
            return value
        case Whole():
            return message.text
        case Path(steps):
            return _looked_up(message.parsed, steps)
        case Filter(of, name, default):
            return _cast(_value(of, message), name, default)
        case Test(left, sign, right):
            return _compared(_value(left, message), sign, _value(right, message))
        case Logic("not", parts):
            return not _true(_value(parts[0], message))
        case Logic(word, parts):
            return _joined(word, parts, message)
        case Choice(yes, when, no):
            return _value(yes if _true(_value(when, message)) else no, message)


def _joined(word: str, parts: tuple[Node, ...], message: _Message) -> object:
    """As Python's: the first part that decides."""
    value: object = None
    for part in parts:
        value = _value(part, message)
        if _true(value) is (word == "or"):
            return value
    return value


def _looked_up(value: object, steps: tuple[str | int, ...]) -> object:
    """A missing last step is "not there"; one before it makes the whole void."""
    for step in steps:
        if isinstance(value, _Missing) or value is None:
            raise NoValueError(step)
        if isinstance(value, dict):
            value = value.get(str(step), _MISSING)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            value = _MISSING
    return _MISSING if value is None and not steps else value


def _cast(value: object, name: str, default: Literal | None) -> object:
    if name == "is_defined":
        if isinstance(value, _Missing):
            raise NoValueError(name)
        return value
    if name == "lower":
        return _text(value).lower()
    try:
        found = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        found = None
    if found is None or not isfinite(found):
        if default is None:
            raise NoValueError(name)
        return default.value
    return int(found) if name == "int" else found


def _compared(left: object, sign: str, right: object) -> bool:
    if sign in ("==", "!="):
        return (left == right) is (sign == "==")
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise NoValueError(sign)
    less, same = bool(left < right), left == right  # type: ignore[operator]
    return {"<": less, "<=": less or same, ">": not less and not same, ">=": not less}[sign]


def _true(value: object) -> bool:
    return not isinstance(value, _Missing) and bool(value)


def _text(value: object) -> str:
    """As Jinja writes it: True, None, 21.5; nothing where nothing is."""
    return "" if isinstance(value, _Missing) else str(value)
