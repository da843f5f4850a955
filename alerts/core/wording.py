"""Makes one SMS of a template and its values: trims by priority, never the code or the link. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Annotated, Literal

from rules.explain import Language, faults
from rules.strict import Problem, Range, load

UCS2 = 70  # characters of one SMS, as UTF-16 units (3GPP TS 23.040)
GSM7 = 160  # septets of one SMS
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)  # 3GPP TS 23.038
_EXTENDED = frozenset("^{}\\[~]|€")  # two septets each
NAMES = frozenset(
    {"signature", "door", "name", "what", "since", "code", "link", "owner", "when", "again", "cause"}
)
ANSWER_NAMES = NAMES | {"codes", "wrong"}
TEXTS = ("summon", "remind", "stand_down", "closed")
ANSWERS = (
    "taken",
    "taken_already",
    "taken_other",
    "joining",
    "declined",
    "arrived",
    "help",
    "closed",
    "closed_already",
    "cause",
    "received",
    "which",
    "wrong_code",
    "nothing",
    "unclear",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; the highest `trim` goes first, 0 never."""

    text: str
    trim: Annotated[int, Range(0, 99)] = 0
    cut: Literal["whole", "end", "front"] = "whole"


@dataclass(frozen=True, slots=True)
class Messages:
    """All that people are sent in one language."""

    what: Mapping[str, str]  # kind → words
    cause: Mapping[str, str]
    texts: Mapping[str, tuple[Part, ...]]
    words: Mapping[str, str]
    answers: Mapping[str, str]
    explain: Mapping[str, str] = field(default_factory=dict)  # kind → a sentence
    rooms: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """What of it tells a finding."""
        return Language(self.explain, self.what, self.rooms, self.terms, self.units)


class MessagesError(ValueError):
    """A messages file that cannot be used; `problems` holds every mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def parse(text: str, where: str) -> Messages:
    """The messages of a TOML text. Raises MessagesError with every mistake."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MessagesError((Problem(where, "", str(error), "correct the TOML"),)) from error
    messages, problems = load(Messages, table, where)
    if messages is None:
        raise MessagesError(problems)
    if problems := _problems(messages, where):
        raise MessagesError(problems)
    return messages


def compose(messages: Messages, name: str, values: Mapping[str, str]) -> str:
    """The text `name` with its values, in one SMS wherever the parts that must stay allow it."""
    clean = dict.fromkeys(NAMES, "") | {key: _plain(value) for key, value in values.items()}
    parts = messages.texts[name]
    pieces = [_filled(part, clean) for part in parts]
    for i in sorted(range(len(parts)), key=lambda i: -parts[i].trim):
        if fits("".join(pieces)) or not parts[i].trim:
            break
        pieces[i] = _cut(parts[i], pieces, i)
    return "".join(pieces).strip()


def answer(messages: Messages, name: str, values: Mapping[str, str]) -> str:
    """What a reply is answered, cut at the end if it is too long for one SMS."""
    clean = dict.fromkeys(ANSWER_NAMES, "") | {key: _plain(value) for key, value in values.items()}
    text = messages.answers[name].format_map(clean)
    while not fits(text):
        text = text[:-1]
    return text


def fits(text: str) -> bool:
    """One SMS can hold it."""
    if all(c in _BASIC or c in _EXTENDED for c in text):
        return len(text) + sum(c in _EXTENDED for c in text) <= GSM7
    return len(text.encode("utf-16-be")) // 2 <= UCS2


def _filled(part: Part, values: Mapping[str, str]) -> str:
    names = _names(part.text)
    if names and not any(values[name] for name in names):
        return ""  # a part around nothing says nothing
    return part.text.format_map(values)


def _cut(part: Part, pieces: list[str], i: int) -> str:
    piece = "" if part.cut == "whole" else pieces[i]
    while piece and not fits("".join((*pieces[:i], piece, *pieces[i + 1 :]))):
        piece = piece[1:] if part.cut == "front" else piece[:-1]
    return piece


def _plain(value: str) -> str:
    """One line without control characters: names come from people's keyboards."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _problems(messages: Messages, where: str) -> tuple[Problem, ...]:
    texts = {f"texts.{n}": "".join(part.text for part in parts) for n, parts in messages.texts.items()}
    answers = {f"answers.{n}": text for n, text in messages.answers.items()}
    problems = [
        Problem(where, key, f"{{{name}}} is not known", f"known: {', '.join(sorted(ANSWER_NAMES))}")
        for key, text in (texts | answers).items()
        for name in _names(text)
        if name not in (NAMES if key in texts else ANSWER_NAMES)
    ]
    problems += [
        Problem(where, f"words.{key}", f"{{{name}}} is not known", "known: owner")
        for key, text in messages.words.items()
        for name in _names(text)
        if name != "owner"
    ]
    wanted = {f"texts.{n}" for n in TEXTS} | {f"answers.{n}" for n in ANSWERS}
    missing = sorted(wanted - set(texts) - set(answers))
    return (
        *problems,
        *faults(messages.language, where),
        *(Problem(where, key, "is missing", "add it; see config/messages/zh.toml") for key in missing),
    )
