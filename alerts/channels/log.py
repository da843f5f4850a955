"""A channel to nobody: one JSON line a notice, for a first look and for tests."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from alerts.channels.port import Notice, Receipt


@dataclass(frozen=True, slots=True)
class Log:
    """Writes to `file`, or to stdout without one."""

    file: Path | None = None
    name: str = "log"

    async def send(self, notice: Notice) -> Receipt:
        """Write the line."""
        await asyncio.to_thread(self._write, line(notice))
        return Receipt(f"log-{notice.id}")

    async def seek(self, notice: Notice) -> Receipt | None:
        """Look through the file for the notice's line; stdout forgets."""
        if self.file is None or not self.file.exists():
            return None
        text = await asyncio.to_thread(self.file.read_text, encoding="utf-8")
        return Receipt(f"log-{notice.id}") if str(notice.id) in text else None

    def _write(self, text: str) -> None:
        if self.file is None:
            print(text, file=sys.stdout, flush=True)
            return
        with self.file.open("a", encoding="utf-8") as out:
            out.write(text + "\n")


def line(notice: Notice) -> str:
    """The notice as JSON: id, person, address and text."""
    fields = {"notice": str(notice.id), "to": notice.address, "person": notice.person, "text": notice.text}
    return json.dumps(fields, ensure_ascii=False)
