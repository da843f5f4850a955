"""One SMS a text: never longer, never without its code and link."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core import wording
from alerts.core.wording import Messages, MessagesError

LINK = "https://sw.example.cn/w/abcdefghijkl"


def shipped(language: str) -> Messages:
    """The texts that ship."""
    path = Path("config/messages") / f"{language}.toml"
    return wording.parse(path.read_text(), str(path))


LANGUAGES = {language: shipped(language) for language in ("zh", "en")}


def test_a_summons_says_who_where_what_since_when_and_how_to_answer() -> None:
    values = {
        "signature": "守望",
        "door": "3幢402",
        "name": "王秀英",
        "what": "按SOS求助",
        "since": "12:01",
        "code": "4821",
        "link": LINK,
    }
    text = wording.compose(LANGUAGES["zh"], "summon", values)
    assert text == f"【守望】3幢402王秀英按SOS求助 12:01，回1 4821 {LINK}"
    assert wording.fits(text)


@given(
    st.sampled_from(["zh", "en"]),
    st.sampled_from(wording.TEXTS),
    st.fixed_dictionaries(
        {name: st.text(max_size=60) for name in ("door", "name", "what", "since", "owner", "again", "cause")}
    ),
)
def test_every_text_fits_and_keeps_its_code_and_link(
    language: str, name: str, values: dict[str, str]
) -> None:
    given_ = values | {"signature": "守望", "code": "4821", "link": LINK}
    text = wording.compose(LANGUAGES[language], name, given_)
    assert wording.fits(text)
    assert "4821" in text
    assert (LINK in text) == (name == "summon" or LINK in text)
    assert "\n" not in text
    if name == "summon":
        assert text.endswith(LINK)
    if language == "zh":
        assert text.startswith("【守望】")


@given(
    st.sampled_from(["zh", "en"]),
    st.sampled_from(wording.ANSWERS),
    st.text(max_size=80),
    st.text(max_size=80),
)
def test_every_answer_fits(language: str, name: str, door: str, owner: str) -> None:
    values = {
        "door": door,
        "owner": owner,
        "code": "4821",
        "codes": "4821、7712",
        "wrong": "1111",
        "when": "12:01",
    }
    assert wording.fits(wording.answer(LANGUAGES[language], name, values))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("€" * 80, True),
        ("€" * 81, False),
        ("守" * 70, True),
        ("守" * 71, False),
        ("😀" * 35, True),
        ("😀" * 36, False),
        ("a" * 70 + "守", False),
    ],
)
def test_length_is_counted_as_the_network_counts_it(text: str, fits: bool) -> None:
    assert wording.fits(text) is fits


def test_a_template_with_an_unknown_name_or_without_a_text_is_refused_with_every_mistake() -> None:
    bad = '[what]\n[cause]\n[words]\n[answers]\ntaken = "{nmae}"\n[texts]\nsummon = [{ text = "{codes}" }]\n'
    with pytest.raises(MessagesError) as caught:
        wording.parse(bad, "zh.toml")
    keys = {problem.key for problem in caught.value.problems}
    assert {"answers.taken", "texts.summon", "texts.closed", "answers.unknown"} <= keys


def test_both_languages_know_the_same_words() -> None:
    zh, en = LANGUAGES["zh"], LANGUAGES["en"]
    for part in ("what", "cause", "texts", "words", "answers"):
        assert set(getattr(zh, part)) == set(getattr(en, part))
