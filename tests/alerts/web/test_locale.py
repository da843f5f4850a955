"""Every text of the console is there in Chinese, and the compiled catalogue is the one of the sources."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import alerts.web

HERE = Path(alerts.web.__file__).parent
FOLDER = HERE / "locale" / "zh_Hans" / "LC_MESSAGES"
ENTRY = re.compile(
    r'^(?:msgctxt (?P<context>.*)\n)?msgid (?P<id>(?:".*"\n)+)(?:msgid_plural .*\n)?'
    r'msgstr(?:\[0\])? (?P<text>(?:".*"\n?)+)',
    re.MULTILINE,
)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
USED = re.compile(r"""{% translate "([^"]+)" %}|\b(?:_|gettext_lazy)\(\s*"([^"]+)"\)""")


def plain(quoted: str) -> str:
    return "".join(ast.literal_eval(piece) for piece in QUOTED.findall(quoted))


def entries() -> dict[str, str]:
    source = (FOLDER / "django.po").read_text("utf-8").split("\n\n", 1)[1]
    found = ENTRY.finditer(source)
    return {
        (f"{plain(m['context'])}\x04" if m["context"] else "") + plain(m["id"]): plain(m["text"])
        for m in found
    }


def test_every_text_is_translated_and_compiled() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for key, text in entries().items():
        context, _mark, id_ = key.rpartition("\x04")
        said = compiled.pgettext(context, id_) if context else compiled.gettext(id_)
        assert text, f"{id_!r} has no Chinese"
        assert said in (text, id_) if "home under watch" in id_ else said == text


def test_every_text_in_use_is_in_the_catalogue() -> None:
    files = [*HERE.rglob("*.html"), *HERE.rglob("*.py")]
    used = {a or b for file in files for a, b in USED.findall(file.read_text("utf-8"))}
    assert len(used) > 100
    assert used - set(entries()) == set()
