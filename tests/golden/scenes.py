"""What befalls the simulated homes of the golden replays, and what each of them means to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from golden.life import (
    KNOWN,
    Cut,
    Edit,
    Life,
    at,
    cat,
    clockwork,
    cuffed,
    dead,
    dry,
    gone,
    guests,
    held,
    mode,
    out,
    says,
    seen,
    through,
    unheard,
)

from rules.model import DeviceId, Kind, Mode, Reading

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A name, what happens in plain words, and the life in which it does."""

    name: str
    told: tuple[str, ...]
    life: Life


def scene(
    name: str, *told: str, acts: tuple[Edit, ...] = (), heard: tuple[Cut, ...] = (), days: int = 9
) -> Scene:
    """A scene of so many days after those in which the rules came to know her."""
    return Scene(name, told, Life(KNOWN, KNOWN + days, acts, heard))


def lying(start: datetime, found: datetime) -> tuple[Edit, ...]:
    """She cannot get up from `start`; somebody comes in by the front door and finds her."""
    helper = ((found + 20 * _MINUTE / 60, "hall/motion", True), (found + _MINUTE, "lounge/motion", True))
    return gone(start, found), seen(*through("hall/door", found), *helper)


def _say(device: str, kind: Kind, value: float, when: datetime) -> Reading:
    return Reading(DeviceId(device), kind, value, when)


def _fading(device: str, begin: int, end: int) -> Iterator[Reading]:
    """A cell that goes down by 16 mV a day."""
    for day in range(begin, end):
        yield _say(device, Kind.VOLTAGE, 2980.0 - 16 * (day - begin), at(day, 12, 30))


ORDINARY: Final = Scene(
    "ordinary",
    ("Six weeks of an ordinary life; the first four are the past of every other scene.",),
    Life(0, 42),
)
SCENES: Final = (
    scene(
        "visits",
        "Sat 4 Apr 10:30-17:30 two of the family are there; nobody says so.",
        "Sun 5 Apr 10:00-16:00 they are there again, and VISITOR is said at 9:50 for twelve hours.",
        "Fri 10 Apr 18:00 to Sun 12 Apr 15:00 they stay overnight; nobody says so.",
        acts=(
            guests(at(33, 10, 30), at(33, 17, 30)),
            guests(at(34, 10), at(34, 16)),
            guests(at(39, 18), at(41, 15), seed=80),
        ),
        heard=(mode(Mode.VISITOR, at(34, 9, 50), at(34, 21, 50)),),
        days=14,
    ),
    scene(
        "holiday-said",
        "Thu 2 Apr 14:00 she leaves for a week; AWAY is said at 14:30.",
        "Thu 9 Apr 16:00 she is back; HOME is said at 16:30.",
        acts=(out(at(31, 14), at(38, 16)),),
        heard=(mode(Mode.AWAY, at(31, 14, 30)), mode(Mode.HOME, at(38, 16, 30))),
        days=14,
    ),
    scene(
        "holiday-unsaid",
        "Thu 2 Apr 14:00 she leaves for a week, and tells nobody. Thu 9 Apr 16:00 she is back.",
        acts=(out(at(31, 14), at(38, 16)),),
        days=14,
    ),
    scene(
        "holiday-cat-said",
        "As holiday-said, but a cat stays in the flat.",
        acts=(out(at(31, 14), at(38, 16)), cat(at(31, 14, 10), at(38, 16))),
        heard=(mode(Mode.AWAY, at(31, 14, 30)), mode(Mode.HOME, at(38, 16, 30))),
        days=14,
    ),
    scene(
        "holiday-cat-unsaid",
        "As holiday-unsaid, but a cat stays in the flat.",
        acts=(out(at(31, 14), at(38, 16)), cat(at(31, 14, 10), at(38, 16))),
        days=14,
    ),
    scene(
        "hospital",
        "Wed 1 Apr 9:50 she presses the button; 10:25 the ambulance takes her, HOSPITAL is said at 10:50.",
        "Wed 8 Apr 15:00 she is back; HOME is said at 15:20.",
        acts=(seen((at(30, 9, 50), "bedroom/sos", "emergency")), out(at(30, 10, 25), at(37, 15))),
        heard=(mode(Mode.HOSPITAL, at(30, 10, 50)), mode(Mode.HOME, at(37, 15, 20))),
        days=14,
    ),
    scene(
        "stuck-held",
        "Tue 31 Mar 13:00 the lounge's motion sensor stays on and never says that nobody is there.",
        "Sun 5 Apr 17:45 she falls in the lounge; Mon 6 Apr 19:00 she is found.",
        acts=lying(at(34, 17, 45), at(35, 19)),
        heard=(held("lounge/motion", at(29, 13)),),
    ),
    scene(
        "stuck-clockwork",
        "Tue 31 Mar 13:00 the lounge's motion sensor begins to report a motion every five minutes.",
        "Sun 5 Apr 17:45 she falls in the lounge; Mon 6 Apr 19:00 she is found.",
        acts=lying(at(34, 17, 45), at(35, 19)),
        heard=(clockwork("lounge/motion", at(29, 13), at(37, 0), 5 * _MINUTE),),
    ),
    scene(
        "power-cut",
        "Wed 1 Apr 13:40-20:10 the gateway is without power; she lives on as ever.",
        "Sat 4 Apr 22:00 to Sun 5 Apr 9:30 again, over night and rising.",
        "Wed 8 Apr 6:00 to Thu 9 Apr 18:00 again, for a day and a half.",
        heard=(
            unheard(at(30, 13, 40), at(30, 20, 10)),
            unheard(at(33, 22), at(34, 9, 30)),
            unheard(at(37, 6), at(38, 18)),
        ),
        days=14,
    ),
    scene(
        "fall-while-unheard",
        "Wed 1 Apr 13:00-14:30 the gateway is without power. She falls in the lounge at 13:50.",
        "Thu 2 Apr 8:10 a neighbour finds her.",
        acts=lying(at(30, 13, 50), at(31, 8, 10)),
        heard=(unheard(at(30, 13), at(30, 14, 30)),),
    ),
    scene(
        "fall-by-day",
        "Wed 1 Apr 13:45 she falls in the lounge and cannot move. Thu 2 Apr 8:10 a neighbour finds her.",
        acts=lying(at(30, 13, 45), at(31, 8, 10)),
    ),
    scene(
        "fall-in-the-evening",
        "Fri 3 Apr 18:30 she falls in the lounge. Sat 4 Apr 15:00 she is found.",
        acts=lying(at(32, 18, 30), at(33, 15)),
    ),
    scene(
        "fall-seen-by-radar",
        "Sun 5 Apr 19:40 she falls in the lounge, and the radar sees it. 19:58 a neighbour helps her up.",
        acts=lying(at(34, 19, 40), at(34, 19, 58)),
        heard=(
            says(
                _say("lounge/radar", Kind.FALL, 1.0, at(34, 19, 40, 20)),
                _say("lounge/radar", Kind.FALL, 0.0, at(34, 19, 59)),
            ),
        ),
    ),
    scene(
        "fall-in-the-hall",
        "Sat 4 Apr 9:24 she comes home, and falls in the hall as she shuts the door. 22:00 she is found.",
        acts=lying(at(33, 9, 25), at(33, 22)),
    ),
    scene(
        "not-getting-up",
        "Fri 3 Apr 2:13 she goes back to bed, and does not get up in the morning. 17:40 her daughter comes.",
        acts=(
            gone(at(32, 2, 15), at(32, 17, 40)),
            seen(
                *through("hall/door", at(32, 17, 40)),
                (at(32, 17, 41), "bedroom/motion", True),
                (at(32, 17, 45), "bedroom/bed", False),
            ),
        ),
    ),
    scene(
        "fall-in-the-bathroom",
        "Sat 4 Apr 15:33 she falls in the bathroom; she moves until 16:20. 22:00 she is found.",
        "Tue 7 Apr 1:58 she falls there at night; 9:30 she is found.",
        acts=(
            gone(at(33, 15, 33), at(33, 22)),
            seen(
                *((at(33, 15, 33) + m * _MINUTE, "bathroom/motion", True) for m in (3, 9, 11, 22, 35, 47)),
                *through("hall/door", at(33, 22)),
                (at(33, 22, 3), "lounge/motion", True),
            ),
            gone(at(36, 1, 58), at(36, 9, 30)),
            seen(*through("hall/door", at(36, 9, 30)), (at(36, 9, 33), "lounge/motion", True)),
        ),
    ),
    scene(
        "smoke-and-sos",
        "Tue 31 Mar 17:50-17:56 the kitchen's smoke alarm. Thu 2 Apr 14:20 and 14:22 she presses the button.",
        "Sat 4 Apr 20:01-20:14 water on the bathroom's floor.",
        acts=(
            seen(
                (at(29, 17, 50), "kitchen/smoke", True),
                (at(29, 17, 56), "kitchen/smoke", False),
                (at(31, 14, 20), "bedroom/sos", "emergency"),
                (at(31, 14, 22), "bedroom/sos", "emergency"),
                (at(33, 20, 1), "bathroom/leak", True),
                (at(33, 20, 14), "bathroom/leak", False),
            ),
        ),
    ),
    scene(
        "batteries",
        "From Mon 30 Mar the kitchen's motion sensor loses 16 mV a day; Fri 1 May 10:00 it is dead.",
        "Mon 6 Apr 12:00 the smoke alarm says that its battery is low; Tue 7 Apr 16:00 it has a new one.",
        acts=(),
        heard=(
            lambda events: [
                taken
                for taken in events
                if not (
                    isinstance(taken[0], Reading)
                    and taken[0].device == "kitchen/motion"
                    and taken[0].kind is Kind.VOLTAGE
                )
            ],
            says(
                *_fading("kitchen/motion", KNOWN, KNOWN + 32),
                _say("kitchen/smoke", Kind.BATTERY_LOW, 1.0, at(35, 12)),
                _say("kitchen/smoke", Kind.BATTERY_LOW, 0.0, at(36, 16)),
            ),
            dead("kitchen/motion", at(60, 10), at(99, 0)),
        ),
        days=34,
    ),
    scene(
        "vitals",
        "Wed 1 Apr 18:00 her pressure is 186/112, at 18:15 188/114, at 19:00 150/85.",
        "Sat 4 Apr 18:00 once 184/104, and nobody measures again until the morning.",
        "Tue 7 Apr 18:00 39.3 degrees, at 18:20 39.4; Wed 8 Apr 9:00 36.9.",
        heard=(
            says(
                *cuffed(at(30, 18), 186, 112, 88),
                *cuffed(at(30, 18, 15), 188, 114, 90),
                *cuffed(at(30, 19), 150, 85, 80),
                *cuffed(at(33, 18), 184, 104, 85),
                _say("bedroom/ear", Kind.BODY_TEMPERATURE, 39.3, at(36, 18)),
                _say("bedroom/ear", Kind.BODY_TEMPERATURE, 39.4, at(36, 18, 20)),
                _say("bedroom/ear", Kind.BODY_TEMPERATURE, 36.9, at(37, 9)),
            ),
        ),
        days=10,
    ),
    scene(
        "door-left-open",
        "Thu 2 Apr 10:02 the front door stays open until 11:52.",
        acts=(
            lambda acts: [
                a for a in acts if not (a.sensor == "hall/door" and at(31, 10) <= a.at < at(31, 12))
            ],
            seen((at(31, 10, 2), "hall/door", False), (at(31, 11, 52), "hall/door", True)),
        ),
    ),
    scene(
        "water-not-used",
        "Thu 2 Apr 21:50 to Sat 4 Apr 9:00 she uses no water, though she is about as ever.",
        heard=(dry(at(31, 21, 50), at(33, 9)),),
    ),
    scene(
        "not-back",
        "Thu 2 Apr 13:34 she goes out and loses her way; Fri 3 Apr 7:30 she is brought home.",
        "Mon 6 Apr 2:30 she gets up and goes out; 4:10 she is back.",
        acts=(
            gone(at(31, 13, 36), at(32, 7, 30)),
            seen(*through("hall/door", at(32, 7, 30)), (at(32, 7, 33), "hall/motion", True)),
            gone(at(35, 2), at(35, 4, 10)),
            seen(
                (at(35, 2, 20), "bedroom/bed", False),
                (at(35, 2, 28), "hall/motion", True),
                *through("hall/door", at(35, 2, 30)),
                *through("hall/door", at(35, 4, 10)),
                (at(35, 4, 13), "hall/motion", True),
                (at(35, 4, 25), "bedroom/bed", True),
            ),
        ),
    ),
    scene(
        "a-night-on-the-toilet",
        "Wed 8 Apr 1:00-5:00 she is in the bathroom nine times.",
        acts=(
            gone(at(37, 0, 30), at(37, 5, 30)),
            seen(
                *(
                    (at(37, 1) + (visit * 26 + visit % 3 * 4 + minutes) * _MINUTE, f"{room}", value)
                    for visit in range(9)
                    for minutes, room, value in (
                        (0, "bedroom/bed", False),
                        (1, "bathroom/motion", True),
                        (4, "bathroom/motion", True),
                        (6, "hall/motion", True),
                        (7, "bedroom/bed", True),
                    )
                )
            ),
        ),
        days=12,
    ),
)
