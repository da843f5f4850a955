"""A street with its homes, for the browser tests and the pictures: run as a program beside the service.

python street.py CONFIG seed            people, homes and a day of readings
python street.py CONFIG sos HOME        somebody presses the button
python street.py CONFIG alerts          the alerts of an ordinary afternoon
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE = (
    ("h-0402", "王秀英", 1938, "f", "劳动路 12 号", "3幢402", "高血压、2019年脑梗", "拄拐，左腿不便"),
    ("h-0101", "陈阿妹", 1941, "f", "劳动路 12 号", "3幢101", "糖尿病", "行动自如"),
    ("h-0305", "赵国梁", 1935, "m", "清波街 88 弄", "7幢305", "冠心病", "室内需扶"),
    ("h-0603", "孙桂芳", 1943, "f", "清波街 88 弄", "2幢603", "听力障碍", "行动自如"),
    ("h-0204", "欧阳淑贞", 1932, "f", "定安路吴山花园东区", "15幢2单元204", "阿尔茨海默病早期", "夜间易走动"),
    ("h-0501", "李德明", 1940, "m", "定安路吴山花园东区", "9幢501", "慢阻肺", "行动自如"),
    ("h-0702", "周素珍", 1937, "f", "劳动路 30 号", "1幢702", "骨质疏松", "拄拐"),
    ("h-0103", "吴永福", 1939, "m", "劳动路 30 号", "1幢103", "", "行动自如"),
)
AREAS = {"district": "上城区", "street": "清波街道", "community": "劳动路社区", "grid": "第三网格"}
PART = {"battery": "sos"}  # which device reports a kind that names none
BUSY = {
    0: (("living_room", 5), ("kitchen", 1), ("bedroom", 1), ("bathroom", 1)),
    6: (("bathroom", 4), ("kitchen", 6)),
    11: (("kitchen", 9),),
    17: (("kitchen", 8),),
}
DEVICES = (
    ("bedroom", "motion", "人体感应"),
    ("bedroom", "bed", "床垫"),
    ("bedroom", "sos", "求助按钮"),
    ("living_room", "motion", "人体感应"),
    ("kitchen", "motion", "人体感应"),
    ("kitchen", "smoke", "烟感"),
    ("bathroom", "motion", "人体感应"),
    ("hall", "contact", "入户门"),
)


def registry(now: datetime) -> None:
    """Areas, gateways, homes, residents, contacts, workers, devices, pulses; and a login for the console."""
    from django.contrib.auth.models import User

    from alerts.desk.models import Pulse
    from alerts.registry.models import Area, Contact, Device, Gateway, Home, Post, Resident, Worker

    areas: list[Area] = []
    for level, name in AREAS.items():
        area = Area.objects.create(slug=level, name=name, level=level, parent=areas[-1] if areas else None)
        areas.append(area)
    for n, (name, role, area) in enumerate(
        (
            ("李建国", "grid_worker", areas[3]),
            ("沈慧敏", "grid_leader", areas[3]),
            ("社区值班台", "community_desk", areas[2]),
            ("街道应急中心", "street_centre", areas[1]),
        )
    ):
        worker = Worker.objects.create(name=name, phone=f"+861380000{n:04d}")
        Post.objects.create(worker=worker, area=area, role=role)
    for n, (id_, name, born, sex, address, door, illness, mobility) in enumerate(PEOPLE):
        gateway = Gateway.objects.create(id=f"gw-{n:04d}", key="0" * 64)
        home = Home.objects.create(
            id=id_, area=areas[3], gateway=gateway, address=address, door=door,
            access="钥匙盒在电表箱左侧，密码问邻居陈阿姨（301）", latitude=30.2421, longitude=120.1672,
        )  # fmt: skip
        phone = f"+86571870{n + 2:05d}"
        Resident.objects.create(
            home=home, name=name, born=born, sex=sex, phone=phone, illness=illness, mobility=mobility
        )
        Contact.objects.create(
            home=home, order=1, name=name[0] + "晓东", relation="儿子", phone=f"+861390000{n:04d}"
        )
        Contact.objects.create(
            home=home, order=2, name="陈玉兰", relation="邻居", phone=f"+861391000{n:04d}", keyholder=True
        )
        for room, kind, label in DEVICES:
            Device.objects.create(id=f"{id_}-{room}-{kind}", home=home, room=room, name=label)
        Pulse.objects.create(home=home, heard_at=now, sent_at=now, due=now + timedelta(hours=1))
    User.objects.create_user("desk", password="keep-watch-3", first_name="林晓燕")


def readings(home: str, now: datetime) -> Iterator[object]:
    """Two days of an ordinary life, up to now."""
    dice = random.Random(home)
    start = (now - timedelta(hours=50)).replace(minute=0, second=0, microsecond=0)
    for hour in range(51):
        at = start + timedelta(hours=hour)
        yield from _hour(home, at, now, dice)


def _hour(home: str, at: datetime, now: datetime, dice: random.Random) -> Iterator[object]:
    from rules.model import DeviceId, Kind, Origin, Reading

    def said(
        room: str, kind: Kind, value: float, minute: float, origin: Origin = Origin.EVENT
    ) -> Iterator[Reading]:
        when = at + timedelta(minutes=minute)
        if when < now and not (home == "h-0402" and room == "bathroom" and when > now - timedelta(hours=7)):
            yield Reading(DeviceId(f"{home}-{room}-{PART.get(kind, kind)}"), kind, value, when, origin)

    local = at.astimezone(ZONE).hour
    if home == "h-0402" and at <= now - timedelta(minutes=1.6) < at + timedelta(hours=1):
        yield from said("bedroom", Kind.SOS, 1, (now - at).total_seconds() / 60 - 1.6)
    for room, kind, _name in DEVICES:
        value = 1.0 if kind == "bed" and (local >= 22 or local < 6) else 0.0
        if kind != "sos":
            yield from said(room, Kind(kind), value, dice.uniform(0, 59), Origin.HEARTBEAT)
    if local == 9:
        yield from said("bedroom", Kind.BATTERY, 92, 3, Origin.HEARTBEAT)
    if local == 22 or (local == 6):
        yield from said("bedroom", Kind.BED, float(local == 22), 1)
        yield from said("bedroom", Kind.MOTION, 1, 0.5)
    if local == 2:
        yield from said("bedroom", Kind.BED, 0, 10)
        yield from said("bathroom", Kind.MOTION, 1, 12)
        yield from said("bedroom", Kind.BED, 1, 19)
    if 6 <= local < 22:
        for room, often in BUSY.get(local, BUSY[0]):
            for minute in sorted(dice.uniform(0, 59) for _ in range(often)):
                yield from said(room, Kind.MOTION, 1, minute)
    if local in (8, 9, 16):
        yield from said("hall", Kind.CONTACT, 1, 20)
        yield from said("hall", Kind.CONTACT, 0, 20 + dice.uniform(2, 14))


def day(now: datetime) -> None:
    """Readings of every home into the timeline."""
    from alerts.timeline.sql import SqlTimeline
    from rules.model import HomeId

    for person in PEOPLE:
        rows = sorted(readings(person[0], now), key=lambda r: r.at)
        SqlTimeline().append(HomeId(person[0]), rows)


def found(home: str, kind: str, room: str, device: str, severity: str, at: datetime, **facts: object) -> UUID:
    """The desk opens an alert, and the first texts go out and arrive."""
    from alerts.desk import desk
    from rules.model import Raise, Severity

    key = f"{kind}:{home}-{device}" if device else kind
    told = {"room": room, **({"device": f"{home}-{device}"} if device else {}), **facts}
    raised = Raise(key, Severity(severity), at, told)
    alert = UUID(desk.open_or_worsen(home, raised, at + timedelta(seconds=1)).id)
    deliver(at + timedelta(seconds=1))
    return alert


def deliver(at: datetime) -> None:
    """Every waiting text is sent within a second and delivered two later."""
    from alerts.desk import outbox

    for claim in outbox.claim(at):
        sid = f"SM{claim.notice.id.hex}"
        outbox.sent(claim.notice.id, sid, at + timedelta(seconds=1))
        outbox.callback(sid, "delivered", "", at + timedelta(seconds=3))


def wait(alert: UUID, until: datetime) -> None:
    """Nobody answers until then: the ladder goes on."""
    from alerts.core.alert import TimeUp
    from alerts.desk import desk, models

    while (due := models.Alert.objects.get(pk=alert).due) and due <= until:
        desk.tell(alert, TimeUp(), due)
        deliver(due)


def answer(alert: UUID, worker: str, text: str, at: datetime) -> None:
    """Somebody answers by SMS."""
    from alerts.desk import inbound, models
    from alerts.registry.models import Worker

    wait(alert, at)
    code = models.Alert.objects.get(pk=alert).code
    inbound.reply(Worker.objects.get(name=worker).phone, f"{text} {code}", at)
    deliver(at)


def afternoon(now: datetime) -> None:
    """Open and closed alerts as an ordinary afternoon leaves them."""

    def ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    for home, kind, room, device, severity, minutes, cause in (
        ("h-0101", "inactivity", "bedroom", "", "urgent", 410, "52"),
        ("h-0103", "smoke", "kitchen", "kitchen-smoke", "emergency", 200, "51"),
        ("h-0702", "sos", "bedroom", "bedroom-sos", "emergency", 95, "54"),
    ):
        since = ago(minutes + 250).isoformat()
        one = found(home, kind, room, device, severity, ago(minutes), since=since, minutes=250.0, limit=240.0)
        wait(one, ago(minutes - 4))
        answer(one, "李建国", "1", ago(minutes - 11))
        answer(one, "李建国", "3", ago(minutes - 20))
        answer(one, "李建国", cause, ago(minutes - 32))
    silent = found(
        "h-0402", "device.silent", "bathroom", "bathroom-motion", "trouble", ago(268),
        heard=ago(422).isoformat(), minutes=154.0, stage="warn",
    )  # fmt: skip
    door = found(
        "h-0501", "door.open", "hall", "hall-contact", "check", ago(26),
        since=ago(56).isoformat(), minutes=30.0,
    )  # fmt: skip
    leak = found("h-0305", "water_leak", "bathroom", "bathroom-leak", "urgent", ago(31), value=1.0)
    answer(leak, "李建国", "1", ago(29))
    answer(leak, "李建国", "3", ago(12))
    still = found(
        "h-0204", "inactivity", "bathroom", "", "urgent", ago(19),
        since=ago(271).isoformat(), minutes=252.0, limit=240.0,
    )  # fmt: skip
    answer(still, "沈慧敏", "1", ago(6))
    pressed = found("h-0402", "sos", "bedroom", "bedroom-sos", "emergency", ago(1.6), presses=2.0, value=1.0)
    for alert in (silent, door, leak, still, pressed):
        wait(alert, now)


def main(config: str, what: str, *names: str) -> None:
    """One command in a program of its own: Django's settings are read once a process."""
    os.environ["SHOUWANG_ALERTS"] = config
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerts.settings")
    import django

    django.setup()
    from alerts.clock import clock

    now = clock().now()
    match what:
        case "seed":
            registry(now)
            day(now)
        case "alerts":
            afternoon(now)
        case "sos":
            from alerts.desk import desk
            from rules.model import Raise, Severity

            home = names[0]
            facts = {"room": "bedroom", "device": f"{home}-bedroom-sos", "presses": float(now.second)}
            told = Raise(f"sos:{home}-bedroom-sos", Severity.EMERGENCY, now, facts)
            print(desk.open_or_worsen(home, told, now).id, time.time())
        case "token":
            from alerts.desk.models import Notice

            wanted = Notice.objects.filter(alert__home=names[0], alert__kind="sos", name=names[1])
            print(wanted.exclude(token="").latest("created_at").token)
        case "answer":
            from alerts.desk.models import Alert

            answer(Alert.objects.get(home=names[0], kind="sos").pk, names[1], names[2], now)


if __name__ == "__main__":
    main(*sys.argv[1:])
