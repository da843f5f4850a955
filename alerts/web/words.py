"""What the pages say of kinds, severities, people and findings, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from alerts.web.told import Facts, instant, number, text

Words = Mapping[str, "str | Promise"]

SEVERITIES: Words = {
    "emergency": gettext_lazy("Emergency"),
    "urgent": gettext_lazy("Urgent"),
    "check": gettext_lazy("Check today"),
    "trouble": gettext_lazy("Equipment"),
}
KINDS: Words = {
    "sos": gettext_lazy("SOS"),
    "smoke": gettext_lazy("Smoke"),
    "gas": gettext_lazy("Gas leak"),
    "co": gettext_lazy("Carbon monoxide"),
    "heat": gettext_lazy("Heat"),
    "water_leak": gettext_lazy("Water leak"),
    "fall": gettext_lazy("Fall"),
    "inactivity": gettext_lazy("No sign of life"),
    "door.open": gettext_lazy("Door left open"),
    "device.silent": gettext_lazy("Sensor silent"),
    "gateway.silent": gettext_lazy("Home not heard"),
}
STATUSES: Words = {
    "open": gettext_lazy("Nobody has it yet"),
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
ROOMS: Words = {
    "": gettext_lazy("home"),
    "kitchen": gettext_lazy("kitchen"),
    "bedroom": gettext_lazy("bedroom"),
    "bathroom": gettext_lazy("bathroom"),
    "toilet": gettext_lazy("toilet"),
    "living_room": gettext_lazy("living room"),
    "living": gettext_lazy("living room"),
    "hall": gettext_lazy("hall"),
    "entrance": gettext_lazy("entrance"),
    "entry": gettext_lazy("entrance"),
    "balcony": gettext_lazy("balcony"),
    "study": gettext_lazy("study"),
    "dining_room": gettext_lazy("dining room"),
    "corridor": gettext_lazy("corridor"),
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
SEXES: Words = {"f": gettext_lazy("female"), "m": gettext_lazy("male")}
PURPOSES: Words = {
    "summon": gettext_lazy("call"),
    "remind": gettext_lazy("reminder"),
    "stand_down": gettext_lazy("need not go"),
}
_SENTENCES: Words = {
    "sos": gettext_lazy("The SOS button in the %(room)s was pressed."),
    "smoke": gettext_lazy("The smoke detector in the %(room)s sounds."),
    "gas": gettext_lazy("The gas detector in the %(room)s sounds."),
    "co": gettext_lazy("The carbon monoxide detector in the %(room)s sounds."),
    "heat": gettext_lazy("The heat detector in the %(room)s sounds."),
    "water_leak": gettext_lazy("Water on the floor of the %(room)s."),
    "fall": gettext_lazy("A fall was seen in the %(room)s."),
    "device.silent": gettext_lazy(
        "A sensor in the %(room)s says nothing: we cannot tell what happens there."
    ),
    "gateway.silent": gettext_lazy("Nothing is heard from this home: we cannot tell how it is."),
    "inactivity": gettext_lazy("No sign of life; the last one came from the %(room)s."),
    "door.open": gettext_lazy("The door in the %(room)s stands open."),
}


def word(words: Words, key: str) -> str:
    """The word for a key, or the key itself."""
    return str(words.get(key, key))


def sentence(kind: str, facts: Facts, zone: ZoneInfo) -> str:
    """What was found, with the numbers that made it a finding."""
    room = word(ROOMS, text(facts, "room"))
    first = word(_SENTENCES, kind) % {"room": room} if kind in _SENTENCES else word(KINDS, kind)
    gap = "" if (get_language() or "").startswith("zh") else " "
    return gap.join(part for part in (first, *_numbers(kind, facts, zone)) if part)


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


def _numbers(kind: str, facts: Facts, zone: ZoneInfo) -> tuple[str, ...]:
    minutes, limit = number(facts, "minutes"), number(facts, "limit")
    match kind:
        case "sos":
            presses = number(facts, "presses") or 1
            return (_("It was pressed %(n)d times.") % {"n": presses},) if presses > 1 else ()
        case "inactivity":
            return _since(_("Nothing since %(at)s"), facts, "since", minutes, zone), _limit(limit)
        case "door.open":
            return (_since(_("Open since %(at)s"), facts, "since", minutes, zone),)
        case "device.silent" | "gateway.silent":
            return (_since(_("Last heard %(at)s"), facts, "heard", minutes, zone),)
        case _:
            return ()


def _since(words: str, facts: Facts, key: str, minutes: float | None, zone: ZoneInfo) -> str:
    at = instant(facts, key)
    if at is None:
        return ""
    said = words % {"at": f"{at.astimezone(zone):%H:%M}"}
    return said + (_(" (%(span)s).") % {"span": duration(minutes)} if minutes else _("."))


def _limit(limit: float | None) -> str:
    return _("At this hour %(span)s is the most for this home.") % {"span": duration(limit)} if limit else ""


def duration(minutes: float) -> str:
    """A stretch of time in the two units that matter."""
    whole = round(minutes)
    days, hours, rest = whole // 1440, whole // 60 % 24, whole % 60
    if days:
        return _("%(d)d d %(h)d h") % {"d": days, "h": hours}
    if hours and not rest:
        return _("%(h)d h") % {"h": hours}
    if hours:
        return _("%(h)d h %(m)d min") % {"h": hours, "m": rest}
    return _("%(m)d min") % {"m": rest}


def room(name: str) -> str:
    """A room's name for people."""
    return word(ROOMS, name)


def age(born: int | None, now: datetime) -> int | None:
    """Years, give or take one: only the year of birth is kept."""
    return now.year - born if born else None
