"""A sensor that nobody would miss may not be the only one for smoke or SOS."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.commands.gateway import check
from gateway.settings import SettingsError, read

HEAD = f"""
[gateway]
id = "gw-1"
key = "{"ab" * 32}"
[[source]]
name = "radio"
type = "zigbee2mqtt"
[[home]]
id = "h-1"
zone = "Asia/Shanghai"
"""


def device(id_: str, kind: str, family: str = "") -> str:
    line = f'family = "{family}"\n' if family else ""
    return f'[[home.device]]\nid = "{id_}"\nroom = "hall"\nkinds = ["{kind}"]\n{line}'


def write(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("kind", ["smoke", "sos"])
def test_a_lone_ev1527_is_refused_with_its_key_and_a_remedy(tmp_path: Path, kind: str) -> None:
    text = HEAD + device("door", "contact") + device("old", kind, "ev1527")
    with pytest.raises(SettingsError) as refused:
        read(write(tmp_path, text))
    (problem,) = refused.value.problems
    assert problem.key == "home[1].device[2]"
    assert "cannot be supervised" in problem.what
    assert f'kinds = ["{kind}"]' in problem.remedy


def test_beside_a_supervised_one_it_may_stay(tmp_path: Path) -> None:
    text = HEAD + device("old", "smoke", "ev1527") + device("new", "smoke")
    assert len(read(write(tmp_path, text)).homes[0].home.devices) == 2


def test_two_of_them_are_no_better_than_one(tmp_path: Path) -> None:
    text = HEAD + device("a", "sos", "ev1527") + device("b", "sos", "ev1527")
    with pytest.raises(SettingsError) as refused:
        read(write(tmp_path, text))
    assert [problem.key for problem in refused.value.problems] == ["home[1].device[1]", "home[1].device[2]"]


def test_the_one_next_door_does_not_count(tmp_path: Path) -> None:
    other = '[[home]]\nid = "h-2"\nzone = "Asia/Shanghai"\n' + device("new", "smoke")
    with pytest.raises(SettingsError):
        read(write(tmp_path, HEAD + device("old", "smoke", "ev1527") + other))


def test_a_door_contact_may_be_of_that_kind_and_check_says_what_that_means(tmp_path: Path) -> None:
    found = CliRunner().invoke(check, [str(write(tmp_path, HEAD + device("old", "contact", "ev1527")))])
    assert found.exit_code == 0
    assert "cannot be supervised" in found.output
