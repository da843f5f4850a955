"""The one command, `shouwang`: a group whose commands each program brings through entry points."""

from __future__ import annotations

from importlib.metadata import entry_points

import click

GROUP = "shouwang.commands"


class _Programs(click.Group):
    """Loads a program only when its command is called, so that the gateway never pays for Django."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(point.name for point in entry_points(group=GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for point in entry_points(group=GROUP, name=cmd_name):
            command: click.Command = point.load()
            return command
        return None


@click.command(cls=_Programs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shouwang")
def main() -> None:
    """守望 — keeps watch over old people who live alone."""
