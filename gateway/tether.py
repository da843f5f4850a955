"""Runs a program that must not outlive us: `python -m gateway.tether PARENT_PID PROGRAM ARGUMENT…`.

The kernel is asked to kill it when the thread that started it ends, however it ends (Linux only; elsewhere a
`kill -9` of the parent leaves the child, every other end of the parent stops it).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tethered(command: Sequence[str]) -> tuple[str, ...]:
    """The command that runs `command` as a child that dies with the calling thread."""
    if sys.platform != "linux":
        return tuple(command)
    return (sys.executable, "-m", "gateway.tether", str(os.getpid()), *command)


def main(arguments: Sequence[str]) -> None:
    """Bind this process to its parent and become the program. Exits 127 if the program cannot be found."""
    parent, program, *rest = arguments
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):  # it died before we could ask
        sys.exit(0)
    found = shutil.which(program)
    if found is None:
        print(f"{program} is not there; is the environment complete?", file=sys.stderr)
        sys.exit(127)
    os.execv(found, (program, *rest))  # noqa: S606  no shell: that is the point


if __name__ == "__main__":
    main(sys.argv[1:])
