"""What a phone number, a key and a time zone look like, for registry files and the registry's pages alike."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

PHONE = r"\+[1-9]\d{6,14}"
KEY = r"[0-9a-fA-F]{64}"
_USUAL = "Asia/Shanghai"

phone = RegexValidator(rf"^{PHONE}\Z", _("in international form, such as +8613800000000"))
key = RegexValidator(rf"^{KEY}\Z", _("64 hexadecimal digits"))


def zone(name: str) -> ZoneInfo:
    """The time zone of this name; the usual one if there is none: a clock that is off must stop no alarm."""
    return ZoneInfo(name if zone_exists(name) else _USUAL)


def check_zone(name: str) -> None:
    """Raises ValidationError if no time zone has this name."""
    if not zone_exists(name):
        raise ValidationError(_("no time zone; such as Asia/Shanghai"))


def zone_exists(name: str) -> bool:
    """There is such a time zone."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # a folder's name, a path, a name that nobody knows
        return False
    return True
