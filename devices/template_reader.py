"""Reads the part of Home Assistant's templates that discovery may use here: a value looked up, tested, cast.

Discovery messages are written by whoever may publish on the broker. So no template engine runs: what this
small grammar does not know is refused by name.

    text        = { plain | "{{" choice "}}" | "{%" if choice "%}" text [elif …] [else text] "{%" endif "%}" }
    choice      = either [ "if" either [ "else" choice ] ]
    either      = both { "or" both } ; both = not { "and" not } ; not = [ "not" ] test
    test        = filtered [ ("==" | "!=" | "<" | "<=" | ">" | ">=") filtered ]
    filtered    = atom { "|" ("int" | "float" | "lower" | "is_defined") [ "(" literal ")" ] }
    atom        = literal | "value" | "value_json" { "." name | "[" literal "]" } | "(" choice ")"
"""

from __future__ import annotations

import re
from typing import Final

from devices.template import (
    FILTERS,
    Block,
    Choice,
    Filter,
    Literal,
    Logic,
    Node,
    Path,
    Piece,
    Template,
    TemplateError,
    Test,
    Text,
    Whole,
)

LONGEST: Final = 1_000  # characters of a template
DEEPEST: Final = 20  # brackets and ifs within one another
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>==|!=|<=|>=|[<>.|()\[\]])|(?P<other>\S))"
)
_PIECE: Final = re.compile(r"\{\{-?(.*?)-?\}\}|\{%-?(.*?)-?%\}", re.DOTALL)
_COMPARE: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_CONSTANTS: Final = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}


def parse(source: str) -> Template:
    """Raises TemplateError, naming what is not understood."""
    if len(source) > LONGEST:
        raise TemplateError("longer than 1,000 characters")
    pieces: list[str | tuple[str, str]] = []
    at = 0
    for found in _PIECE.finditer(source):
        pieces.append(source[at : found.start()])
        pieces.append(("{{", found[1]) if found[1] is not None else ("{%", found[2]))
        at = found.end()
    pieces.append(source[at:])
    if any(sign in piece for piece in pieces if isinstance(piece, str) for sign in ("{{", "{%", "{#")):
        raise TemplateError("an expression that does not end")
    reader = _Pieces([piece for piece in pieces if piece != ""])
    text = reader.text(0)
    if reader.rest:
        raise TemplateError(f"{_first(reader.rest[0][1])} without if")
    return Template(text)


def _first(statement: str) -> str:
    return statement.split()[0] if statement.split() else "an empty statement"


class _Pieces:
    """Reads text, {{ }} and {% %} in order."""

    def __init__(self, rest: list[str | tuple[str, str]]) -> None:
        self.rest = rest

    def text(self, depth: int) -> Text:
        """Up to the end, or a {% %} that is no if."""
        if depth > DEEPEST:
            raise TemplateError("too deeply nested")
        found: list[Piece] = []
        while self.rest:
            piece = self.rest[0]
            if isinstance(piece, str):
                found.append(piece)
            elif piece[0] == "{{":
                found.append(_Words(piece[1]).whole())
            elif _first(piece[1]) == "if":
                found.append(self._block(depth))
                continue
            elif _first(piece[1]) in ("elif", "else", "endif"):
                break
            else:
                raise TemplateError(f"statement {_first(piece[1])[:30]}")
            self.rest.pop(0)
        return tuple(found)

    def _block(self, depth: int) -> Block:
        branches: list[tuple[Node, Text]] = []
        while self.rest:
            head = self.rest.pop(0)[1]
            word, _, test = head.strip().partition(" ")
            if word == "endif":
                return Block(tuple(branches))
            when = Literal(True) if word == "else" else _Words(test).whole()
            branches.append((when, self.text(depth + 1)))
        raise TemplateError("if without endif")


class _Words:
    """Reads one expression by recursive descent."""

    def __init__(self, source: str) -> None:
        self._tokens = [
            (found.lastgroup or "", found[found.lastgroup or 0]) for found in _TOKEN.finditer(source)
        ]
        self._depth = 0

    def whole(self) -> Node:
        """The expression, which must end where its text does."""
        found = self._choice()
        if self._tokens:
            raise TemplateError(self._named())
        return found

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise TemplateError("too deeply nested")
        found = self._either()
        if self._take("if"):
            when = self._either()
            found = Choice(found, when, self._choice() if self._take("else") else Literal(""))
        self._depth -= 1
        return found

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Logic("or", tuple(parts))

    def _both(self) -> Node:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def _not(self) -> Node:
        negative = False
        while self._take("not"):
            negative = not negative
        found = self._test()
        return Logic("not", (found,)) if negative else found

    def _test(self) -> Node:
        left = self._filtered()
        if self._tokens and self._tokens[0][1] in _COMPARE and self._tokens[0][0] == "sign":
            sign = self._tokens.pop(0)[1]
            return Test(left, sign, self._filtered())
        return left

    def _filtered(self) -> Node:
        found = self._atom()
        while self._take("|"):
            kind, name = self._tokens.pop(0) if self._tokens else ("", "")
            if kind != "name" or name not in FILTERS:
                raise TemplateError(f"filter {name[:30] or 'without a name'}")
            found = Filter(found, name, self._default())
        return found

    def _default(self) -> Literal | None:
        if not self._take("("):
            return None
        found = self._literal() if not self._take(")") else None
        if found is not None:
            self._need(")")
        return found

    def _atom(self) -> Node:
        if self._take("("):
            found = self._choice()
            self._need(")")
            return found
        if self._take("value"):
            return Whole()
        if self._take("value_json"):
            return self._path()
        return self._literal()

    def _path(self) -> Path:
        steps: list[str | int] = []
        while True:
            if self._take("."):
                kind, name = self._tokens.pop(0) if self._tokens else ("", "")
                if kind != "name":
                    raise TemplateError("a dot without a name")
                steps.append(name)
            elif self._take("["):
                step = self._literal().value
                if isinstance(step, bool) or not isinstance(step, str | int):
                    raise TemplateError("an index that is neither text nor number")
                steps.append(step)
                self._need("]")
            else:
                return Path(tuple(steps))

    def _literal(self) -> Literal:
        kind, word = self._tokens[0] if self._tokens else ("", "")
        match kind:
            case "text":
                value: object = word[1:-1]
            case "number":
                value = float(word) if "." in word else int(word[:15])
            case "name" if word in _CONSTANTS:
                value = _CONSTANTS[word]
            case _:
                raise TemplateError(self._named())
        self._tokens.pop(0)
        return Literal(value)

    def _take(self, word: str) -> bool:
        if not self._tokens or self._tokens[0][0] == "text" or self._tokens[0][1] != word:
            return False
        self._tokens.pop(0)
        return True

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise TemplateError(self._named() if self._tokens else f"{word} is missing")

    def _named(self) -> str:
        """What stands there and is not understood."""
        if not self._tokens:
            return "an empty expression"
        kind, word = self._tokens[0]
        if kind == "name":
            return f"name {word[:30]}"
        return word[:30]
