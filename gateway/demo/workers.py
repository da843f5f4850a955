"""The people with the phones: they read their texts and answer by SMS, each after a while."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import TypeAlias
from zoneinfo import ZoneInfo

import httpx

from gateway.demo.agenda import Agenda
from gateway.demo.papers import ZONE, people
from gateway.demo.phone import Phone, code
from gateway.demo.provider import Provider
from gateway.demo.sms import Text

_HERE = ZoneInfo(ZONE)
_SAID = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)
Words: TypeAlias = tuple[tuple[str, timedelta], ...]
_AGAIN = timedelta(seconds=30)  # after a reply that nobody took


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody does about a summons: the words, and how long after the text or the words before."""

    words: Words


@dataclass(slots=True)
class Workers:
    """Everybody's phones. `cast` says who answers a summons and how; None where nobody does."""

    agenda: Agenda
    provider: Provider
    phone: Phone
    cast: Callable[[Text], Part | None]
    waits: Callable[[str], bool] = lambda number: True  # whether the alert of this code still needs somebody
    names: Mapping[str, str] = field(default_factory=people)
    _answered: set[str] = field(default_factory=set)

    def take(self, text: Text) -> None:
        """A text comes in, from the provider's thread."""
        self.agenda.at(self.agenda.now(), lambda: self._read(text))

    def _read(self, text: Text) -> None:
        when = self.agenda.now().astimezone(_HERE).strftime("%H:%M")
        self.phone.shows(self.names.get(text.to, text.to), text, when)
        number = code(text)
        if number is None or number in self._answered:
            return
        part = self.cast(text)
        if part is None:
            return
        self._answered.add(number)
        self._later(text.to, number, part.words)

    def _later(self, who: str, number: str, words: Words) -> None:
        if words:
            self.agenda.soon(words[0][1], lambda: self._say(who, number, words))

    def _say(self, who: str, number: str, words: Words) -> None:
        body = f"{words[0][0]} {number}"
        if words[0][0] == "1" and not self.waits(number):
            return  # somebody else was quicker: a person would stay at home
        try:
            heard = self.provider.reply(who, body)
        except httpx.HTTPError:
            self.agenda.soon(_AGAIN, lambda: self._say(who, number, words))
            return
        told = _SAID.search(heard)
        self.phone.answers(self.names.get(who, who), body, unescape(told[1]) if told else "")
        self._later(who, number, words[1:])
