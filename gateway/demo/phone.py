"""A text as a phone shows it, drawn in the terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.align import Align
from rich.box import HEAVY
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.text import Text as Rich

from gateway.demo.sms import Text, segments

CODE = re.compile(r"回1 (\d{4})")
_WIDTH = 46


def code(text: Text) -> str | None:
    """The code of a summons; None if the text asks nobody to come."""
    found = CODE.search(text.body)
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody's phone on the screen."""

    console: Console

    def shows(self, who: str, text: Text, when: str) -> None:
        """A text comes in."""
        colour = "red" if code(text) else "green"
        foot = f"{len(text.body)} 字 · {segments(text.body)} SMS"
        self.console.print(_panel(who, Rich(text.body), f"{text.to} · {when}", foot, colour))

    def answers(self, who: str, said: str, heard: str) -> None:
        """The owner of the phone texts back, and is answered."""
        body = Rich.assemble((said, "bold"), "\n", (heard, "dim"))
        self.console.print(Align.right(_panel(who, body, "回复", "", "blue")))


def _panel(who: str, body: RenderableType, title: str, foot: str, colour: str) -> Panel:
    return Panel(
        body,
        title=f"[bold]{who}[/bold] [dim]{title}[/dim]",
        subtitle=f"[dim]{foot}[/dim]" if foot else None,
        width=_WIDTH,
        box=HEAVY,
        border_style=colour,
        padding=(0, 1),
    )
