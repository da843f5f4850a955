"""The channels that are set up, and which of them carries what a ladder calls "sms"."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.channels.log import Log
from alerts.channels.port import Channel
from alerts.conf import Conf


def lineup(conf: Conf) -> Mapping[str, Channel]:
    """Every channel by name. Without any in the settings there is the log: a first start shows something."""
    channels: dict[str, Channel] = {}
    if conf.channels.sms_twilio is not None:
        from alerts.channels import sms_twilio  # heavy: loaded only where it is used

        twilio = sms_twilio.make(conf.channels.sms_twilio, conf.service.base_url)
        channels[twilio.name] = twilio
    if conf.channels.log is not None or not channels:
        log = Log(conf.channels.log.file if conf.channels.log else None)
        channels[log.name] = log
    return channels


def carrier(conf: Conf, means: str) -> str:
    """The channel that carries a ladder's word: "sms" goes by Twilio where it is set up, else to the log."""
    if means != "sms":
        return means
    return "sms_twilio" if conf.channels.sms_twilio is not None else "log"
