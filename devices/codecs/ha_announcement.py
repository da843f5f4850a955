"""One discovery message of Home Assistant's MQTT convention: the entities that it announces, spelt out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from devices import template_reader
from devices.codecs import ha_roles
from devices.payload import Table
from devices.template import Template, TemplateError

SHORT: Final = {  # the abbreviations that sensors use, of Home Assistant's mqtt/abbreviations.py
    "atype": "automation_type",
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "evt_typ": "event_types",
    "exp_aft": "expire_after",
    "ic": "icon",
    "obj_id": "object_id",
    "off_dly": "off_delay",
    "p": "platform",
    "pl": "payload",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_t": "state_topic",
    "stype": "subtype",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
SHORT_DEVICE: Final = {"cns": "connections", "ids": "identifiers"}
SHARED: Final = (  # what a device's announcement may say once for all of its components
    *("availability", "availability_topic", "availability_mode", "availability_template"),
    *("payload_available", "payload_not_available", "state_topic", "device", "~"),
)
PARTS: Final = 200  # of one device


class AnnouncementError(ValueError):
    """The announcement cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A topic that tells whether the entity is there."""

    topic: str
    template: Template | None
    on: str
    off: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that a device tells. `who` is "<device>/<unique id>", or the latter alone."""

    who: str
    role: str
    topic: str
    template: Template | None
    on: str
    off: str | None
    lasts: float | None  # seconds, after which it is at rest again without a word
    watches: tuple[Watch, ...]
    mode: str  # whether all of them, any, or the latest decides

    @property
    def device(self) -> str:
        """The sender without the entity."""
        return self.who.rpartition("/")[0] or self.who


def read(place: Sequence[str], config: Table) -> tuple[Sequence[Entity], Sequence[str]]:
    """The entities announced at `place` (component, node if any, object), and why others cannot be used."""
    found: list[Entity] = []
    wrong: list[str] = []
    for name, sort, table in _parts("_".join(place[1:]), place[0], _long(config)):
        try:
            entity = _entity(name, sort, table)
        except AnnouncementError as error:
            wrong.append(str(error))
        else:
            found += () if entity is None else (entity,)
    return found, wrong


def _parts(name: str, component: str, config: Table) -> Iterator[tuple[str, str, Table]]:
    """The announcement itself or, of a whole device, each of its components."""
    if component != "device":
        yield name, component, config
        return
    listed = config.get("components")
    shared = {key: config[key] for key in SHARED if key in config}
    for key, part in list(listed.items())[:PARTS] if isinstance(listed, dict) else ():
        if isinstance(part, dict):
            table = shared | _long(part)
            yield f"{name}_{key}", str(table.get("platform", "")), table


def _entity(name: str, sort: str, config: Table) -> Entity | None:
    """None for what tells nothing that a rule asks for."""
    role = _role(name, sort, config)
    if role is None:
        return None
    topic = config.get("topic" if sort == "device_automation" else "state_topic")
    if not isinstance(topic, str) or not topic:
        raise AnnouncementError("no state topic")
    on, off = _sides(sort, config)
    return Entity(
        who=_who(name, config),
        role=role,
        topic=_whole(topic, config),
        template=_template(config.get("value_template")),
        on=on,
        off=off,
        lasts=_lasts(role, config),
        watches=tuple(_watches(config)),
        mode=str(config.get("availability_mode", "latest")),
    )


def _role(name: str, sort: str, config: Table) -> str | None:
    device_class = config.get("device_class")
    device_class = device_class.lower() if isinstance(device_class, str) else ""
    keys = ("name", "object_id", "unique_id", "value_template", "subtype", "type", "payload")
    words = " ".join([name, *(str(config[key]) for key in keys if isinstance(config.get(key), str))])
    words = words.replace("_", " ").replace("-", " ")[:500]
    match sort:
        case "binary_sensor":
            return ha_roles.binary(device_class, words)
        case "sensor":
            return ha_roles.sensor(device_class, str(config.get("unit_of_measurement") or ""), words)
        case "event":
            return "action"
        case "device_automation":
            said = " ".join(str(config.get(key) or "") for key in ("type", "subtype", "payload"))
            return ha_roles.press(said)
    return None


def _sides(sort: str, config: Table) -> tuple[str, str | None]:
    """What is sent when active and at rest. Both may be JSON booleans or numbers, written as Python does."""
    if sort == "device_automation":
        return str(config.get("payload", "")), None
    on = str(config.get("payload_on", "ON"))
    timed = "off_delay" in config and "payload_off" not in config
    off = None if timed else str(config.get("payload_off", "OFF"))
    if off is not None and on.casefold() == off.casefold():
        raise AnnouncementError("payload_on and payload_off are the same")
    return on, off


def _who(name: str, config: Table) -> str:
    """A device's first identifier, or its address; of the entity its unique id, or its place in discovery."""
    unique = config.get("unique_id")
    entity = (unique if isinstance(unique, str) and unique else name).replace("/", "_")
    device = config.get("device")
    if not isinstance(device, dict):
        return entity
    match device:
        case {"identifiers": str(first) | [str(first), *_]} if first:
            return f"{first}/{entity}"
        case {"connections": [[_, str(first), *_], *_]} if first:
            return f"{first}/{entity}"
    return entity


def _watches(config: Table) -> Iterator[Watch]:
    """From the short form (one topic), or from the list."""
    single = config.get("availability_topic")
    if isinstance(single, str) and single:
        template = config.get("availability_template")
        yield _watch({**config, "topic": single, "value_template": template}, config)
    listed = config.get("availability")
    for one in [listed] if isinstance(listed, dict) else listed if isinstance(listed, list) else []:
        table = _long(one) if isinstance(one, dict) else {}
        if isinstance(table.get("topic"), str):
            yield _watch(table, config)


def _watch(table: Mapping[str, Any], config: Table) -> Watch:
    return Watch(
        _whole(table["topic"], config),
        _template(table.get("value_template")),
        str(table.get("payload_available", "online")),
        str(table.get("payload_not_available", "offline")),
    )


def _whole(topic: str, config: Table) -> str:
    """`~` at the start or the end stands for the base topic."""
    base = config.get("~")
    if "~" in (topic[:1], topic[-1:]):
        if not isinstance(base, str) or not base:
            raise AnnouncementError("undefined base topic")
        topic = base + topic[1:] if topic.startswith("~") else topic[:-1] + base
    if any(sign in topic for sign in "+#\0"):
        raise AnnouncementError("a topic with wildcards")
    return topic


def _template(source: object) -> Template | None:
    if not isinstance(source, str) or not source:
        return None
    try:
        return template_reader.parse(source)
    except TemplateError as error:
        raise AnnouncementError(f"template not understood: {error}") from None


def _lasts(role: str, config: Table) -> float | None:
    """`off_delay` is the end of any state; after `expire_after` it is unknown, and motion is over."""
    expires = config.get("expire_after") if role in ("motion", "vibration") else None
    return _seconds(config.get("off_delay")) or _seconds(expires)


def _seconds(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) and 0 < said < 86_400 else None


def _long(config: Table) -> Table:
    """The same with every abbreviation spelt out."""
    full = {SHORT.get(key, key): value for key, value in config.items()}
    if isinstance(device := full.get("device"), dict):
        full["device"] = {SHORT_DEVICE.get(key, key): value for key, value in device.items()}
    return full
