"""What the centre's staff and the grid worker see and do, in a real browser against the real service."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 300_000  # bytes a picture
SEEN = """new MutationObserver(() => { if (document.querySelector(".alert")) window.seen ??= Date.now(); })
    .observe(document.body, { childList: true, subtree: true })"""  # when the first alert stands on the board
pytestmark = pytest.mark.chromium


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_an_alert_appears_by_itself_and_is_taken(centre, eyes) -> None:
    board = eyes.signed_in(centre)
    expect(board.locator(".calm")).to_contain_text("一切平静")
    board.evaluate(SEEN)  # a reload would lose it
    alert, written = centre.tell("sos", "h-0402").split()
    board.wait_for_selector(f"#a-{alert}", timeout=5_000)
    assert board.evaluate("window.seen") / 1000 - float(written) <= 1
    expect(board).to_have_title(re.compile(r"^\(1\)"))
    other = eyes.signed_in(centre)
    board.click(f"#l-{alert}")
    board.click("#b-take")
    expect(board.locator(".head .owner")).to_have_text("林晓燕")
    expect(other.locator(f"#a-{alert} .status")).to_have_text("已接手", timeout=1_500)
    board.select_option("#cause", "52")
    board.click("#b-close")
    expect(board.locator(".head")).to_contain_text("老人平安")
    expect(other.locator(".calm")).to_be_visible(timeout=1_500)


def test_the_reader_keeps_her_place(centre, eyes) -> None:
    centre.tell("alerts")
    page = eyes.signed_in(centre, width=360, height=500)
    page.locator(".past h2").scroll_into_view_if_needed()
    page.locator(".past a").first.focus()
    name = page.evaluate("document.activeElement.id")
    before = page.locator(".past h2").bounding_box()
    centre.tell("sos", "h-0103")
    expect(page.locator(".alert")).to_have_count(6)
    after = page.locator(".past h2").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 3
    assert page.evaluate("document.activeElement.id") == name


def test_what_is_typed_survives_a_live_change(centre, eyes) -> None:
    centre.tell("alerts")
    page = eyes.signed_in(centre)
    page.locator(".alert a").first.click()
    page.fill("#note", "邻居已敲门")
    page.select_option("#cause", "52")
    entries = page.locator(".story li").count()
    centre.tell("sos", "h-0402")  # a second press
    expect(page.locator(".story li")).not_to_have_count(entries)
    expect(page.locator("#note")).to_have_value("邻居已敲门")
    expect(page.locator("#cause")).to_have_value("52")


def test_a_lost_line_is_said(centre, eyes) -> None:
    page = eyes.signed_in(centre)
    page.context.set_offline(True)
    page.evaluate("document.body.dispatchEvent(new Event('htmx:sseError'))")
    expect(page.locator("#live")).to_contain_text("连接中断")
    eyes.complaints.clear()


def test_the_worker_goes_arrives_and_closes(centre, eyes) -> None:
    centre.tell("sos", "h-0402")
    token = centre.tell("token", "h-0402", "李建国")
    page = eyes.page(width=360, height=740)
    page.goto(f"{centre.url}/w/{token}")
    assert sideways(page) <= 0
    for name in ("going", "cannot", "help"):
        box = page.locator(f"#{name}").bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 740  # within reach without scrolling
    page.click("#going")
    expect(page.locator(".now")).to_contain_text("您已出发")
    page.click("#arrived")
    expect(page.locator(".now")).to_contain_text("您已到达")
    page.click("#close-51")
    expect(page.locator("h1")).to_have_text("此警情已办结")
    assert "高血压" not in page.content()
    page.goto(f"{centre.url}/w/000000000000")
    expect(page.locator("h1")).to_have_text("链接已失效")
    assert len(eyes.complaints) == 1  # the browser's own word on the 410
    eyes.complaints.clear()


def test_a_workers_page_is_never_stale(centre, eyes) -> None:
    centre.tell("sos", "h-0402")
    token = centre.tell("token", "h-0402", "李建国")
    page = eyes.page(width=360, height=740)
    page.goto(f"{centre.url}/w/{token}")
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#stale")).to_be_visible()
    centre.tell("answer", "h-0402", "李建国", "1")
    page.context.set_offline(False)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".now")).to_contain_text("您已出发")
    eyes.complaints.clear()  # the browser's own words on being offline


@pytest.mark.parametrize(("width", "scheme", "language"), [(360, "dark", "en-US"), (1920, "light", "zh-CN")])
def test_no_page_is_wider_than_its_window(centre, eyes, width: int, scheme: str, language: str) -> None:
    centre.tell("alerts")
    page = eyes.signed_in(centre, width=width, scheme=scheme, language=language)
    assert sideways(page) <= 0
    alerts = page.locator(".alert a").evaluate_all("links => links.map(link => link.href)")
    for address in (*alerts, f"{centre.url}/homes/", f"{centre.url}/homes/h-0402/"):
        page.goto(address)
        assert sideways(page) <= 0


def frames(page: Page, shots: list[bytes]) -> None:
    """Phones' screens side by side."""
    screens = "".join(f'<img src="data:image/png;base64,{b64encode(shot).decode()}">' for shot in shots)
    page.set_content(
        "<style>body{margin:0;padding:32px;display:flex;justify-content:space-between;background:#e3e1da}"
        "img{width:360px;height:740px;border-radius:28px;box-shadow:0 0 0 8px #22292b}</style>" + screens
    )
    page.wait_for_function("[...document.images].every(image => image.complete)")


def test_the_pictures_that_the_readme_shows(centre, eyes, tmp_path: Path) -> None:
    """Kept in docs/images only when SHOUWANG_PICTURES is set: a test run leaves the tree as it was."""
    folder = IMAGES if os.environ.get("SHOUWANG_PICTURES") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    centre.tell("alerts")
    page = eyes.signed_in(centre)
    page.screenshot(path=folder / "board.png", full_page=True)
    page.goto(f"{centre.url}/homes/h-0402/")
    page.locator(".axis").hover(position={"x": 560, "y": 10})
    page.wait_for_selector(".crosshair:not([hidden])")
    page.screenshot(path=folder / "timeline.png", full_page=True)
    token = centre.tell("token", "h-0402", "李建国")
    phone = eyes.page(width=360, height=740)
    phone.goto(f"{centre.url}/w/{token}")
    shots = [phone.screenshot()]
    for button in ("going", "arrived"):
        phone.click(f"#{button}")
        phone.wait_for_load_state()
        shots.append(phone.screenshot())
    sheet = eyes.page(width=1280, height=804)
    frames(sheet, shots)
    sheet.screenshot(path=folder / "worker.png")
    assert all((folder / f"{name}.png").stat().st_size <= LARGEST for name in ("board", "timeline", "worker"))
