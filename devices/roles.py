"""From what a device says it exposes to what it means here: general rules first, few exceptions as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from devices import roles_binary, roles_enum
from devices.exceptions import NO_EXCEPTIONS, Exceptions
from devices.role import About, Expose, Role
from rules.model import Kind

_SETTABLE: Final = 2  # the bit of `access`: 1 published, 2 settable, 4 gettable
_NUMBERS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.BATTERY, r"^battery$"),
        (Kind.CO_LEVEL, r"^co(?:_ppm|_value|_level|_concentration)?$|^carbon_monoxide_(?:value|level|ppm)$"),
        (Kind.SMOKE_LEVEL, r"^smoke_(?:concentration|density|density_dbm|level|value)$"),
        (Kind.HEART_RATE, r"^heart_?(?:beat_)?rate$"),
        (Kind.RESPIRATION, r"^(?:breath(?:ing)?|respirat(?:ory|ion))_?(?:rate)?$"),
    )
)


def roles(
    exposes: Sequence[Any],
    vendor: str,
    model: str,
    description: str = "",
    exceptions: Exceptions = NO_EXCEPTIONS,
) -> tuple[Role, ...]:
    """What the properties that a device publishes mean. Never raises: what it cannot read it leaves out."""
    read = [expose for row in exposes if (expose := _expose(row)) is not None]
    sorts = frozenset(str(row.get("type")) for row in exposes if isinstance(row, Mapping))
    about = About(description.lower(), sorts, frozenset(expose.property for expose in read))
    found = tuple(role for expose in read for role in _roles(expose, about))
    exception = exceptions.get((vendor, model))
    return found if exception is None else exception.applied(found)


def _roles(expose: Expose, about: About) -> Iterable[Role]:
    match expose.type:
        case "binary":
            return roles_binary.read(expose, about)
        case "enum":
            return roles_enum.read(expose, about)
        case "numeric":
            return _number(expose)
    return ()


def _number(expose: Expose) -> Iterator[Role]:
    if expose.settable:
        return
    for kind, pattern in _NUMBERS:
        if pattern.match(expose.property):
            yield Role(expose.property, kind)


def _expose(row: Any) -> Expose | None:
    match row:
        case {"property": str(name), "type": str(sort)}:
            access = row.get("access")
            settable = isinstance(access, int) and access & _SETTABLE != 0
            on, off, values = row.get("value_on"), row.get("value_off"), row.get("values")
            listed = tuple(filter(_plain, values)) if isinstance(values, list) else ()
            stem = name.removesuffix(f"_{row.get('endpoint')}")
            return Expose(
                name, sort, stem, settable, on if _plain(on) else None, off if _plain(off) else None, listed
            )
    return None


def _plain(value: object) -> bool:
    return isinstance(value, str | bool | int | float)
