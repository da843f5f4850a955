"""What is to happen when, on the story's clock: one thread does it all in order, any thread may add to it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeAlias

from gateway.demo.home import Message
from rules.pace import Pace

Do: TypeAlias = Callable[[], None]
_LONGEST = 0.5  # seconds between two looks at whether the whole has ended


@dataclass(slots=True)
class Agenda:
    """Deeds by their told instant. `run` does them until `stop`."""

    pace: Pace
    _deeds: list[tuple[datetime, int, Do]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _stopped: bool = False

    def now(self) -> datetime:
        """The story's instant."""
        return self.pace.told(datetime.now(UTC))

    def at(self, told: datetime, do: Do) -> None:
        """Do it when the story reaches `told`; at once if that is past."""
        with self._news:
            heapq.heappush(self._deeds, (told, next(self._numbers), do))
            self._news.notify()

    def soon(self, wait: timedelta, do: Do) -> None:
        """Do it after so much of the story's time."""
        self.at(self.now() + wait, do)

    def follow(self, messages: Iterable[Message], publish: Callable[[Message], None]) -> None:
        """Publish each message at its instant."""
        rest = iter(messages)

        def play(message: Message) -> None:
            publish(message)
            step()

        def step() -> None:
            message = next(rest, None)
            if message is not None:
                self.at(message.at, lambda: play(message))

        step()

    def run(self, watch: Do = lambda: None) -> None:
        """Do what is due, for ever or until `stop`. `watch` is called between deeds and may raise."""
        while not self._stopped:
            watch()
            do = self._next()
            if do is not None:
                do()

    def stop(self) -> None:
        """Let `run` return."""
        with self._news:
            self._stopped = True
            self._news.notify()

    def _next(self) -> Do | None:
        with self._news:
            wait = self._wait()
            if wait > 0:
                self._news.wait(min(wait, _LONGEST))
                return None
            return heapq.heappop(self._deeds)[2]

    def _wait(self) -> float:
        if not self._deeds:
            return _LONGEST
        return (self.pace.real(self._deeds[0][0]) - datetime.now(UTC)).total_seconds()
