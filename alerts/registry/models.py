"""Who lives where, and who looks after them. Tables only."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from alerts.registry import forms


class Area(models.Model):
    """A node of the tree district › street › community › grid › micro-grid."""

    class Level(models.TextChoices):
        DISTRICT = "district", _("district")
        STREET = "street", _("street")
        COMMUNITY = "community", _("community")
        GRID = "grid", _("grid")
        MICROGRID = "microgrid", _("micro-grid")

    slug = models.SlugField(_("id"), max_length=64, unique=True)  # the id that registry files use
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(
        max_length=100, db_index=True, editable=False, default=""
    )  # "/1/14/201/": ids from the top

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep `path` true, for this area and all below it."""
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path != self.path:
            self.path = path
            super().save(update_fields=["path"])
            for child in self.children.all():
                child.save()


class Gateway(models.Model):
    """A box in a home or a corridor. `key` seals what it says (hex, 32 bytes)."""

    id = models.SlugField(_("id"), primary_key=True, max_length=64)
    key = models.CharField(_("key"), max_length=128, validators=[forms.key])
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")

    def __str__(self) -> str:
        return self.id


class Home(models.Model):
    """A dwelling under watch."""

    id = models.SlugField(_("id"), primary_key=True, max_length=64)
    area = models.ForeignKey(Area, models.PROTECT, related_name="homes", verbose_name=_("area"))
    gateway = models.ForeignKey(Gateway, models.PROTECT, related_name="homes", null=True, blank=True)
    address = models.CharField(_("address"), max_length=200)  # 清波街道劳动路 12 号
    door = models.CharField(_("door"), max_length=40)  # 3幢402: what a grid worker looks for
    zone = models.CharField(
        _("time zone"), max_length=40, default="Asia/Shanghai", validators=[forms.check_zone]
    )
    access = models.TextField(_("way in"), blank=True)  # key-safe, who holds a key
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = _("home")
        verbose_name_plural = _("homes")

    def __str__(self) -> str:
        return f"{self.address} {self.door}"


class Resident(models.Model):
    """An old person who lives in a home."""

    home = models.ForeignKey(Home, models.CASCADE, related_name="residents")
    name = models.CharField(_("name"), max_length=60)
    born = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=[("f", _("female")), ("m", _("male"))], blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    illness = models.TextField(_("illness"), blank=True)
    mobility = models.TextField(_("mobility"), blank=True)

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A relative or neighbour, in the order in which to call them."""

    home = models.ForeignKey(Home, models.CASCADE, related_name="contacts")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    name = models.CharField(_("name"), max_length=60)
    relation = models.CharField(_("relation"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=20, validators=[forms.phone])
    keyholder = models.BooleanField(_("holds a key"), default=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.name} ({self.relation})"


class Worker(models.Model):
    """Somebody who goes to doors."""

    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("phone"), max_length=20, unique=True, validators=[forms.phone])
    language = models.CharField(_("language"), max_length=5, default="zh")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A worker's role for an area; homes below that area are in their care."""

    class Role(models.TextChoices):
        WORKER = "grid_worker", _("grid worker")
        LEADER = "grid_leader", _("grid leader")
        COMMUNITY = "community_desk", _("community desk")
        STREET = "street_centre", _("street centre")

    worker = models.ForeignKey(Worker, models.CASCADE, related_name="posts")
    area = models.ForeignKey(Area, models.CASCADE, related_name="posts")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [models.UniqueConstraint(fields=["worker", "area", "role"], name="post_once")]

    def __str__(self) -> str:
        return f"{self.worker} · {self.role} · {self.area}"


class Device(models.Model):
    """A sensor as the gateway's settings name it; the timeline's lanes."""

    id = models.CharField(primary_key=True, max_length=200)
    home = models.ForeignKey(Home, models.CASCADE, related_name="devices")
    room = models.CharField(_("room"), max_length=60)
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return self.name or self.id
