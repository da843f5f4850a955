"""Makes the sources that the settings name: each connection with the codec of what speaks there."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import cast

from devices.codecs.zigbee2mqtt import Zigbee2Mqtt
from devices.families import LineCodec, MqttCodec, SerialCodec, find
from devices.link import Address
from devices.port import Receiver, Source, TopicCodec
from devices.sources.callers import Bounds
from devices.sources.mqtt import MqttSource
from devices.sources.serial import Poll, SerialSource
from devices.sources.tcp import ListenSource
from devices.told_readings import Enrolled, Meaning, ToldReader, ToldReceiver, TopicToldReader
from gateway.clock import Clock
from gateway.corrections import corrections
from gateway.enrolment import Voice
from gateway.journal import Journal
from gateway.settings import ListenPart, PortPart, Settings, SourcePart
from gateway.wiring import AnySource
from rules.model import DeviceId, Kind


def sources(settings: Settings, journal: Journal, clock: Clock) -> Sequence[Source]:
    """Every source, ready to run."""
    return [_source(part, settings, journal, clock) for part in settings.sources]


def _source(part: AnySource, settings: Settings, journal: Journal, clock: Clock) -> Source:
    match part:
        case SourcePart():
            return broker(part, settings, journal, clock)
        case PortPart():
            return port(part, settings, clock)
        case ListenPart():
            return listener(part, receiver(part, settings), clock.now)


def broker(part: SourcePart, settings: Settings, journal: Journal, clock: Clock) -> MqttSource:
    """The source of a broker; what its codec learns outlives a restart."""
    tls = ssl.create_default_context(cafile=part.ca_file) if part.tls else None
    address = Address(part.host, part.port, part.client, part.username, part.password, tls)
    codec, name = topic_codec(part, settings), f"codec {part.name}"
    memory = journal.recall(name)
    if isinstance(memory, bytes):
        codec.recall(memory)
    return MqttSource(part.name, address, codec, clock.now, partial(journal.remember, name))


def port(part: PortPart, settings: Settings, clock: Clock) -> SerialSource:
    """The source of a serial port."""
    reader = byte_codec(part, settings)
    return SerialSource(part.name, part.line, reader, clock.now, poll(reader))


def listener(part: ListenPart, receiver: Receiver, now: Callable[[], datetime]) -> ListenSource:
    """The source at which senders call."""
    return ListenSource(part.name, part.listen, receiver, now, Bounds(part.allow))


def receiver(part: ListenPart, settings: Settings) -> ToldReceiver:
    """What understands those who call."""
    codec = cast(LineCodec, find(part.type).make(part.options))
    return ToldReceiver(codec, enrolled(part.name, settings))


def topic_codec(part: SourcePart, settings: Settings) -> TopicCodec:
    """What understands the messages of a broker."""
    if part.type == "zigbee2mqtt":
        kinds = {id_: kinds for id_, kinds in _kinds(settings).items() if id_ in _here(part.name, settings)}
        return Zigbee2Mqtt(part.base, list(kinds), kinds, corrections())
    codec = cast(MqttCodec, find(part.type).make(part.choice))
    return TopicToldReader(codec, enrolled(part.name, settings))


def byte_codec(part: PortPart, settings: Settings) -> ToldReader:
    """What understands the bytes of a port."""
    codec = cast(SerialCodec, find(part.type).make(part.options))
    return ToldReader(codec, enrolled(part.name, settings))


def poll(reader: ToldReader) -> Poll | None:
    """What a codec has to send, if it has."""
    ask = getattr(reader.codec, "ask", None)
    if ask is None:
        return None
    return Poll(ask, getattr(reader.codec, "every", None), getattr(reader.codec, "reply", None))


def enrolled(source: str, settings: Settings) -> Enrolled:
    """Whose words count at a source. A device without an address is known by its id or its codes; the only
    one of a source is meant, too, where senders have no name, as on a radar's own line."""
    here = _here(source, settings)
    table: dict[str, DeviceId] = {}
    codes: dict[tuple[str, str], Meaning] = {}
    for id_, voice in here.items():
        table[voice.address or id_] = id_
        for code, meaning in voice.codes.items():
            table.setdefault(voice.address or code, id_)
            codes[voice.address or code, code] = meaning
        if len(here) == 1 and not voice.address and not voice.codes:
            table[""] = id_
    return Enrolled(table, codes, _kinds(settings))


def _here(source: str, settings: Settings) -> dict[DeviceId, Voice]:
    """The devices that speak through a source."""
    voices = {id_: voice for part in settings.homes for id_, voice in part.voices.items()}
    return {id_: voices[id_] for id_, name in settings.device_source.items() if name == source}


def _kinds(settings: Settings) -> dict[DeviceId, frozenset[Kind]]:
    return {device.id: device.kinds for part in settings.homes for device in part.home.devices}
