"""`shouwang rules rehearse`: a table, a report and a difference, in words a person understands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fixed import FIXED

from gateway.commands.rules import rules
from gateway.rehearsal.variants import VariantError, change
from rules.model import DeviceId, Kind, Mode, ModeSet, Reading, Unheard
from rules.record import Item, encode

T = datetime(2026, 11, 20, 1, tzinfo=UTC)  # Friday, 9:00 in Shanghai
H = timedelta(hours=1)
HOME = """
[[home]]
id = "h-0402"
zone = "Asia/Shanghai"
rules = "fixed.toml"
[[home.device]]
id = "pir"
room = "kitchen"
name = "over <b>the</b> sink"
kinds = ["motion"]
[[home.device]]
id = "button"
room = "bedroom"
kinds = ["sos"]
[[home.device]]
id = "door"
room = "hall"
kinds = ["contact"]
exterior = true
"""


def days() -> Iterator[Item]:
    """Two days of movement each hour by day; a press; four hours of silence on the first day, nine on the
    second."""
    for hour in (0, 1, 2, 6.5, 7, 8, 9, 10, 24, 25, 34.2, 35, 36):
        yield Reading(DeviceId("pir"), Kind.MOTION, 1.0, T + hour * H)
        if hour == 1:
            yield Reading(DeviceId("button"), Kind.SOS, 1.0, T + 1.5 * H)
            yield Reading(DeviceId("stranger"), Kind.MOTION, 1.0, T + 1.6 * H)
        if hour == 8:
            yield Reading(DeviceId("door"), Kind.CONTACT, 1.0, T + 8.2 * H)
            yield Reading(DeviceId("door"), Kind.CONTACT, 0.0, T + 8.3 * H)
        if hour == 35:
            yield Unheard(T + 35 * H, T + 35.5 * H)


def write(folder: Path, items: list[Item]) -> None:
    lines = (encode(seq, item.at, item) for seq, item in enumerate(items, 1))
    (folder / "days.jsonl").write_bytes(b"\n".join(lines) + b"\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home.toml").write_text(HOME, "utf-8")
    (tmp_path / "fixed.toml").write_text(FIXED, "utf-8")
    write(tmp_path, list(days()))
    return tmp_path


def rehearse(folder: Path, *words: str) -> Result:
    home = ["--home", str(folder / "home.toml")]
    command = ["rehearse", *home, *words, str(folder / "days.jsonl")]
    return CliRunner(env={"COLUMNS": "160"}).invoke(rules, command)


class Page(HTMLParser):
    """Fails on a page whose tags do not close in order."""

    void = frozenset({"meta", "rect", "path", "circle", "line", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(folder: Path, *words: str) -> tuple[str, Page]:
    result = rehearse(folder, "--html", str(folder / "report.html"), *words)
    assert result.exit_code == 0, result.output
    text = (folder / "report.html").read_text("utf-8")
    return text, Page(text)


def test_it_tells_when_for_how_long_and_why(folder: Path) -> None:
    result = rehearse(folder)
    assert result.exit_code == 0, result.output
    for told in (
        "守望默认规则 fixed",
        "2026 年 11 月 20 日 – 2026 年 11 月 21 日",
        "按SOS求助",
        "11-20 周五 10:30",
        "卧室的求助按钮被按下。",
        "11-21 周六 15:00",
        "4 小时 12 分",
        "家中 5 小时无活动，10:00 最后一次在厨房，所设上限 5 小时。",
        "1 条读数来自未登记的设备 stranger，已略去",
    ):
        assert told in result.stdout, told


def test_it_tells_it_in_english(folder: Path) -> None:
    result = rehearse(folder, "--language", "en", "--rules", "hangzhou-linan")
    assert "No sign of life for 4 h, the last one in the kitchen at 11:00; the limit is 4 h." in result.stdout
    assert "Fri" in result.stdout


def test_a_changed_setting_shows_the_difference(folder: Path) -> None:
    result = rehearse(folder, "--set", "inactivity.limit=4h", "--language", "en")
    assert result.exit_code == 0, result.output
    assert "only B" in result.stdout
    assert "11-20 Fri 15:00" in result.stdout  # four hours after eleven
    assert "A and B · B 1 h earlier" in result.stdout
    assert "SOS button" not in result.stdout  # alike in both


def test_two_profiles_that_find_the_same_say_so(folder: Path) -> None:
    result = rehearse(folder, "--rules", "default", "--rules", "default", "--language", "en")
    assert "both sets of rules raise exactly the same" in result.stdout


def test_nothing_at_all_is_said(folder: Path) -> None:
    without = [word for name in ("sos", "inactivity", "silence") for word in ("--without", name)]
    result = rehearse(folder, *without, "--language", "en")
    assert "would not have raised anything" in result.stdout


def test_from_an_instant_on(folder: Path) -> None:
    result = rehearse(folder, "--since", "2026-11-21T00:00:00+08:00", "--language", "en")
    assert "11-21 Sat 15:00" in result.stdout
    assert "SOS button" not in result.stdout
    assert "were only learned from" in result.stdout


def test_the_report_needs_nothing_else(folder: Path) -> None:
    text, told = page(folder)
    assert not told.seen & {"script", "link", "img", "iframe"}
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert text.count("<article") == 2
    assert text.count('<svg class="strip"') == 2
    assert 'lang="zh-Hans"' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_report_says_what_the_table_says(folder: Path) -> None:
    _, told = page(folder)
    words = " ".join(told.words)
    assert "家中 5 小时无活动，10:00 最后一次在厨房，所设上限 5 小时。" in words
    assert "入户门" in words
    assert "未收到任何数据，无法判断" in words
    assert "Asia/Shanghai" in words


def test_names_from_the_settings_are_no_markup(folder: Path) -> None:
    (folder / "home.toml").write_text(HOME.replace('"kitchen"', '"kit<i>chen"'), "utf-8")
    text, told = page(folder)
    assert "kit<i>" not in text
    assert "kit<i>chen" in told.words
    assert "最后一次在kit<i>chen" in " ".join(told.words)


def test_a_report_of_a_difference_marks_who_found_it(folder: Path) -> None:
    text, told = page(folder, "--set", "inactivity.limit=4h", "--language", "en")
    words = " ".join(told.words)
    assert "raised by B alone" in words
    assert "inactivity.limit=4h" in words
    assert "only B" in words
    assert 'class="urgent side0"' in text
    assert 'class="urgent side1"' in text


def test_a_day_without_anything_and_a_stay_in_hospital_are_said(folder: Path) -> None:
    items: list[Item] = [
        Reading(DeviceId("pir"), Kind.MOTION, 1.0, T),
        ModeSet(Mode.HOSPITAL, T + H, "desk"),
        Reading(DeviceId("pir"), Kind.MOTION, 1.0, T + 72 * H),
        ModeSet(Mode.HOME, T + 73 * H, "desk"),
        Reading(DeviceId("pir"), Kind.MOTION, 1.0, T + 120 * H),
    ]
    write(folder, items)
    _, told = page(folder, "--without", "silence")
    assert told.words.count("住院") == 2
    assert "无任何活动记录" in told.words


def test_a_day_of_twenty_five_hours_is_one_day(folder: Path) -> None:
    home = HOME.replace("Asia/Shanghai", "Europe/London")
    (folder / "home.toml").write_text(home, "utf-8")
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    write(folder, [Reading(DeviceId("pir"), Kind.MOTION, 1.0, start + i * H) for i in range(48)])
    text, _ = page(folder)
    assert text.count("<article") == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--rules", "defalt"), 'did you mean "default"?'),
        (("--set", "inactivity"), "write section.key=value"),
        (("--set", "inactivity.limt=4h"), 'did you mean "limit"?'),
        (("--set", "inactivity[2].limit=4h"), "there are only 1 inactivity"),
        (("--set", "title.x=4h"), "title is a value, not a section"),
        (("--rules", "default", "--rules", "shanghai", "--rules", "default"), "twice at most"),
        (("--rules", "shanghai", "--set", "inactivity.limit=4h"), "write inactivity[1] for the first"),
        (("--without", "sos", "--set", "silence=5h"), "silence"),
        (("--since", "yesterday"), "--since"),
        (("--until", "2026-11-21T15:00:00"), "says no zone"),
        (("--language", "fr"), "fr"),
    ],
)
def test_a_wrong_word_is_explained(folder: Path, words: tuple[str, ...], says: str) -> None:
    result = rehearse(folder, *words)
    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("lines", [b"", b"{}", b'{"seq":0}\n'])
def test_a_recording_that_tells_nothing_is_refused(folder: Path, lines: bytes) -> None:
    (folder / "days.jsonl").write_bytes(lines)
    result = rehearse(folder)
    assert result.exit_code == 1
    assert "days.jsonl" in result.output
    assert not (folder / "report.html").exists()


def test_a_report_that_cannot_be_written_is_said(folder: Path) -> None:
    result = rehearse(folder, "--html", str(folder / "no" / "report.html"))
    assert result.exit_code == 1
    assert "report.html" in result.output


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("a.limit=5h", {"a": {"limit": "5h"}}),
        ('a.limit="5h"', {"a": {"limit": "5h"}}),
        ("a.most=3", {"a": {"most": 3}}),
        ("a.on=true", {"a": {"on": True}}),
        ("b=on", {"a": {}, "b": {}}),
        ("a=off", {}),
        ("a=on", {"a": {}}),
        ("c.d.e=1.5", {"a": {}, "c": {"d": {"e": 1.5}}}),
    ],
)
def test_a_change_is_written_as_in_toml(text: str, then: dict[str, object]) -> None:
    table: dict[str, object] = {"a": {}}
    change(table, text)
    assert table == then


def test_a_change_without_a_place_is_refused() -> None:
    with pytest.raises(VariantError, match=r"section\.key=value"):
        change({}, ".x=1")
