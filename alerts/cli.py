"""The commands of the alert service: init, seed, user, run, mode, story."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click

from alerts import conf as settings_file
from alerts import logs
from rules.model import Mode
from rules.strict import span

F = TypeVar("F", bound=Callable[..., object])


@click.group()
def alerts() -> None:
    """The centre: alerts, the people who come, and the console."""


def _config(command: F) -> F:
    return click.option(
        "--config",
        envvar=settings_file.ENV,
        required=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The alert service's settings (TOML).",
    )(command)


@alerts.command()
@_config
def init(config: Path) -> None:
    """Make the data folder, the secret and the tables; again, bring them up to date."""
    conf = _read(config)
    conf.service.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # residents' lives are in it
    _secret(conf.service.secret_file)
    _django(config)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    click.echo(f"ready: {conf.service.data / 'alerts.db'}")


@alerts.command()
@_config
@click.argument("registry", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def seed(config: Path, registry: Path) -> None:
    """Bring areas, homes, people and gateways in line with REGISTRY (TOML)."""
    _django(config)
    from alerts.registry import seed as seeds

    try:
        content = seeds.read(registry)
    except seeds.SeedError as error:
        raise click.ClickException(str(error)) from error
    seeds.seed(content)
    click.echo(f"{len(content.home)} homes, {len(content.worker)} workers, {len(content.area)} areas")


@alerts.command()
@_config
@click.argument("name")
@click.option("--password", help="Seen by others in the list of processes; --password-file is not.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def user(config: Path, name: str, password: str | None, password_file: Path | None) -> None:
    """Make a login for the console, or set its password."""
    if password_file is not None:
        password = password_file.read_text().strip()
    if not password:
        raise click.UsageError("give --password-file FILE (or --password WORD)")
    _django(config)
    from django.contrib.auth.models import User

    account, made = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "is_superuser": True}
    )
    account.set_password(password)
    account.save()
    click.echo(f"{'made' if made else 'changed'}: {name}")


@alerts.command()
@_config
@click.option(
    "--only", default="", help="Some of intake,escalator,courier,watch,web; desk is the middle three."
)
def run(config: Path, only: str) -> None:
    """Run the service: intake, escalator, courier, watch and the console, in one process."""
    logs.set_up()
    conf = _read(config)
    try:
        settings_file.secret(conf)  # without it each process would sign its links by a secret of its own
        _django(config)
        from alerts import run as service

        asyncio.run(service.run(conf, _parts(only, service.PARTS)))
    except (settings_file.ConfError, ValueError) as error:
        raise click.ClickException(str(error)) from error


@alerts.command()
@_config
@click.argument("id", metavar="ID")
def story(config: Path, id: str) -> None:  # noqa: A002  the field's own name
    """Print an alert's story and check its chain. ID is the alert's id, or the code of an open one."""
    _django(config)
    from alerts.core import story as chain
    from alerts.desk import models, store

    named = {"code": id} if id.isdigit() else {"pk": _uuid(id)}
    row = models.Alert.objects.filter(**named).order_by("-opened_at").first()
    if row is None:
        raise click.ClickException(f"there is no alert {id}")
    lines = store.chain(row.pk)
    for line, mac in lines:
        click.echo(f"{line.n:4} {line.at.isoformat()} {line.what:12} {line.who} {dict(line.data)} {mac[:12]}")
    bad = chain.broken(str(row.pk), lines)
    if bad is not None:
        raise click.ClickException(f"entry {bad} was changed, or one before it is gone")
    click.echo("the chain holds")


@alerts.command()
@_config
@click.argument("home")
@click.argument("said", metavar="MODE", type=click.Choice([mode.value for mode in Mode]))
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.option("--for", "lasts", metavar="SPAN", help="How long (12h, 3d); else as usual for the mode.")
@click.option("--note", default="")
def mode(config: Path, home: str, said: str, by: str, lasts: str | None, note: str) -> None:
    """Say that HOME is home, away, in hospital, with a visitor, or in test; the running service tells it."""
    wait = span(lasts) if lasts else None
    if lasts and not wait:
        raise click.UsageError(f'--for takes a time such as "30m", "12h" or "3d", not "{lasts}"')
    _django(config)
    from alerts.clock import clock
    from alerts.desk import modes
    from alerts.registry.models import Home

    now = clock().now()
    try:
        row = modes.say(home, Mode(said), modes.Speaker("", by, note), now, now + wait if wait else None)
    except Home.DoesNotExist as error:
        raise click.ClickException(f"there is no home {home}") from error
    except modes.ModeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{home}: {row.mode}" + (f" until {row.until.isoformat()}" if row.until else ""))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise click.ClickException(f"there is no alert {text}") from error


def _read(config: Path) -> settings_file.Conf:
    try:
        return settings_file.read(config)
    except settings_file.ConfError as error:
        raise click.ClickException(str(error)) from error


def _secret(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w") as out:
        out.write(secrets.token_urlsafe(48) + "\n")


def _django(config: Path) -> None:
    """Set Django up for these settings."""
    _read(config)
    os.environ[settings_file.ENV] = str(config)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerts.settings")
    import django

    django.setup()


def _parts(only: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = [name for name in only.replace("desk", "escalator,courier,watch").split(",") if name]
    for name in names:
        if name not in known:
            raise click.UsageError(f"--only knows {', '.join(known)} and desk, not {name}")
    return tuple(names) or known
