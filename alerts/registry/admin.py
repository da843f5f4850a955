"""The registry's pages for the centre's staff: thin, as the tables are."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from alerts.registry import models

admin.site.site_header = _("Shouwang registry")
admin.site.site_title = _("Shouwang registry")
admin.site.index_title = _("Who lives where, and who looks after them")


class ResidentInline(admin.StackedInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The residents on their home's page."""

    model = models.Resident
    extra = 0


class ContactInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The contacts on their home's page."""

    model = models.Contact
    extra = 0


class DeviceInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The sensors on their home's page."""

    model = models.Device
    extra = 0


class PostInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The posts on their worker's page."""

    model = models.Post
    extra = 0


@admin.register(models.Area)
class AreaAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """The tree of areas."""

    list_display = ("name", "level", "parent", "slug")
    list_filter = ("level",)
    search_fields = ("name", "slug")


@admin.register(models.Home)
class HomeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """A home with all that stands and lives in it."""

    list_display = ("id", "address", "door", "area", "gateway")
    list_filter = ("area",)
    search_fields = ("id", "address", "door", "residents__name")
    inlines = (ResidentInline, ContactInline, DeviceInline)


@admin.register(models.Worker)
class WorkerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """A worker and the areas in their care."""

    list_display = ("name", "phone", "language", "active")
    list_filter = ("active",)
    search_fields = ("name", "phone")
    inlines = (PostInline,)


@admin.register(models.Gateway)
class GatewayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """The boxes, and the keys that seal what they say."""

    list_display = ("id", "note")
    search_fields = ("id",)
