"""What staff say of a home: from the console's form to the gateway's journal and back, over restarts."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.child import once

if TYPE_CHECKING:
    Town = Any

pytestmark = pytest.mark.slow
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def staff(here: Town) -> Iterator[httpx.Client]:
    """A browser in which somebody of the centre's staff is signed in."""
    settings, log = str(here.folder / "alerts.toml"), here.folder / "user.log"
    once(("alerts", "user", "--config", settings, "linxy", "--password", "keep-watch-3"), log)
    with httpx.Client(base_url=here.base, follow_redirects=True) as browser:
        token = TOKEN.search(browser.get("/login").text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": "linxy", "password": "keep-watch-3"}
        browser.post("/login", data=form, headers={"referer": here.base})
        yield browser


def say(browser: httpx.Client, home: int, mode: str, lasts: str = "") -> None:
    token = TOKEN.search(browser.get(f"/homes/h-{home}/").text)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "mode": mode, "lasts": lasts}
    answer = browser.post(f"/homes/h-{home}/mode", data=form, headers={"referer": str(browser.base_url)})
    assert answer.status_code == 200


def page(browser: httpx.Client, home: int) -> str:
    return browser.get(f"/homes/h-{home}/mode", headers={"accept-language": "en"}).text


def until(true: Callable[[], bool], patience: float = 15.0) -> float:
    """How long it took, in seconds."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience
        time.sleep(0.05)
    return time.monotonic() - began


def test_it_reaches_the_home_and_comes_back(here: Town, staff: httpx.Client) -> None:
    say(staff, 8, "away")
    took = until(lambda: "The home knows since" in page(staff, 8))
    assert took <= 3
    assert "Away" in page(staff, 8)
    say(staff, 8, "home")
    until(lambda: "Not confirmed" not in page(staff, 8))


def test_it_reaches_a_gateway_that_was_down_and_a_centre_that_was(here: Town, staff: httpx.Client) -> None:
    here.gateway.kill()
    say(staff, 9, "hospital")
    time.sleep(1)
    assert "Not confirmed by the home yet" in page(staff, 9)
    here.centre.kill()
    here.centre.start()
    here.gateway.start()
    until(lambda: answers(staff) and "The home knows since" in page(staff, 9), 40)
    here.gateway.kill()
    here.gateway.start()
    time.sleep(3)
    with closing(sqlite3.connect(here.folder / "alerts" / "alerts.db")) as db:
        rows = db.execute(
            "SELECT mode, reached_at IS NULL, ended_at FROM desk_homemode WHERE home_id = 'h-9'"
        )
        assert rows.fetchall() == [("hospital", 0, None)]


def test_a_press_in_a_walk_test_is_shown_and_calls_nobody(here: Town, staff: httpx.Client) -> None:
    say(staff, 10, "test", "30m")
    until(lambda: "The home knows since" in page(staff, 10))
    began = here.press(10)
    until(lambda: "测试：" in staff.get("/").text)
    time.sleep(1.5)
    assert not [t for t in here.provider.texts if t.at > began and "3幢1002" in t.body]
    say(staff, 10, "home")  # the press was not over yet: now it is a call for help
    assert here.summons(10, began, "+8619900001000")


def answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/health").status_code == 200
    except httpx.TransportError:
        return False
