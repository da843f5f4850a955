"""A demonstration's stage: broker, provider, centre, gateway and home on loopback, all gone at the end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType

import httpx

from gateway.broker import Broker, free_port
from gateway.child import Child, once
from gateway.demo.ledger import Ledger
from gateway.demo.papers import Doors, Papers
from gateway.demo.provider import Provider
from gateway.demo.radio import Radio
from gateway.demo.sensors import HOME
from gateway.demo.sms import Text
from rules.pace import Pace

WEB, MQTT = 8420, 1883  # where they listen unless somebody else does
USER = "demo"
_PATIENCE = 40.0  # seconds for a program to be ready; two busy cores need five


@dataclass(slots=True)
class Stage:
    """Everything that runs. A context manager: inside `with` there are broker and provider, and the papers
    lie ready; `open` lets the programs begin."""

    papers: Papers
    heartbeat: str = "60s"
    linger: str = "2s"
    silent: str = "5m"
    login: bool = True  # whether somebody will look at the console
    on_text: Callable[[Text], None] = lambda text: None
    broker: Broker = field(init=False)
    provider: Provider = field(init=False)
    doors: Doors = field(init=False)
    centre: Child = field(init=False)
    gateway: Child = field(init=False)
    radio: Radio = field(init=False)
    password: str = field(default_factory=lambda: secrets.token_hex(4))
    _exits: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Stage:
        with ExitStack() as exits:
            self._furnish(exits)
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def _furnish(self, exits: ExitStack) -> None:
        self.papers.folder.mkdir(parents=True, exist_ok=True)
        self.broker = exits.enter_context(Broker(self.papers.folder / "broker", free_port(MQTT)))
        self.provider = exits.enter_context(Provider(on_text=self.on_text))
        self.doors = Doors(
            self.broker.port,
            free_port(WEB),
            self.provider.api,
            self.provider.token,
            self.heartbeat,
            self.linger,
            self.silent,
        )
        self.provider.inbound = self.doors.base + "/hooks/twilio/inbound"
        self.papers.write(self.doors)
        self._commission()

    def _commission(self) -> None:
        """What an operator does once: the store, the people, a login."""
        settings, log = str(self.papers.alerts), self.papers.folder / "commission.log"
        once(("alerts", "init", "--config", settings), log)
        once(("alerts", "seed", "--config", settings, str(self.papers.registry)), log)
        if self.login:
            once(("alerts", "user", "--config", settings, USER, "--password", self.password), log)

    def open(self, pace: Pace | None) -> None:
        """Start centre, gateway and home; return when a reading has come all the way. Raises ChildError."""
        environment: Mapping[str, str] = {}
        if pace is not None:
            self.papers.tell(pace)
            environment = {"SHOUWANG_PACE": str(self.papers.pace)}
        folder = self.papers.folder
        run = ("alerts", "run", "--config", str(self.papers.alerts))
        self.centre = Child(run, folder / "alerts.log", environment)
        self.gateway = Child(
            ("gateway", "run", str(self.papers.gateway)), folder / "gateway.log", environment
        )
        self._begin(self.centre)
        self._wait(
            self.answers, self.centre
        )  # a batch that nobody takes is sent again only ten seconds later
        self._begin(self.gateway)
        self.radio = Radio(self.broker.host, self.broker.port)
        self.radio.start()
        self._exits.callback(self.radio.stop)
        self._wait(self._through, self.centre, self.gateway)

    def _begin(self, child: Child) -> None:
        self._exits.callback(child.stop)
        child.start()

    def answers(self) -> bool:
        """Whether the centre's web answers."""
        try:
            return httpx.get(self.doors.base + "/health", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def check(self) -> None:
        """Raise ChildError if a program is gone."""
        self.centre.check()
        self.gateway.check()

    @property
    def ledger(self) -> Ledger:
        """What the centre has on record."""
        return Ledger(self.papers.database)

    def _through(self) -> bool:
        """Let each sensor say something without news, until one is on record over there."""
        for one in HOME:
            self.radio.say(one.name, b'{"linkquality": 90}')
        return self.ledger.samples() > 0

    def _wait(self, ready: Callable[[], bool], *needed: Child) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            for child in needed:
                child.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {_PATIENCE:.0f} s; see the logs in {self.papers.folder}")
            time.sleep(0.1)
