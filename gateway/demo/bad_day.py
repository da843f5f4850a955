"""One bad day, scripted: nobody gets up, an SOS at noon, smoke while cooking, an evening without centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.demo.home import BASE, Message, played
from gateway.demo.routine import Act, routine
from gateway.demo.sensors import sensor
from gateway.demo.telling import Stretch, slowly

SEED = 20261101
QUIET, SCENE, OUTAGE = 7000.0, 90.0, 60.0  # how many times as fast as life
WORKER, LEADER, SON = "+8619900000001", "+8619900000002", "+8619900000011"
_MINUTE = timedelta(minutes=1)
_LATER = timedelta(hours=2)  # told as fast as a scene, for what is late


@dataclass(frozen=True, slots=True)
class Scene:
    """Something happens, and somebody is expected to see to it."""

    title: str
    key: str  # the finding's
    at: datetime
    end: datetime  # of the slow telling
    topic: str = ""  # the message by which it begins; "" where silence is what happens
    says: bytes = b""
    phone: str = WORKER  # who goes
    cause: str = "51"  # how they close it
    going: timedelta = _MINUTE  # after the text
    there: timedelta = 2 * _MINUTE  # after that
    done: timedelta = _MINUTE  # after that

    def begins(self, message: Message) -> bool:
        """Whether this is the message by which it begins."""
        return bool(self.topic) and message.topic == self.topic and self.says in message.payload


@dataclass(frozen=True, slots=True)
class BadDay:
    """The day's script in the home's own time."""

    day: date
    zone: ZoneInfo

    def on(self, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """An instant of the day."""
        return datetime.combine(self.day, time(hour, minute, second), self.zone)

    @property
    def begin(self) -> datetime:
        """Where the telling starts: she is up for a moment and goes back to bed."""
        return self.on(5, 30)

    @property
    def end(self) -> datetime:
        """Where it ends."""
        return self.scenes[-1].end

    @property
    def down(self) -> tuple[datetime, datetime]:
        """When the centre is killed, and when it is started again; it answers some minutes later."""
        return self.on(20, 0), self.on(20, 5)

    @property
    def scenes(self) -> Sequence[Scene]:
        """What is expected to be raised, sent, answered and closed exactly once, in order."""
        return (
            Scene("a morning nobody gets up", "inactivity", self.on(11), self.on(11, 6)),
            _scene("an SOS at noon", "bedroom/sos", b'"action": "emergency"', self.on(12), 8, LEADER, "51"),
            _scene("smoke while cooking", "kitchen/smoke", b'"smoke": true', self.on(17, 40), 6, SON, "52"),
            _scene(
                "water while the centre is down",
                "bathroom/leak",
                b'"water_leak": true',
                self.on(20, 1),
                16,
                WORKER,
                "53",
            ),
        )

    def messages(self) -> list[Message]:
        """What the home publishes that day, from `begin` on."""
        whole = played(self._acts(), SEED, self.day, self.zone)
        return [message for message in whole if message.at >= self.begin]

    def stretches(self) -> list[Stretch]:
        """The speeds at which the day is told."""
        lead = timedelta(seconds=30)
        *calm, last = self.scenes
        slow = [(scene.at - lead, scene.end, SCENE) for scene in calm]
        slow += [(self.down[0] - lead, self.on(20, 11), OUTAGE), (self.on(20, 11), last.end, SCENE)]
        return [*slowly(slow, QUIET), Stretch(self.end + _LATER, SCENE)]

    def _acts(self) -> list[Act]:
        """A usual day, but that she does not get up, and lives quietly where the scenes are."""
        usual = [act for act in routine(SEED, self.day, self.zone) if self._usual(act)]
        return sorted([*usual, *self._script()], key=lambda act: act.at)

    def _usual(self, act: Act) -> bool:
        return act.at >= self.on(11, 10) and act.sensor != "bedroom/bed"

    def _script(self) -> list[Act]:
        return [
            Act(self.on(5, 54), "bedroom/bed", False),
            Act(self.on(5, 55), "bathroom/motion", True),
            Act(self.on(6), "bedroom/bed", True),
            Act(self.on(11, 3), "hall/door", False),  # the grid worker lets herself in
            Act(self.on(11, 3, 15), "hall/door", True),
            Act(self.on(11, 4), "bedroom/motion", True),
            Act(self.on(11, 4, 30), "bedroom/bed", False),
            Act(self.on(12), "bedroom/sos", "emergency"),
            Act(self.on(17, 40), "kitchen/smoke", True),
            Act(self.on(17, 42), "kitchen/smoke", False),
            Act(self.on(20, 1), "bathroom/leak", True),
            Act(self.on(20, 14), "bathroom/leak", False),
        ]


def _scene(title: str, name: str, says: bytes, at: datetime, minutes: int, phone: str, cause: str) -> Scene:
    one = sensor(name)
    key = f"{one.model.kind}:{one.ieee}"
    return Scene(title, key, at, at + minutes * _MINUTE, f"{BASE}/{name}", says, phone, cause)
