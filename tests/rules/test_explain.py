"""Every finding is told in one plain sentence, in both languages, whatever its facts are."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import explain
from rules.explain import Language

ROOT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 21, 6, 23, tzinfo=UTC)  # 14:23 in Shanghai
SINCE = "2026-11-21T03:03:00+00:00"  # 11:03 there


def shipped(name: str) -> Language:
    """The language as it ships."""
    path = ROOT / "config" / "messages" / f"{name}.toml"
    language, problems = explain.read(tomllib.loads(path.read_text("utf-8")), str(path))
    assert language is not None, problems
    return language


LANGUAGES = {name: shipped(name) for name in ("zh", "en")}
ZH, EN = LANGUAGES["zh"], LANGUAGES["en"]


def kinds() -> set[str]:
    """The kinds of findings, from the table of docs/rules.md."""
    table = (ROOT / "docs" / "rules.md").read_text("utf-8").split("## Findings")[1].split("\n## ")[0]
    keys = {
        key for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for key in re.findall("`(.*?)`", row)
    }
    return {key.removesuffix(":<device>").removesuffix(":<word>").partition(":<")[0] for key in keys}


def tell(language: Language, key: str, **facts: object) -> str:
    """The sentence for these facts, read at AT."""
    return explain.sentence(language, key, facts, SHANGHAI, AT)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_finding_has_a_sentence_and_short_words(language: str, kind: str) -> None:
    said = LANGUAGES[language]
    assert kind in said.explain or kind.partition(":")[0] in said.explain
    assert kind in said.what or kind.partition(":")[0] in said.what


def test_both_languages_tell_of_the_same_with_the_same_facts() -> None:
    assert ZH.explain.keys() == EN.explain.keys()
    assert ZH.what.keys() == EN.what.keys()
    assert ZH.rooms.keys() | set(ZH.rooms.values()) <= EN.rooms.keys()
    assert ZH.terms.keys() == EN.terms.keys()
    assert ZH.units.keys() == EN.units.keys() == explain._UNITS.keys()
    facts = re.compile(r"\{(\w+)")
    for key, template in ZH.explain.items():
        assert set(facts.findall(template)) == set(facts.findall(EN.explain[key])), key


def test_words_for_a_text_message_are_short() -> None:
    assert {word for word in ZH.what.values() if len(word) > 8} == set()


def test_a_resident_who_does_not_move_by_what_is_usual_for_her() -> None:
    facts = {"room": "lounge", "since": SINCE, "minutes": 200.0, "limit": 105.0, "usual": 70.0}
    assert tell(ZH, "inactivity", **facts) == (
        "家中 3 小时 20 分无活动，11:03 最后一次在客厅，平时此时最长 1 小时 10 分。"
    )
    assert tell(EN, "inactivity", **facts) == (
        "No sign of life for 3 h 20 min, the last one in the living room at 11:03; "
        "at this time 1 h 10 min is the longest otherwise."
    )


def test_a_fixed_limit_is_told_as_one() -> None:
    told = tell(ZH, "inactivity", room="kitchen", since=SINCE, minutes=300.0, limit=300.0)
    assert told == "家中 5 小时无活动，11:03 最后一次在厨房，所设上限 5 小时。"


def test_what_is_not_known_is_not_told() -> None:
    assert tell(ZH, "inactivity", minutes=300.0) == "家中 5 小时无活动。"
    assert tell(EN, "gateway.silent") == "Nothing is heard from this home: we cannot tell how it is."
    assert tell(EN, "smoke:d1") == "The smoke detector in the home sounds."
    assert tell(ZH, "inactivity") == "家中 –无活动。"


def test_a_finding_without_a_sentence_is_told_in_its_short_words() -> None:
    assert (
        explain.sentence(Language(what={"new": "something new"}), "new:d1", {}, SHANGHAI) == "something new"
    )
    assert explain.sentence(Language(), "new:d1", {}, SHANGHAI) == "new"


def test_the_whole_key_comes_before_the_kind() -> None:
    assert tell(ZH, "inactivity:water", litres=10.0, minutes=720.0) == "12 小时内用水不足 10 升。"
    assert tell(ZH, "inactivity:hall", minutes=1440.0) == "家中 1 天无活动。"


def test_another_day_has_its_date() -> None:
    assert (
        explain.explain("{since:clock}", {"since": "2026-11-20T03:03:00Z"}, SHANGHAI, EN, AT)
        == "20 Nov 11:03"
    )
    assert explain.explain("{since:clock}", {"since": SINCE}, SHANGHAI, EN, AT) == "11:03"
    assert explain.explain("{since:date}", {"since": SINCE}, SHANGHAI, ZH, AT) == "11 月 21 日"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("pressed[ {n:many} times]", "pressed 3 times"),
        ("pressed[ {one:many} times]", "pressed"),
        ("[{stage:is fault}dead][{stage:is warn}quiet]", "dead"),
        ("[{gone:none}never][{stage:none}always]", "never"),
        ("{of:term}", "心率"),
        ("{level:.1f}%", "12.3%"),
        ("{level}", "12.3"),
        ("{n}", "3"),
        ("{odd:duration}", "–"),
        ("{stage:duration}{n:clock}{n:term}", "–––"),
        ("{room}", "客厅"),
        ("{day:duration}", "1 天"),
        ("{days:duration}", "2 天 1 小时"),
    ],
)
def test_formats(template: str, told: str) -> None:
    facts = {
        "n": 3.0,
        "one": 1.0,
        "stage": "fault",
        "of": "heart_rate",
        "level": 12.345,
        "odd": float("inf"),
        "room": "lounge",
        "day": 1440.0,
        "days": 2940.0,
    }
    assert explain.explain(template, facts, SHANGHAI, ZH) == told


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.datetimes().map(datetime.isoformat),
)
NAMES = sorted({name for text in ZH.explain.values() for name in re.findall(r"\{(\w+)", text)})


@given(st.sampled_from(sorted(ZH.explain)), st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_whatever_comes_from_afar_is_told_on_one_line(key: str, facts: dict[str, object]) -> None:
    for language in LANGUAGES.values():
        told = explain.sentence(language, key, facts, SHANGHAI, AT)
        assert told
        assert told.isprintable()
        assert len(told) < 400


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("[open", "bracket"),
        ("{since:clok}", "clok"),
        ("{0}", "no name"),
        ("{room!r}", "no name"),
        ("{room", "expected '}'"),
    ],
)
def test_a_mistake_in_a_template_is_found_when_it_is_read(template: str, what: str) -> None:
    language, problems = explain.read({"explain": {"sos": template}}, "own.toml")
    assert language is None
    assert problems[0].key == "explain.sos"
    assert what in problems[0].what


def test_an_unknown_unit_and_a_wrong_table_are_found() -> None:
    assert explain.read({"units": {"weeks": "{w}"}}, "own.toml")[1][0].key == "units.weeks"
    assert explain.read({"explain": "x"}, "own.toml")[1][0].key == "explain"
