"""The alert service's settings: the defaults, the paths beside the file, and every mistake at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts import conf
from alerts.channels.lineup import carrier, lineup
from alerts.conf import ConfError


def read(folder: Path, text: str) -> conf.Conf:
    """The settings of this text."""
    path = folder / "alerts.toml"
    path.write_text(text)
    return conf.read(path)


def test_an_empty_file_is_a_whole_service(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings.service.data == tmp_path / "data"
    assert settings.service.secret_file == tmp_path / "secret.key"
    assert settings.watch.silent == timedelta(minutes=5)
    assert conf.ladder_file(settings).is_file()
    assert list(lineup(settings)) == ["log"]
    assert carrier(settings, "sms") == "log"


def test_paths_stand_beside_the_file_and_addresses_lose_their_slash(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        '[service]\nbase_url = "https://sw.cn/"\n[ladder]\nfile = "own.toml"\n'
        '[channels.log]\nfile = "out.jsonl"\n'
        '[channels.sms_twilio]\naccount = "AC1"\nsender = "+1"\ntoken_file = "t"\napi = "http://127.0.0.1:9/"\n',
    )
    (tmp_path / "t").write_text("secret\n")
    sms = settings.channels.sms_twilio
    assert sms is not None
    assert (conf.token(sms), sms.api) == ("secret", "http://127.0.0.1:9")
    assert settings.service.base_url == "https://sw.cn"
    assert conf.ladder_file(settings) == tmp_path / "own.toml"
    assert settings.channels.log == conf.LogChannel(tmp_path / "out.jsonl")
    assert carrier(settings, "sms") == "sms_twilio"
    assert set(lineup(settings)) == {"sms_twilio", "log"}


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfError) as caught:
        read(
            tmp_path,
            '[service]\nbase_url = "ftp://x"\nlangauge = "zh"\n[broker]\nport = 99999\n'
            '[watch]\nsilent = "1s"\n'
            '[channels.sms_twilio]\naccount = "AC1"\n',
        )
    told = {problem.key for problem in caught.value.problems}
    assert told == {
        "service.base_url",
        "service.langauge",
        "broker.port",
        "watch.silent",
        "channels.sms_twilio.sender",
    }


def test_an_address_too_long_for_an_sms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfError, match="41 characters"):
        read(tmp_path, f'[service]\nbase_url = "https://{"x" * 60}.cn"\n')


def test_what_is_no_file_or_no_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfError, match="readable TOML"):
        conf.read(tmp_path / "nowhere.toml")
    with pytest.raises(ConfError, match="readable TOML"):
        read(tmp_path, "[service")


def test_a_missing_secret_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfError, match="alerts init"):
        conf.secret(read(tmp_path, ""))


def test_a_link_that_no_sms_could_hold_is_refused(tmp_path: Path) -> None:
    address = "https://" + "x" * 32
    assert read(tmp_path, f'[service]\nbase_url = "{address}/"\n').service.base_url == address
    with pytest.raises(ConfError, match="no SMS could hold the link"):
        read(tmp_path, f'[service]\nbase_url = "{address}"\nsignature = "守望者"\n')


@pytest.mark.parametrize("line", ["", 'token = ""', 'token_file = "empty"'])
def test_an_empty_token_by_which_anybody_could_sign_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfError, match="token"):
        lineup(read(tmp_path, f'[channels.sms_twilio]\naccount = "AC1"\nsender = "+1"\n{line}\n'))
