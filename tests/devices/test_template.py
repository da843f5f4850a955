"""The part of Home Assistant's templates that is understood, and that the rest is refused by name."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.template import TemplateError
from devices.template_reader import parse

UNDERSTOOD = [
    ("{{ value }}", "ON", "ON"),
    ("{{value_json.smoke}}", '{"smoke":true}', "True"),
    ("{{ value_json['update']['state'] }}", '{"update":{"state":"idle"}}', "idle"),
    ("{{ value_json.a.b }}", '{"a":{"b":2.5}}', "2.5"),
    ("{{ value_json[1] }}", "[4, 5]", "5"),
    ("{{ value | int }}", "21.7", "21"),
    ("{{ value | int(0) }}", "none", "0"),
    ("{{ value_json.t | float }}", '{"t":"3"}', "3.0"),
    ("{{ value | lower }}", "Online", "online"),
    ("{{ value_json.batt | is_defined }}", '{"batt":98}', "98"),
    ("{{ 'offline' if value == 'Disconnected' else 'online' }}", "Disconnected", "offline"),
    (
        "{{ 'ON' if value_json.n | int > 3 and not value_json.muted else 'OFF' }}",
        '{"n":4,"muted":false}',
        "ON",
    ),
    ("{{ 'a' if value == '1' else 'b' if value == '2' else 'c' }}", "2", "b"),
    ('{% if value_json.event == "SS" %}ON{% else %}OFF{% endif %}', '{"event":"SS"}', "ON"),
    ("{%- if value == 'x' -%}1{%- elif value == 'y' -%}2{%- endif -%}", "y", "2"),
    ("{% if value_json.new == true %}ON{% else %}OFF{% endif %}", '{"new":false}', "OFF"),
    ("{{ (value_json.x or 'none') }}", '{"x":""}', "none"),
    ("door {{ value }}!", "7", "door 7!"),
    ("plain", "x", "plain"),
    ("{{ value_json.missing }}", "{}", ""),
    ("{{ value_json.x }}", '{"x":null}', "None"),
]
WITHOUT = [
    ("{{ value_json.a.b }}", "{}"),
    ("{{ value_json.batt | is_defined }}", '{"temp":3}'),
    ("{{ value | int }}", "much"),
    ("{{ value | float }}", "inf"),
    ("{{ value_json.x }}", "no JSON"),
    ("{{ 'a' if value_json.x > 3 else 'b' }}", '{"x":"4"}'),
]
REFUSED = [
    ("{{ value_json.x | regex_replace('a','b') }}", "filter regex_replace"),
    ("{{ value | round(1) }}", "filter round"),
    ("{{ states('sensor.x') }}", "name states"),
    ("{{ value_json.x * 2 }}", r"\*"),
    ("{{ value_json.items() }}", r"\("),
    ("{{ ''.__class__ }}", r"\."),
    ("{% set x = 1 %}", "statement set"),
    ("{% for x in value_json %}{{ x }}{% endfor %}", "statement for"),
    ("{{ 'a' if value in ['a'] else 'b' }}", "name in"),
    ("{{ value", "does not end"),
    ("{% if value %}x", "if without endif"),
    ("{% endif %}", "endif without if"),
    ("{{ }}", "an empty expression"),
    ("{% %}", "an empty statement"),
    ("{# a remark #}", "does not end"),
    ("{{ value_json[value] }}", "name value"),
    ("{{ " + "(" * 30 + "value" + ")" * 30 + " }}", "too deeply nested"),
    ("{% if value %}" * 30 + "{% endif %}" * 30, "too deeply nested"),
    ("x" * 1_001, "longer than"),
]


@pytest.mark.parametrize(("source", "message", "made"), UNDERSTOOD)
def test_understood(source: str, message: str, made: str) -> None:
    assert parse(source).render(message.encode()) == made


@pytest.mark.parametrize(("source", "message"), WITHOUT)
def test_no_state_can_be_made(source: str, message: str) -> None:
    assert parse(source).render(message.encode()) is None


@pytest.mark.parametrize(("source", "named"), REFUSED)
def test_the_rest_is_refused_by_name(source: str, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        parse(source)


PARTS = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "if",
            "else",
            "elif",
            "endif",
            "value",
            "value_json",
            ".a",
            "['a']",
            "[0]",
            "|",
        ),
        *(
            "int",
            "float",
            "lower",
            "is_defined",
            "(",
            ")",
            "'x'",
            "3",
            "-1.5",
            "==",
            "<",
            "and",
            "or",
            "not",
            " ",
        ),
    ]
)


@given(
    st.lists(PARTS, max_size=25), st.sampled_from(["", "1", '{"a":1}', '{"a":[1,"x"]}', "[{}]", "9" * 5_000])
)
def test_nothing_breaks_it(parts: list[str], message: str) -> None:
    for source in (" ".join(parts), "{{" + " ".join(parts) + "}}"):
        try:
            made = parse(source).render(message.encode())
        except TemplateError:
            continue
        assert made is None or isinstance(made, str)


@given(st.text(max_size=60), st.binary(max_size=60))
def test_nothing_else_breaks_it(source: str, message: bytes) -> None:
    with suppress(TemplateError):
        parse(source).render(message)
