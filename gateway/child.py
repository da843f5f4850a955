"""One of our own programs as a child process: `shouwang …`, dying with us, its output in a file or ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from gateway.tether import tethered

_SHOUWANG = (sys.executable, "-c", "from gateway.cli import main; main()")


class ChildError(RuntimeError):
    """A program ended that should not have; the message shows its last words."""


@dataclass(slots=True)
class Child:
    """A program that runs until it is stopped, and may be started again."""

    arguments: Sequence[str]
    log: Path | None = None  # None: where our own output goes
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C is for us, and we end it in order."""
        with nullcontext() if self.log is None else self.log.open("ab") as log:
            self._process = subprocess.Popen(
                tethered((*_SHOUWANG, *self.arguments)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log if log is None else subprocess.STDOUT,
                env=os.environ | self.environment,
                start_new_session=True,
            )

    def stop(self, patience: float = 10.0) -> None:
        """Ask it to end; after `patience` seconds, end it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End it at once (`kill -9`), as the kernel or a power cut would."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def check(self) -> None:
        """Raise ChildError if it is gone."""
        if not self.running:
            raise ChildError(f"shouwang {' '.join(self.arguments)} ended:\n{tail(self.log)}")


def once(arguments: Sequence[str], log: Path | None = None) -> None:
    """Run one command to its end. Raises ChildError if it fails."""
    with nullcontext() if log is None else log.open("ab") as out:
        done = subprocess.run(
            (*_SHOUWANG, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out if out is None else subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise ChildError(f"shouwang {' '.join(arguments)} failed:\n{tail(log)}")


def tail(log: Path | None, lines: int = 12) -> str:
    """The end of a log."""
    if log is None or not log.exists():
        return "(it said nothing)"
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:])
