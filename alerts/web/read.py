"""What the pages show, asked of the store in a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.contrib.auth import get_user_model
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from alerts.core.alert import Plan
from alerts.desk import store
from alerts.desk.models import Alert, Entry, Notice, Pulse
from alerts.registry import forms
from alerts.registry.models import Area, Contact, Device, Home, Resident, Worker
from alerts.timeline.port import Timeline
from alerts.web import lanes, modes, picture, told, words
from alerts.web.shapes import Board, Card, Counts, Dossier, Dwelling, Errand, Line, Listed, Person, Said, Step
from rules.model import HomeId

RANK = {"emergency": 0, "urgent": 1, "check": 2, "trouble": 3}
_RECENT = timedelta(hours=12)  # a shift
_AT_MOST = 12  # recently closed alerts on the board
_LISTED = 200  # homes a page
_FAR = timedelta(days=3650)
_BESIDE = timedelta(hours=6)  # of the picture, before a finding and after it
_LATE = timedelta(hours=18)  # so late a finding may come and still be the picture's beginning


def newest() -> int:
    """The id of the last entry of any story: it grows whenever the board may have changed."""
    return Entry.objects.aggregate(last=Max("id"))["last"] or 0


def board(now: datetime) -> Board:
    """Open alerts by urgency, then by what is due next; the shift's last closed ones; the homes' states."""
    entry = newest()
    current = list(_with_home(store.still_open()))
    past = list(_alerts().filter(closed_at__gt=now - _RECENT).order_by("-closed_at")[:_AT_MOST])
    names = people(alert.owner for alert in (*current, *past))
    cards = sorted((card(alert, names) for alert in current), key=lambda c: _order(c, now))
    return Board(tuple(cards), tuple(card(a, names) for a in past), counts(current), entry, now)


def _alerts() -> QuerySet[Alert]:
    return _with_home(Alert.objects.all())


def _with_home(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    return alerts.select_related("home").prefetch_related("home__residents", "home__devices")


def _order(one: Card, now: datetime) -> tuple[bool, int, datetime, datetime]:
    return one.test, RANK.get(one.severity, len(RANK)), one.due or now + _FAR, one.opened_at


def counts(current: Sequence[Alert]) -> Counts:
    """The three states of the homes, given their open alerts."""
    homes, heard = Home.objects.count(), Pulse.objects.count()
    silent = {a.home_id for a in current if a.kind == "gateway.silent"}
    doubt = {a.home_id for a in current if a.severity != "trouble" and not a.facts.get("test")} - silent
    return Counts(homes, len(doubt), min(homes, len(silent) + max(homes - heard, 0)))


def people(owners: Iterable[str]) -> Mapping[str, str]:
    """Names by reference: "worker:12", "contact:5", "user:1"."""
    ids: dict[str, set[int]] = {"worker": set(), "contact": set(), "user": set()}
    for owner in owners:
        sort, _colon, number = owner.partition(":")
        if sort in ids and number.isdecimal():
            ids[sort].add(int(number))
    users = get_user_model().objects.filter(id__in=ids["user"])
    return {
        **{f"worker:{w.pk}": w.name for w in Worker.objects.filter(id__in=ids["worker"])},
        **{f"contact:{c.pk}": str(c) for c in Contact.objects.filter(id__in=ids["contact"])},
        **{f"user:{u.pk}": u.get_full_name() or u.get_username() for u in users},
    }


def card(alert: Alert, names: Mapping[str, str]) -> Card:
    """An alert in words. The alert's home, its residents and devices must be at hand."""
    home, zone, test = alert.home, forms.zone(alert.home.zone), bool(alert.facts.get("test"))
    return Card(
        id=alert.pk,
        kind=alert.kind,
        title=_("Test: %(what)s") % {"what": words.title(alert.key)} if test else words.title(alert.key),
        severity=alert.severity,
        urgency=words.word(words.SEVERITIES, alert.severity),
        sentence=words.sentence(alert.key, _named(alert), zone, alert.raised_at),
        resident=_(", ").join(r.name for r in home.residents.all()),
        home=home.pk,
        door=home.door,
        address=home.address,
        zone=zone,
        status=alert.status,
        state=words.word(words.STATUSES, "trial" if test and alert.status == "open" else alert.status),
        owner=names.get(alert.owner, ""),
        cleared_at=told.instant(alert.state, "cleared_at"),
        code=alert.code,
        opened_at=alert.opened_at,
        due=None if test else alert.due,  # no call follows
        closed_at=alert.closed_at,
        cause=words.word(words.CAUSES, alert.cause),
        test=test,
    )


def _named(alert: Alert) -> Mapping[str, object]:
    """The facts, and how people call the sensor they came from."""
    said = alert.facts.get("device")
    name = next((device.name for device in alert.home.devices.all() if device.pk == said), "")
    return {**alert.facts, "name": name} if name else alert.facts


def dossier(id: UUID, timeline: Timeline, now: datetime) -> Dossier:  # noqa: A002  the field's own name
    """One alert with all that is known of it. Raises Alert.DoesNotExist."""
    entry = newest()
    alert = _alerts().prefetch_related("home__contacts").get(pk=id)
    notices = tuple(alert.notices.order_by("rung", "created_at", "name"))
    names = people((alert.owner, *(n.person for n in notices)))
    window = _around(alert, now)
    return Dossier(
        card=card(alert, names),
        alert=alert,
        home=alert.home,
        area=trail(alert.home),
        residents=residents(alert.home, now),
        contacts=tuple(alert.home.contacts.all()),
        steps=ladder(alert, notices),
        story=story(alert),
        strip=day(alert.home, timeline, window, now),
        people=tuple({n.person: n.name for n in notices}.items()),
        mode=modes.running([alert.home_id], now).get(alert.home_id),
        entry=entry,
        now=now,
    )


def _around(alert: Alert, now: datetime) -> lanes.Stretch:
    """The hours before and after. A finding may be from a clock that was never set: 1970 is not drawn."""
    began = max(alert.raised_at, alert.opened_at - _LATE)
    until = min(alert.closed_at or now, alert.opened_at + _BESIDE)
    return lanes.Stretch(began - _BESIDE, min(max(until, began) + timedelta(minutes=10), now))


def trail(home: Home) -> str:
    """The areas above a home, from the top."""
    above = [int(part) for part in home.area.path.split("/") if part] or [home.area_id]
    names = Area.objects.in_bulk(above)
    return " › ".join(names[id_].name for id_ in above if id_ in names)


def residents(home: Home, now: datetime) -> tuple[Person, ...]:
    """The home's residents for the card."""
    return tuple(_person(resident, now) for resident in home.residents.all())


def _person(one: Resident, now: datetime) -> Person:
    return Person(
        one.name,
        words.age(one.born, now),
        words.word(words.SEXES, one.sex),
        one.phone,
        one.illness,
        one.mobility,
    )


def ladder(alert: Alert, notices: Sequence[Notice]) -> tuple[Step, ...]:
    """The plan that was copied into the alert, each rung with its notices; the top rung may repeat."""
    plan = _plan(alert)
    last = max((alert.rung, len(plan.rungs) - 1, *(n.rung for n in notices)), default=0)
    return tuple(_step(alert, plan, number, notices) for number in range(last + 1))


def _plan(alert: Alert) -> Plan:
    try:
        return msgspec.convert(alert.state.get("plan"), Plan)
    except msgspec.ValidationError:
        return Plan(())  # written by another version: the notices still tell who was called


def _step(alert: Alert, plan: Plan, number: int, notices: Sequence[Notice]) -> Step:
    rung = plan.rungs[number] if number < len(plan.rungs) else None
    roles = _(", ").join(words.word(words.ROLES, role) for role in rung.roles) if rung else ""
    return Step(
        number=number + 1,
        role=roles or _("the board only"),
        wait=rung.wait if rung else None,
        notices=tuple(n for n in notices if n.rung == number),
        current=number == alert.rung and alert.status != "closed",
        passed=number < alert.rung or alert.status == "closed",
    )


def story(alert: Alert) -> tuple[Line, ...]:
    """What happened, line by line, as it was hashed."""
    rows = alert.entries.order_by("n")
    return tuple(Line(e.n, e.at, e.what, words.line(e.what, e.data), e.who, e.hash) for e in rows)


def errand(notice: Notice, now: datetime) -> Errand:
    """What one person's link shows."""
    alert = _alerts().prefetch_related("home__contacts").get(pk=notice.alert_id)
    running = alert.status != "closed"
    return Errand(
        card=card(alert, people([alert.owner])),
        open=running,
        mine=alert.owner == notice.person,
        helped=told.instant(alert.state, "helped_at") is not None,
        home=alert.home,
        residents=residents(alert.home, now) if running else (),
        contacts=tuple(alert.home.contacts.all()) if running else (),
        name=notice.name,
        map=_map(alert.home),
        version=alert.version,
        now=now,
    )


def _map(home: Home) -> str:
    if home.latitude is not None and home.longitude is not None:
        where = f"marker?position={home.longitude:.6f},{home.latitude:.6f}&name={quote(home.door)}"
    else:
        where = f"search?keyword={quote(home.address)}"
    return f"https://uri.amap.com/{where}"


def dwelling(id: str, timeline: Timeline, now: datetime) -> Dwelling:  # noqa: A002  the field's own name
    """One home with its last 24 h. Raises Home.DoesNotExist."""
    home = Home.objects.select_related("area", "gateway").get(pk=id)
    past = list(_alerts().filter(home=home).order_by("-opened_at")[:20])
    pulse = Pulse.objects.filter(home=home).first()
    window = lanes.Stretch(now - timedelta(hours=24), now)
    names = people(alert.owner for alert in past)
    return Dwelling(
        home=home,
        area=trail(home),
        zone=forms.zone(home.zone),
        residents=residents(home, now),
        contacts=tuple(home.contacts.all()),
        alerts=tuple(card(alert, names) for alert in past),
        heard=pulse.heard_at if pulse else None,
        overdue=overdue(pulse, now),
        picture=day(home, timeline, window, now),
        moded=modes.moded(home, timeline, now),
        now=now,
    )


def overdue(pulse: Pulse | None, now: datetime) -> bool:
    """Whether the home's gateway is not heard: then nobody can tell how the home is."""
    return pulse is None or pulse.due is None or pulse.due <= now


def day(home: Home, timeline: Timeline, window: lanes.Stretch, now: datetime) -> picture.Picture:
    """The picture of a stretch of time in one home."""
    zone = forms.zone(home.zone)
    readings = timeline.span(HomeId(home.pk), window.since - lanes.LONGEST, window.until)
    held = _held(home, window)
    drawn = lanes.lanes(_places(home), readings, window, _silences(home, held, now))
    return picture.draw(drawn, [_mark(alert, zone, now) for alert in held], window, zone)


def _held(home: Home, window: lanes.Stretch) -> list[Alert]:
    still = Q(closed_at__isnull=True) | Q(closed_at__gt=window.since)
    return list(Alert.objects.filter(still, home=home, raised_at__lt=window.until).order_by("raised_at"))


def _places(home: Home) -> list[lanes.Place]:
    devices = sorted(home.devices.all(), key=_by_room)
    return [lanes.Place(device.pk, device.room, device.name) for device in devices]


def _by_room(device: Device) -> tuple[str, str]:
    return device.room, device.name


def _silences(home: Home, held: Iterable[Alert], now: datetime) -> list[lanes.Silence]:
    pulse = Pulse.objects.filter(home=home).first()
    gone = [lanes.Silence(lanes.Stretch(pulse.heard_at, now))] if pulse and overdue(pulse, now) else []
    for alert in held:
        heard = told.instant(alert.facts, "heard")
        if alert.kind == "device.silent" and alert.status != "closed" and heard and heard < now:
            gone.append(lanes.Silence(lanes.Stretch(heard, now), told.text(alert.facts, "device")))
    return gone


def _mark(alert: Alert, zone: ZoneInfo, now: datetime) -> picture.Mark:
    title = f"{alert.raised_at.astimezone(zone):%H:%M} {words.title(alert.key)}"
    return picture.Mark(alert.severity, title, lanes.Stretch(alert.raised_at, alert.closed_at or now))


def homes(search: str, now: datetime) -> tuple[Listed, ...]:
    """Homes by address, door or resident's name; at most 200."""
    running = Count("alerts", filter=~Q(alerts__status="closed"), distinct=True)
    rows = Home.objects.prefetch_related("residents").order_by("address", "door")
    if search:
        wanted = (
            Q(address__icontains=search) | Q(door__icontains=search) | Q(residents__name__icontains=search)
        )
        rows = rows.filter(wanted).distinct()
    found = list(rows.annotate(running=running)[:_LISTED])
    pulses = Pulse.objects.in_bulk([home.pk for home in found])
    said = modes.running([home.pk for home in found], now)
    return tuple(_listed(home, pulses.get(home.pk), home.running, said.get(home.pk), now) for home in found)


def _listed(home: Home, pulse: Pulse | None, running: int, mode: Said | None, now: datetime) -> Listed:
    names = _(", ").join(r.name for r in home.residents.all())
    heard = pulse.heard_at if pulse else None
    return Listed(home, names, heard, overdue(pulse, now), running, mode)
