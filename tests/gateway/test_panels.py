"""Alarm panels at a gateway: settings, `check`, and a whole process that is killed after it has answered."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brokers import free_port
from panels import ACCOUNT, Site, ack, smoke, sos

from devices.sources.tcp import Place
from gateway.check import report
from gateway.journal import FILE, Journal
from gateway.settings import ListenPart, Settings, SettingsError, read
from rules.model import Kind, Origin, Reading
from rules.record import decode

GATEWAY = f'[gateway]\nid = "gw-1"\nkey = "{"ab" * 32}"\ndata = "data"\n'
PANELS = '[[source]]\nname = "panels"\ntype = "sia-dc09"\nport = 12010\n'
HOME = '[[home]]\nid = "h-1"\nzone = "Asia/Shanghai"\n'
HEAD = f'[[home.device]]\nid = "head"\nroom = "kitchen"\naddress = "{ACCOUNT}/129"\nkinds = ["smoke"]\n'
CORD = f'[[home.device]]\nid = "cord"\nroom = "bath"\naddress = "{ACCOUNT}/001"\nkinds = ["sos"]\n'
PROGRAM = str(Path(sys.executable).with_name("shouwang"))


def written(folder: Path, *parts: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(GATEWAY + "".join(parts), "utf-8")
    return path


def settings(folder: Path, *parts: str) -> Settings:
    return read(written(folder, *parts))


def refused(folder: Path, *parts: str) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        settings(folder, *parts)
    return [(problem.key, f"{problem.what}; {problem.remedy}") for problem in caught.value.problems]


def test_a_port_for_panels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    allow = 'listen = "192.168.1.2"\nallow = ["192.168.1.20", "10.0.0.0/8"]\ntransport = "tcp"\n'
    found = settings(tmp_path, PANELS + allow, HOME, HEAD, CORD)
    (part,) = found.sources
    assert isinstance(part, ListenPart)
    assert part.listen == Place("192.168.1.2", 12010, tcp=True, udp=False)
    assert part.where == "192.168.1.2:12010, listening on TCP to 192.168.1.20/32, 10.0.0.0/8"
    assert report(tmp_path / "gateway.toml") == 0
    assert "source panels: sia-dc09 at 192.168.1.2:12010, listening on TCP" in capsys.readouterr().out


def test_a_zone_is_supervised_as_its_panel_is(tmp_path: Path) -> None:
    (home,) = settings(tmp_path, PANELS, HOME, HEAD, CORD).homes
    assert [d.supervision and d.supervision.warn.total_seconds() for d in home.home.devices] == [180.0, 180.0]


@pytest.mark.parametrize(
    ("parts", "key", "says"),
    [
        ((PANELS.replace("12010", "80"), HOME, HEAD), "source[1].port", "1024"),
        ((PANELS.replace("port = 12010", ""), HOME, HEAD), "source[1].port", "missing"),
        ((PANELS + 'allow = ["192.168.1.0/8"]\n', HOME, HEAD), "source[1].allow", "host bits set"),
        ((PANELS + 'transport = "tls"\n', HOME, HEAD), "source[1].transport", "udp"),
        ((PANELS + 'options = { x = "y" }\n', HOME, HEAD), "source[1].options.x", "no option"),
        (
            (PANELS, PANELS.replace('"panels"', '"two"'), HOME, HEAD + 'source = "two"\n'),
            "source[2].port",
            "listened at twice",
        ),
        (
            (PANELS, HOME, HEAD.replace(f'address = "{ACCOUNT}/129"\n', "")),
            "home[1].device[1].id",
            '"head" is no account of a panel',
        ),
        (
            ('[[source]]\nname = "m"\ntype = "at-modem"\nport = "/dev/ttyUSB2"\n', HOME, HEAD),
            "source[1].type",
            "a modem, which sends texts and senses nothing",
        ),
    ],
)
def test_mistakes(tmp_path: Path, parts: tuple[str, ...], key: str, says: str) -> None:
    problems = refused(tmp_path, *parts)
    assert any(found == key and says in text for found, text in problems), problems


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Runs the gateway of this folder's settings."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            command = [PROGRAM, "gateway", "run", str(tmp_path / "gateway.toml")]
            running.append(subprocess.Popen(command, stdout=log, stderr=log))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait(10)


def stored(folder: Path) -> list[tuple[str, Kind, Origin]]:
    """What the journal of a gateway that was killed holds."""
    journal = Journal(folder / "data" / FILE)
    try:
        records = [decode(line) for _, lines in journal.records() for line in lines]
    finally:
        journal.close()
    readings = [record.item for record in records if isinstance(record.item, Reading)]
    return [(r.device, r.kind, r.origin) for r in readings if r.kind is not Kind.ONLINE]


def test_what_was_acknowledged_is_on_the_disk(
    tmp_path: Path, starts: Callable[[], subprocess.Popen[bytes]]
) -> None:
    site = Site(free_port())
    written(tmp_path, PANELS.replace("12010", str(site.port)) + 'listen = "127.0.0.1"\n', HOME, HEAD, CORD)

    async def work() -> None:
        gateway = starts()
        panel, other = await site.calls(), await site.calls()
        other.says(sos(7)[:30])  # amid a message when the power goes
        assert await panel.asks(smoke()) == ack()
        gateway.kill()
        gateway.wait(10)
        assert stored(tmp_path) == [("head", Kind.SMOKE, Origin.EVENT)]
        gateway = starts()
        panel = await site.calls()
        assert await panel.asks(sos(7)) == ack(7)
        gateway.kill()
        gateway.wait(10)
        await site.leaves()

    asyncio.run(work())
    assert stored(tmp_path)[-1] == ("cord", Kind.SOS, Origin.EVENT)


def test_who_watches_on_site_answers_nothing(tmp_path: Path) -> None:
    """The panel says it again, to a gateway that stores it."""
    site = Site(free_port())
    local = PANELS.replace("12010", str(site.port)) + 'listen = "127.0.0.1"\n'
    path = written(tmp_path, local, HOME, HEAD, CORD)

    async def work() -> None:
        command = [PROGRAM, "devices", "watch", str(path), "--seconds", "4"]
        with (tmp_path / "watch").open("wb") as out:
            watch = subprocess.Popen(command, stdout=out, env=os.environ | {"COLUMNS": "140"})
        panel = await site.calls()
        panel.says(smoke())
        with pytest.raises(TimeoutError):
            await panel.hears(0.5)
        await site.leaves()
        watch.wait(20)

    asyncio.run(work())
    assert "SMOKE" in (tmp_path / "watch").read_text("utf-8")
