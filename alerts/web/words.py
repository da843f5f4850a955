"""What the pages say of kinds, severities, people and findings, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from alerts.desk.texts import messages
from alerts.web.told import Facts, number, text
from rules import explain
from rules.explain import Language

Words = Mapping[str, "str | Promise"]

SEVERITIES: Words = {
    "emergency": gettext_lazy("Emergency"),
    "urgent": gettext_lazy("Urgent"),
    "check": gettext_lazy("Check today"),
    "trouble": gettext_lazy("Equipment"),
}
STATUSES: Words = {
    "open": gettext_lazy("Nobody has it yet"),
    "trial": gettext_lazy("Nobody is called"),
    "taken": gettext_lazy("Taken"),
    "arrived": gettext_lazy("Somebody is there"),
    "closed": pgettext_lazy("alert", "Closed"),
}
CAUSES: Words = {
    "51": gettext_lazy("Helped"),
    "52": gettext_lazy("Resident well"),
    "53": gettext_lazy("Faulty sensor"),
    "54": gettext_lazy("Test"),
    "55": gettext_lazy("Other"),
    "cleared": gettext_lazy("It came back by itself"),
}
READINGS: Words = {
    "motion": gettext_lazy("movement"),
    "contact": pgettext_lazy("door", "open"),
    "bed": gettext_lazy("in bed"),
    "presence": gettext_lazy("somebody there"),
    "water_leak": gettext_lazy("water"),
    "smoke": gettext_lazy("smoke"),
    "heat": gettext_lazy("heat"),
    "gas": gettext_lazy("gas"),
    "co": gettext_lazy("carbon monoxide"),
    "tamper": gettext_lazy("opened or torn off"),
    "sos": gettext_lazy("SOS pressed"),
    "button": gettext_lazy("button pressed"),
    "fall": gettext_lazy("fall"),
    "vibration": gettext_lazy("shaken"),
    "test": gettext_lazy("test"),
}
ROLES: Words = {
    "grid_worker": gettext_lazy("Grid worker"),
    "grid_leader": gettext_lazy("Grid leader"),
    "community_desk": gettext_lazy("Community desk"),
    "street_centre": gettext_lazy("Street centre"),
    "contact": gettext_lazy("Emergency contact"),
    "keyholder": gettext_lazy("Key holder"),
}
CHANNELS: Words = {
    "log": gettext_lazy("Log"),
    "sms": gettext_lazy("SMS"),
    "sms_twilio": gettext_lazy("SMS"),
    "voice": gettext_lazy("Call"),
}
NOTICES: Words = {
    "queued": gettext_lazy("waiting to be sent"),
    "sending": gettext_lazy("being sent"),
    "sent": gettext_lazy("sent"),
    "delivered": gettext_lazy("delivered"),
    "failed": gettext_lazy("failed"),
    "dropped": gettext_lazy("no longer needed"),
}
STORY: Words = {
    "opened": gettext_lazy("The alert opens"),
    "worsened": gettext_lazy("The finding has news"),
    "cleared": gettext_lazy("The sensor says it is over"),
    "summoned": gettext_lazy("People are called"),
    "nobody": gettext_lazy("Nobody is found for this rung"),
    "retry": gettext_lazy("A message did not go; it is tried again"),
    "sent": gettext_lazy("A message is sent"),
    "delivered": gettext_lazy("A message has arrived"),
    "failed": gettext_lazy("A message failed"),
    "taken": gettext_lazy("Takes it"),
    "declined": gettext_lazy("Cannot go"),
    "unreachable": gettext_lazy("Cannot be reached"),
    "arrived": gettext_lazy("Stands at the door"),
    "help": gettext_lazy("Needs more help"),
    "closed": gettext_lazy("Closes it"),
    "time_up": gettext_lazy("Time is up: on to the next"),
    "reminded": gettext_lazy("Is asked how it stands"),
    "stood_down": gettext_lazy("The others need not go"),
    "told_home": gettext_lazy("The home is told"),
    "reply": gettext_lazy("Answers"),
}
MODES: Words = {
    "home": gettext_lazy("At home"),
    "away": gettext_lazy("Away"),
    "hospital": gettext_lazy("In hospital"),
    "visitor": gettext_lazy("With a visitor"),
    "test": gettext_lazy("Walk test"),
}
MODE_HINTS: Words = {
    "home": gettext_lazy("Everything is watched."),
    "away": gettext_lazy("Silence is no alarm. Fire, gas, water and SOS are."),
    "hospital": gettext_lazy("Silence is no alarm. Fire, gas, water and SOS are."),
    "visitor": gettext_lazy("What a second person blurs is not judged; 12 hours if nothing else is said."),
    "test": gettext_lazy("Findings are shown and call nobody; 30 minutes if nothing else is said."),
}
SEXES: Words = {"f": gettext_lazy("female"), "m": gettext_lazy("male")}
PURPOSES: Words = {
    "summon": gettext_lazy("call"),
    "remind": gettext_lazy("reminder"),
    "stand_down": gettext_lazy("need not go"),
}


def word(words: Words, key: str) -> str:
    """The word for a key, or the key itself."""
    return str(words.get(key, key))


def language() -> Language:
    """The language of the page, as config/messages speaks it."""
    return messages("zh" if (get_language() or "zh").startswith("zh") else "en").language


def title(key: str) -> str:
    """What a finding is, in two or three words."""
    said = explain.short(language(), key)
    return said[:1].upper() + said[1:]


def sentence(key: str, facts: Facts, zone: ZoneInfo, at: datetime) -> str:
    """What was found at that instant, with the numbers that made it a finding."""
    return explain.sentence(language(), key, facts, zone, at)


def line(what: str, data: Facts) -> str:
    """A line of the story: what happened, and the detail that matters."""
    rung, cause = number(data, "rung"), text(data, "cause")
    parts = [word(STORY, what)]
    if rung is not None and what in ("summoned", "nobody"):
        parts.append(_("rung %(n)d") % {"n": rung + 1})
    if cause:
        parts.append(word(CAUSES, cause))
    parts += [text(data, key) for key in ("note", "error") if text(data, key)]
    return " · ".join(parts)


def duration(minutes: float) -> str:
    """A stretch of time in the two units that matter."""
    return explain.duration(minutes, language())


def room(name: str) -> str:
    """A room's name for people."""
    return explain.room(language(), name)


def age(born: int | None, now: datetime) -> int | None:
    """Years, give or take one: only the year of birth is kept."""
    return now.year - born if born else None
