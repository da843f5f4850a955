"""The alert service's settings: one TOML file, named by SHOUWANG_ALERTS or --config, read once."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from rules.strict import Form, Problem, Range, load

ENV = "SHOUWANG_ALERTS"
_LONGEST_BASE = 41  # with a signature of one character; see _ROOM
_ROOM = 42  # of an SMS of 70, for base_url and signature: the code, the link's token and the brackets take 28
_Port = Annotated[int, Range(1, 65535)]
_Listen = Annotated[str, Form(r".+:\d{1,5}", "host:port, such as 127.0.0.1:8420")]
_Base = Annotated[
    str, Form(rf"https?://\S{{1,{_LONGEST_BASE - 8}}}", f"https://…, {_LONGEST_BASE} characters at most")
]


@dataclass(frozen=True, slots=True)
class Service:
    """[service]: where the data is, and how the service names itself."""

    data: Path = Path("data")
    secret_file: Path = Path("secret.key")
    base_url: _Base = "http://127.0.0.1:8420"
    listen: _Listen = "127.0.0.1:8420"
    language: Literal["zh", "en"] = "zh"
    signature: Annotated[str, Form(r".{1,8}", "1 to 8 characters")] = "守望"
    hosts: tuple[str, ...] = ()  # names by which browsers may call it beside those of base_url and listen
    messages: Path | None = None  # a folder with zh.toml and en.toml instead of the shipped ones


@dataclass(frozen=True, slots=True)
class Broker:
    """[broker]: where the gateways' batches arrive."""

    host: str = "127.0.0.1"
    port: _Port = 1883
    username: str | None = None
    password: str | None = None
    password_file: Path | None = None
    shared: bool = False  # several intakes share the batches ($share/intake/…); brokers without it say false


@dataclass(frozen=True, slots=True)
class LogChannel:
    """[channels.log]: a JSON line a notice, on stdout or appended to a file."""

    file: Path | None = None


@dataclass(frozen=True, slots=True)
class SmsTwilio:
    """[channels.sms_twilio]: an account there, and the number that sends."""

    account: str
    sender: str
    token: str = ""
    token_file: Path | None = None
    api: str = "https://api.twilio.com"
    timeout: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Channels:
    """[channels]: what can carry a notice."""

    log: LogChannel | None = None
    sms_twilio: SmsTwilio | None = None


@dataclass(frozen=True, slots=True)
class LadderFile:
    """[ladder]: a name in config/ladders, or a path."""

    file: str = "default"


@dataclass(frozen=True, slots=True)
class WatchPart:
    """[watch]: after how long without a word a home's gateway is missed."""

    silent: Annotated[timedelta, Range(timedelta(seconds=30), timedelta(days=1))] = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Conf:
    """Everything the alert service is told before it starts."""

    service: Service = field(default_factory=Service)
    broker: Broker = field(default_factory=Broker)
    channels: Channels = field(default_factory=Channels)
    ladder: LadderFile = field(default_factory=LadderFile)
    watch: WatchPart = field(default_factory=WatchPart)


class ConfError(ValueError):
    """Settings that cannot be used; `problems` holds every mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read(path: Path) -> Conf:
    """The settings in this file, its relative paths resolved beside it. Raises ConfError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfError((Problem(str(path), "", str(error), "give a readable TOML file"),)) from error
    conf, problems = load(Conf, table, str(path))
    if conf is None:
        raise ConfError(problems)
    if problems := _misfits(conf, str(path)):
        raise ConfError(problems)
    return _resolved(conf, path.resolve().parent)


@cache
def conf() -> Conf:
    """The settings of this process: the file that SHOUWANG_ALERTS names, or the defaults without one."""
    path = os.environ.get(ENV)
    return read(Path(path)) if path else _resolved(Conf(), Path.cwd())


def secret(conf: Conf) -> str:
    """What signs sessions and links. Raises ConfError if `alerts init` has not made it yet."""
    try:
        return conf.service.secret_file.read_text().strip()
    except OSError as error:
        raise _missing("service.secret_file", error, "run `shouwang alerts init` first") from error


def token(part: SmsTwilio) -> str:
    """Twilio's auth token, from the settings or the file they name. Raises ConfError where there is none: by
    an empty one anybody could sign a reply."""
    key = "channels.sms_twilio.token_file"
    if found := part.token or _line(key, part.token_file):
        return found
    where = str(part.token_file or "channels.sms_twilio")
    raise ConfError((Problem(where, key, "holds no token", "write the account's auth token into it"),))


def password(part: Broker) -> str | None:
    """The broker's password, if it wants one."""
    return _line("broker.password_file", part.password_file) if part.password_file else part.password


def shipped(folder: str) -> Path:
    """A folder of data that ships with the program (config/<folder>)."""
    return Path(__file__).resolve().parent.parent / "config" / folder


def ladder_file(conf: Conf) -> Path:
    """Where the ladders are written."""
    name = conf.ladder.file
    return Path(name) if name.endswith(".toml") else shipped("ladders") / f"{name}.toml"


def _misfits(conf: Conf, where: str) -> tuple[Problem, ...]:
    service, sms = conf.service, conf.channels.sms_twilio
    problems = []
    if len(service.base_url.rstrip("/")) + len(service.signature) > _ROOM:
        what = f"and the signature are longer than {_ROOM} characters: no SMS could hold the link"
        problems.append(Problem(where, "service.base_url", what, "give the service a shorter name"))
    if sms is not None and not sms.token and sms.token_file is None:
        key = "channels.sms_twilio.token_file"
        problems.append(Problem(where, key, "is missing", "name the file that holds the auth token"))
    return tuple(problems)


def _line(key: str, path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text().strip()
    except OSError as error:
        raise _missing(key, error, "write the secret into that file, readable by the service only") from error


def _missing(key: str, error: OSError, remedy: str) -> ConfError:
    return ConfError((Problem(str(error.filename), key, error.strerror or str(error), remedy),))


def _resolved(conf: Conf, base: Path) -> Conf:
    service = replace(
        conf.service,
        data=base / conf.service.data,
        secret_file=base / conf.service.secret_file,
        base_url=conf.service.base_url.rstrip("/"),
        messages=base / conf.service.messages if conf.service.messages else None,
    )
    broker = replace(conf.broker, password_file=_beside(base, conf.broker.password_file))
    name = conf.ladder.file
    ladder = LadderFile(str(base / name) if name.endswith(".toml") else name)
    return replace(
        conf, service=service, broker=broker, ladder=ladder, channels=_channels(conf.channels, base)
    )


def _channels(channels: Channels, base: Path) -> Channels:
    log, sms = channels.log, channels.sms_twilio
    return Channels(
        log and replace(log, file=_beside(base, log.file)),
        sms and replace(sms, token_file=_beside(base, sms.token_file), api=sms.api.rstrip("/")),
    )


def _beside(base: Path, path: Path | None) -> Path | None:
    return base / path if path else None
