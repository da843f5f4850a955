"""Keeps the registry's sensors in step with the home: a new one in the place of an old one."""

from __future__ import annotations

from alerts.registry.models import Device
from rules.model import Swapped


def swapped(home: str, swap: Swapped) -> str | None:
    """Give the new sensor the old one's room and name. Returns why not, if it could not be done."""
    taken = Device.objects.filter(pk=swap.new).first()
    if taken is not None and taken.home_id != home:
        return "swap for a sensor of another home"
    old = Device.objects.filter(pk=swap.old, home=home).first()
    if old is not None:
        Device.objects.update_or_create(
            pk=swap.new, defaults={"home_id": home, "room": old.room, "name": old.name}
        )
        old.delete()
    return None
