"""Who presses, chatters and answers while things are killed: independent clients that never give up."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx
import paho.mqtt.client as mqtt
from town import HOMES, MARK, Town, button, code, phone

from gateway.demo.sms import Text

Press: TypeAlias = tuple[int, int]  # a home, and which of its buttons
WORKER = phone(1)
MANY = 40  # calls that the worker puts off
CROWDED = 80  # alerts that are open at once, at most


def presses(first: int, each: int, dice: random.Random) -> list[Press]:
    """Every button from number `first` up to `each` of every home, in any order."""
    found = [(home, n) for home in range(HOMES) for n in range(first, each)]
    dice.shuffle(found)
    return found


@dataclass
class Presser:
    """Presses with QoS 1 over a connection of its own; knows what the broker acknowledged."""

    here: Town
    sent: list[tuple[Press, int]] = field(default_factory=list)  # each with its message id
    _heard: set[int] = field(default_factory=set)
    _client: Any = None

    def start(self) -> None:
        self._client = client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="presser")
        client.reconnect_delay_set(0.05, 0.2)
        client.max_inflight_messages_set(1000)
        client.on_publish = lambda _c, _u, mid, *_: self._heard.add(mid)
        client.connect("127.0.0.1", self.here.broker.port)
        client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def acked(self) -> list[Press]:
        """What the broker acknowledged, in the order of pressing."""
        return [press for press, mid in list(self.sent) if mid in self._heard]

    def press(self, press: Press) -> None:
        topic = f"zigbee2mqtt/{button(*press).name}"
        self.sent.append((press, self._client.publish(topic, self.here.state(), qos=1).mid))


@dataclass
class Answers:
    """The grid worker: goes to some homes at once, to others after many more calls, and closes each alert."""

    here: Town
    dice: random.Random
    over: threading.Event = field(default_factory=threading.Event)
    waiting: list[Text] = field(default_factory=list)
    closed: int = 0
    _seen: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Read what comes, as it comes."""
        while not self.over.wait(0.1):
            for text in self.news():
                self.waiting.append(text)
                if self.dice.random() < 0.5:
                    self.close(self.waiting.pop())
                elif len(self.waiting) > MANY:
                    self.close(self.waiting.pop(0))

    def news(self) -> list[Text]:
        """The calls since the last look. A text that came twice is one call."""
        texts = {t.body: t for t in self.here.provider.texts if t.to == WORKER and MARK in t.body}
        fresh = [text for body, text in texts.items() if body not in self._seen]
        self._seen |= texts.keys()
        return fresh

    def finish(self) -> None:
        """Go wherever nobody has been yet."""
        for text in (*self.waiting, *self.news()):
            self.close(text)
        self.waiting.clear()

    def close(self, text: Text) -> None:
        """Say "on my way", then "closed: resident well"; again as long as nobody listens."""
        for words in ("1", "52"):
            while True:
                with suppress(httpx.HTTPError):
                    self.here.provider.reply(WORKER, f"{words} {code(text)}")
                    break
                time.sleep(0.2)
        self.closed += 1


@dataclass
class Load:
    """A stream of presses, and around it what the buttons say otherwise; each at so many a second."""

    presser: Presser
    order: Sequence[Press]
    rate: float
    chatter: float
    dice: random.Random
    answers: Answers
    over: threading.Event = field(default_factory=threading.Event)

    def press(self) -> None:
        """Press on, but for the pauses that a machine needs which runs much else beside."""
        for press in self.order:
            if self.over.wait(self.dice.expovariate(self.rate)):
                return
            while len(self.presser.sent) - self.answers.closed > CROWDED and not self.over.wait(0.05):
                pass
            self.presser.press(press)

    def talk(self) -> None:
        here = self.presser.here
        while not self.over.wait(1 / self.chatter):
            here.hand.publish(f"zigbee2mqtt/{self.dice.choice(here.buttons).name}", here.state(""), qos=0)


@contextmanager
def crowd(load: Load) -> Iterator[None]:
    """All of them, each in a thread of its own."""
    threads = [threading.Thread(target=one, daemon=True) for one in (load.press, load.talk, load.answers.run)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        load.over.set()
        load.answers.over.set()
        for thread in threads:
            thread.join(60)
