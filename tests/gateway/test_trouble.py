"""What `gateway run` says where it cannot go on, and what systemd's socket may do to it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.commands.gateway import gateway
from gateway.journal import Journal
from gateway.sd_notify import notify
from gateway.trouble import explained

CONFIG = f"""
[gateway]
id = "gw"
key = "{"ab" * 32}"
data = "data"
[[home]]
id = "h-1"
zone = "Asia/Shanghai"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIG)
    return path


def ran(config: Path) -> Result:
    return CliRunner().invoke(gateway, ["run", str(config)])


def test_a_journal_in_use(config: Path) -> None:
    journal = Journal(config.parent / "data" / "journal.db")
    result = ran(config)
    journal.close()
    assert result.exit_code == 1
    assert "another process uses it" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("damage", ["no database", "torn page"])
def test_a_damaged_journal_is_put_aside_and_the_next_start_goes(config: Path, damage: str) -> None:
    path = config.parent / "data" / "journal.db"
    Journal(path).close()
    content = bytearray(path.read_bytes())
    content[0 if damage == "no database" else 100 : 2000] = b"\xa5" * 1900
    path.write_bytes(content)
    result = ran(config)
    assert result.exit_code == 1
    assert "damaged" in result.output
    assert (config.parent / "data" / "journal.db.damaged-1" / "journal.db").exists()
    Journal(path).close()


def test_a_folder_that_cannot_be_made(config: Path) -> None:
    (config.parent / "data").write_text("a file")
    result = ran(config)
    assert result.exit_code == 1
    assert str(config.parent / "data") in result.output


def test_a_full_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.Error) as error:
        journal.remember("x", "y" * 100_000)
    told = explained(ExceptionGroup("tasks", [error.value]), tmp_path)
    assert told is not None
    assert "the disk is full" in told


def test_an_error_of_the_program_keeps_its_traceback(tmp_path: Path) -> None:
    assert explained(ExceptionGroup("tasks", [RuntimeError("a rule")]), tmp_path) is None


@pytest.mark.parametrize("there", [True, False])
def test_systemd_that_does_not_listen_stops_nothing(tmp_path: Path, monkeypatch: Any, there: bool) -> None:
    address = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(address))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        if there:
            systemd.bind(str(address))
        for _ in range(1000):  # nobody reads: its queue is full
            notify("WATCHDOG=1")


def test_told_to_stop_at_any_moment_of_its_start_it_stops(config: Path) -> None:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "gateway", "run", str(config)]
    for wait in (0.2, 0.7, 1.5):
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ) as program:
            time.sleep(wait)
            program.send_signal(signal.SIGTERM)
            _, said = program.communicate(timeout=20)
        assert program.returncode in (0, -signal.SIGTERM)
        assert b"Traceback" not in said
