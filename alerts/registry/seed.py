"""Reads a registry file (TOML) and brings the tables in line with it; a second time it changes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from django.db import models as db
from django.db import transaction

from alerts.registry import forms, models
from rules.strict import Form, Problem, Range, load

_Id = Annotated[str, Form(r"[A-Za-z0-9_-]{1,64}", "letters, digits, - and _, 64 at most")]
_Phone = Annotated[str, Form(forms.PHONE, "in international form, such as +8613800000000")]
_Key = Annotated[str, Form(forms.KEY, "64 hexadecimal digits")]


@dataclass(frozen=True, slots=True)
class Area:
    """[[area]]"""

    id: _Id
    name: str
    level: Literal["district", "street", "community", "grid", "microgrid"]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """[[gateway]]"""

    id: _Id
    key: _Key
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resident:
    """[[home.resident]]"""

    name: str
    born: Annotated[int, Range(1890, 2100)] | None = None
    sex: Literal["f", "m", ""] = ""
    phone: str = ""
    illness: str = ""
    mobility: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """[[home.contact]]"""

    order: int
    name: str
    phone: _Phone
    relation: str = ""
    keyholder: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """[[home.device]]"""

    id: str
    room: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """[[home]]"""

    id: _Id
    area: str
    address: str
    door: str
    gateway: str | None = None
    zone: str = "Asia/Shanghai"
    access: str = ""
    latitude: Annotated[float, Range(-90.0, 90.0)] | None = None
    longitude: Annotated[float, Range(-180.0, 180.0)] | None = None
    resident: tuple[Resident, ...] = ()
    contact: tuple[Contact, ...] = ()
    device: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """[[worker.post]]"""

    area: str
    role: Literal["grid_worker", "grid_leader", "community_desk", "street_centre"]


@dataclass(frozen=True, slots=True)
class Worker:
    """[[worker]]"""

    name: str
    phone: _Phone
    language: Literal["zh", "en"] = "zh"
    active: bool = True
    post: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class Registry:
    """The whole file."""

    area: tuple[Area, ...] = ()
    gateway: tuple[Gateway, ...] = ()
    home: tuple[Home, ...] = ()
    worker: tuple[Worker, ...] = ()


class SeedError(ValueError):
    """A registry file that cannot be used; `problems` holds every mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read(path: Path) -> Registry:
    """The file's content. Raises SeedError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SeedError((Problem(str(path), "", str(error), "give a readable TOML file"),)) from error
    registry, problems = load(Registry, table, str(path))
    if registry is None:
        raise SeedError(problems)
    if problems := _dangling(registry, str(path)) + _zones(registry, str(path)):
        raise SeedError(problems)
    return registry


def seed(registry: Registry) -> None:
    """Write it, all or nothing. What the file does not name stays as it is."""
    with transaction.atomic():
        for area in _downwards(registry.area):
            _area(area)
        for gateway in registry.gateway:
            _put(models.Gateway, {"id": gateway.id}, gateway)
        areas = {area.slug: area for area in models.Area.objects.all()}
        for home in registry.home:
            _home(home, areas)
        for worker in registry.worker:
            _worker(worker, areas)


def _downwards(areas: tuple[Area, ...]) -> tuple[Area, ...]:
    """The areas that are below none of the others first; without those that lead in a circle."""
    waiting = {area.id for area in areas}
    first = tuple(area for area in areas if area.parent not in waiting)
    rest = tuple(area for area in areas if area.parent in waiting)
    return (*first, *_downwards(rest)) if first else ()


def _area(area: Area) -> None:
    parent = models.Area.objects.get(slug=area.parent) if area.parent else None
    models.Area.objects.update_or_create(
        slug=area.id, defaults={"name": area.name, "level": area.level, "parent": parent}
    )


def _home(home: Home, areas: Mapping[str, models.Area]) -> None:
    row = _put(models.Home, {"id": home.id}, home, {"area": areas[home.area], "gateway_id": home.gateway})
    for resident in home.resident:
        _put(models.Resident, {"home": row, "name": resident.name}, resident)
    for contact in home.contact:
        _put(models.Contact, {"home": row, "phone": contact.phone}, contact)
    for device in home.device:
        _put(models.Device, {"id": device.id}, device, {"home": row})


def _worker(worker: Worker, areas: Mapping[str, models.Area]) -> None:
    row = _put(models.Worker, {"phone": worker.phone}, worker)
    for post in worker.post:
        models.Post.objects.get_or_create(worker=row, area=areas[post.area], role=post.role)


def _put(
    model: type[db.Model], key: Mapping[str, Any], item: Any, more: Mapping[str, Any] | None = None
) -> Any:
    names = {field.name for field in model._meta.concrete_fields} - set(key)
    plain = {f.name: getattr(item, f.name) for f in fields(item) if f.name in names and f.name not in _JOINED}
    row, _ = model._default_manager.update_or_create(**key, defaults=plain | dict(more or {}))
    return row


_JOINED = frozenset({"area", "gateway"})


def _dangling(registry: Registry, where: str) -> tuple[Problem, ...]:
    """Names of areas and gateways that neither the file nor the tables hold."""
    areas = {a.id for a in registry.area} | set(models.Area.objects.values_list("slug", flat=True))
    gateways = {g.id for g in registry.gateway} | set(models.Gateway.objects.values_list("id", flat=True))
    named = [
        *((f"area {a.id}.parent", a.parent, areas) for a in registry.area if a.parent),
        *((f"home {h.id}.area", h.area, areas) for h in registry.home),
        *((f"home {h.id}.gateway", h.gateway, gateways) for h in registry.home if h.gateway),
        *((f"worker {w.name}.post.area", p.area, areas) for w in registry.worker for p in w.post),
    ]
    rooted = {area.id for area in _downwards(registry.area)}
    circles = [
        Problem(where, f"area {area.id}.parent", "leads in a circle", "let one of them have no parent")
        for area in registry.area
        if area.id not in rooted
    ]
    unknown = [
        Problem(where, key, f'"{name}" is not known', "add it, or correct the name")
        for key, name, known in named
        if name not in known
    ]
    return (*unknown, *circles)


def _zones(registry: Registry, where: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(where, f"home {home.id}.zone", f'"{home.zone}" is no time zone', "such as Asia/Shanghai")
        for home in registry.home
        if not forms.zone_exists(home.zone)
    )
