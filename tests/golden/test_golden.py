"""Golden replays: what each shipped profile decides over simulated weeks, pinned in files people can read.

A difference is a mistake, or it is meant: then `make golden` writes the files anew, and the commit shows,
line by line, which findings came, went or moved.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from difflib import unified_diff

import pytest
from golden.life import at
from golden.scenes import ORDINARY, SCENES, Scene
from golden.told import PROFILES, decided, file, lines, page

from rules.model import Raise

ALL = (ORDINARY, *SCENES)
ACCEPT = "SHOUWANG_GOLDEN"
BY_NAME = {scene.name: scene for scene in ALL}

every = pytest.mark.parametrize("scene", ALL, ids=lambda scene: scene.name)


def difference(scene: Scene, new: str) -> str:
    """What changed, and how to accept it; empty if nothing did."""
    path = file(scene)
    old = path.read_text("utf-8") if path.exists() else ""
    found = list(
        unified_diff(
            old.splitlines(), new.splitlines(), f"{path.name} as it is", "as decided now", "", "", 2, ""
        )
    )
    if not found:
        return ""
    return "\n".join(
        [*found, "", "If this is meant: make golden (it writes tests/golden/*.txt), and commit the files."]
    )


@every
def test_it_is_decided_as_ever(scene: Scene) -> None:
    new = page(scene)
    if os.environ.get(ACCEPT) == "accept":
        file(scene).write_text(new, "utf-8")
    if shown := difference(scene, new):
        pytest.fail(shown, pytrace=False)


def test_a_changed_threshold_shows_as_a_readable_difference() -> None:
    """One setting, in one profile: the lines of its findings move, and nothing else does."""
    scene = BY_NAME["door-left-open"]
    changed = PROFILES["default"].read_text("utf-8").replace('[door]\nlimit = "30m"', '[door]\nlimit = "45m"')
    before = lines(decided(scene, PROFILES["default"].read_text("utf-8")))
    after = lines(decided(scene, changed))
    shown = difference(scene, page(scene).replace("\n".join(before), "\n".join(after), 1))
    moved = [line for line in shown.splitlines()[2:] if line.startswith(("+", "-"))]
    assert len(moved) == 2
    assert "10:32  check      door.open:hall/door" in moved[0]
    assert "10:47  check      door.open:hall/door" in moved[1]
    assert "make golden" in shown


@every
def test_every_finding_has_its_sentence_in_both_languages(scene: Scene) -> None:
    for path in PROFILES.values():
        found = [one for one in decided(scene, path.read_text("utf-8")) if isinstance(one, Raise)]
        for name, end in (("en", "."), ("zh", "。")):
            for line in lines(found, name):
                assert line.endswith(end), line
                assert "–" not in line, f"a fact is missing: {line}"


# What a nurse expects of the profile for anybody: a finding of these keys within so many hours.
FOUND = [
    ("fall-by-day", at(30, 13, 45), {"inactivity"}, 4.0),
    ("fall-in-the-evening", at(32, 18, 30), {"inactivity"}, 7.0),
    ("fall-while-unheard", at(30, 13, 50), {"inactivity"}, 5.0),
    ("fall-seen-by-radar", at(34, 19, 40), {"fall:lounge/radar"}, 0.1),
    ("fall-in-the-bathroom", at(33, 15, 33), {"bathroom.stay"}, 2.0),
    ("fall-in-the-bathroom", at(36, 1, 58), {"bathroom.stay"}, 2.0),
    ("fall-in-the-hall", at(33, 9, 25), {"inactivity", "inactivity:out"}, 12.5),
    ("not-getting-up", at(32, 6, 53), {"inactivity", "rise"}, 2.0),
    ("stuck-held", at(34, 17, 45), {"inactivity"}, 8.0),
    ("stuck-clockwork", at(34, 17, 45), {"inactivity"}, 8.0),
    ("not-back", at(31, 13, 36), {"inactivity:out", "absence"}, 13.0),
    ("door-left-open", at(31, 10, 2), {"door.open:hall/door"}, 0.6),
    ("a-night-on-the-toilet", at(37, 1), {"bathroom.visits"}, 4.0),
    ("batteries", at(44, 0), {"battery:kitchen/motion"}, 24.0),  # two weeks before it is dead
]


@pytest.mark.parametrize(("name", "when", "keys", "hours"), FOUND)
def test_it_is_found_in_time(name: str, when: datetime, keys: set[str], hours: float) -> None:
    found = decided(BY_NAME[name], PROFILES["default"].read_text("utf-8"))
    ends = [
        (one.at - when) / timedelta(hours=1) for one in found if isinstance(one, Raise) and one.key in keys
    ]
    assert any(0 <= end <= hours for end in ends)


# From when until when nobody may be called for the resident.
QUIET = [
    ("hospital", at(30, 10, 50), at(37, 15, 20)),
    ("holiday-said", at(31, 14, 30), at(38, 16, 30)),
    ("holiday-cat-said", at(31, 14, 30), at(38, 16, 30)),
    ("power-cut", at(30, 13, 40), at(30, 22)),
    ("power-cut", at(33, 22), at(34, 22)),
    ("power-cut", at(37, 6), at(38, 20)),
]


@pytest.mark.parametrize(("name", "start", "end"), QUIET)
@pytest.mark.parametrize("profile", PROFILES)
def test_nobody_is_called(profile: str, name: str, start: datetime, end: datetime) -> None:
    found = decided(BY_NAME[name], PROFILES[profile].read_text("utf-8"))
    called = [one for one in found if isinstance(one, Raise) and start < one.at < end]
    assert [one for one in called if one.key != "mode.lived"] == []  # a cat looks like somebody
