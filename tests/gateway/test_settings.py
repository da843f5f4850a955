"""A settings file that is right, and a table of every mistake in one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.check import report
from gateway.paths import config_dir
from gateway.settings import HomePart, Settings, SettingsError, SourcePart, UplinkPart, read, read_home
from rules.home import Supervision
from rules.model import DeviceId, Kind, Raise, Severity
from rules.record import decode, encode
from rules.strict import Problem

KEY = "0123456789abcdef" * 4
CA = """\
-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUAmaQkSE/EjqnhY6GwUrjr5P1AmswCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEyMTQ3MzBaGA8yMTI2MTAyODIxNDcz
MFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP5T
ACK3LD3831eEVAOpdEQ8wxP++/c4IqukoAYvtmUbPGa6VgtwCFUVKp2AO9FktuKH
WetZQQIzUqxDF5VlS7ijUzBRMB0GA1UdDgQWBBTAxk8pCG+49x2yyBh5D7/IZV8t
qjAfBgNVHSMEGDAWgBTAxk8pCG+49x2yyBh5D7/IZV8tqjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIBmr/iJefK//7edcptP/c8JUuPb1WUGkaRhe
uureX5eDAiBNK8P77skXgLZ7iUnC4VODmm7uh2BymoTvB2+fc43Hiw==
-----END CERTIFICATE-----
"""  # anybody's: its key was thrown away
GATEWAY = f'[gateway]\nid = "gw-0017"\nkey = "{KEY}"\ndata = "data"\n'
UPLINK = '[uplink]\nhost = "127.0.0.1"\n'
SOURCE = '[[source]]\nname = "zigbee"\ntype = "zigbee2mqtt"\n'
SECOND = '[[source]]\nname = "hall"\ntype = "zigbee2mqtt"\nbase = "hall/z2m"\n'
HOME = '[[home]]\nid = "h-0402"\nzone = "Asia/Shanghai"\n'
NEXT = HOME.replace("0402", "0403")
SMOKE = '[[home.device]]\nid = "0x00158d0001a2b3c4"\nroom = "kitchen"\nname = "厨房烟感"\nkinds = ["smoke"]\n'
DOOR = '[[home.device]]\nid = "front door"\nroom = "hall"\nkinds = ["contact"]\nexterior = true\n'
GOOD = GATEWAY + UPLINK + SOURCE + HOME + SMOKE + DOOR


def write(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as caught:
        read(write(folder, text))
    return caught.value.problems


def test_a_file_without_a_mistake(tmp_path: Path) -> None:
    settings = read(write(tmp_path, GOOD))
    assert settings.gateway.id == "gw-0017"
    assert settings.gateway.key == bytes.fromhex(KEY)
    assert settings.gateway.data == tmp_path / "data"
    assert settings.uplink == UplinkPart(
        "127.0.0.1", 1883, "", "", False, None, timedelta(seconds=60), timedelta(seconds=2)
    )
    assert settings.sources == (
        SourcePart(
            *("zigbee", "zigbee2mqtt", "127.0.0.1", 1883, "", "", False, None),
            *("zigbee2mqtt", "shouwang-gw-0017-zigbee"),
        ),
    )
    assert settings.device_source == {"0x00158d0001a2b3c4": "zigbee", "front door": "zigbee"}


def test_a_home_and_its_devices(tmp_path: Path) -> None:
    (part,) = read(write(tmp_path, GOOD)).homes
    smoke, door = part.home.devices
    assert (part.home.id, part.home.zone.key, part.rules) == ("h-0402", "Asia/Shanghai", "default")
    assert (smoke.id, smoke.room, smoke.name) == ("0x00158d0001a2b3c4", "kitchen", "厨房烟感")
    assert (smoke.kinds, smoke.exterior) == (frozenset({Kind.SMOKE}), False)
    assert (door.kinds, door.exterior) == (frozenset({Kind.CONTACT}), True)


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ('kinds = ["smoke"]', (6, 26)),
        ('kinds = ["gas", "battery"]', (6, 26)),
        ('kinds = ["co"]', (6, 26)),
        ('kinds = ["sos"]', (26, 52)),
        ('kinds = ["motion"]', (12, 26)),
        ("", (12, 26)),
        ('kinds = ["motion"]\nfamily = "zigbee-sos"', (26, 52)),
    ],
)
def test_how_long_a_device_may_be_silent(tmp_path: Path, line: str, hours: tuple[int, int]) -> None:
    text = f'{GATEWAY}{SOURCE}{HOME}[[home.device]]\nid = "a"\nroom = "b"\n{line}\n'
    (device,) = read(write(tmp_path, text)).homes[0].home.devices
    assert device.supervision == Supervision(timedelta(hours=hours[0]), timedelta(hours=hours[1]), learn=True)


def test_without_a_centre_it_only_records(tmp_path: Path) -> None:
    assert read(write(tmp_path, GATEWAY + SOURCE + HOME + SMOKE)).uplink is None


def test_secrets_lie_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "gateway.key").write_text(KEY + "\n")
    (tmp_path / "password").write_text("open sesame\n")
    (tmp_path / "ca.pem").write_text(CA)
    text = GOOD.replace(f'key = "{KEY}"', 'key_file = "gateway.key"').replace(
        UPLINK, UPLINK + 'username = "gw"\npassword_file = "password"\ntls = true\nca_file = "ca.pem"\n'
    )
    settings = read(write(tmp_path, text))
    assert settings.gateway.key == bytes.fromhex(KEY)
    assert settings.uplink is not None
    assert settings.uplink.password == "open sesame"
    assert settings.uplink.ca_file == tmp_path / "ca.pem"


def test_two_sources_and_the_instant_of_installation(tmp_path: Path) -> None:
    smoke = SMOKE + 'source = "zigbee"\ninstalled = 2026-11-01T09:00:00+08:00\n'
    text = GATEWAY + SOURCE + SECOND + HOME + smoke + DOOR + 'source = "hall"\n'
    settings = read(write(tmp_path, text))
    assert settings.device_source == {"0x00158d0001a2b3c4": "zigbee", "front door": "hall"}
    installed = settings.homes[0].installed
    assert installed == {DeviceId("0x00158d0001a2b3c4"): datetime(2026, 11, 1, 1, tzinfo=UTC)}


def test_a_corridor_of_homes(tmp_path: Path) -> None:
    second = NEXT + DOOR.replace("front door", "other door")
    assert [part.home.id for part in read(write(tmp_path, GOOD + second)).homes] == ["h-0402", "h-0403"]


def test_a_profile_may_be_a_file_beside_the_settings(tmp_path: Path) -> None:
    shipped = config_dir() / "rules" / "default.toml"
    (tmp_path / "ours.toml").write_bytes(shipped.read_bytes())
    settings = read(write(tmp_path, GOOD.replace(HOME, HOME + 'rules = "ours.toml"\n')))
    assert settings.homes[0].rules == "ours.toml"


@pytest.mark.parametrize("path", sorted((config_dir() / "rules").glob("*.toml")), ids=lambda path: path.stem)
def test_every_profile_that_ships(tmp_path: Path, path: Path) -> None:
    read(write(tmp_path, GOOD.replace(HOME, HOME + f'rules = "{path.stem}"\n')))


@pytest.mark.parametrize("name", ["gateway", "home"])
def test_the_examples_that_ship(name: str) -> None:
    assert read_home(config_dir() / "examples" / f"{name}.toml")


def test_the_example_needs_nothing_but_a_key(tmp_path: Path) -> None:
    text = (config_dir() / "examples" / "gateway.toml").read_text("utf-8")
    (problem,) = refused(tmp_path, text)
    assert problem.key == "gateway.key_file"


MISTAKES: list[tuple[str, str, str, str, str]] = [
    # in place of this, this stands                → at this key, this is said, and this remedy
    (UPLINK, "[uplnk]\nhost = 'a'\n", "uplnk", 'no section "uplnk"', 'did you mean "uplink"?'),
    (GATEWAY, "", "gateway", "is missing", "add [gateway]"),
    (GATEWAY, "gateway = 1\n", "gateway", "must be one table", "write it as [gateway]"),
    (GATEWAY, "uplink = 1\n", "uplink", "must be one table", "write it as [uplink]"),
    ('id = "gw-0017"\n', "", "gateway.id", "is missing", "text in quotes"),
    ("gw-0017", "gw 0017", "gateway.id", "not in the right form", "letters, digits"),
    ("gw-0017", "g" * 65, "gateway.id", "not in the right form", "64 at most"),
    ('id = "gw-0017"', "id = 17", "gateway.id", "must be text, is 17", "text in quotes"),
    (f'key = "{KEY}"\n', "", "gateway.key_file", "is missing", "openssl rand -hex 32 > gateway.key"),
    (KEY, KEY[:-1], "gateway.key", "is not a key", "openssl rand -hex 32"),
    (KEY, "g" * 64, "gateway.key", "is not a key", "openssl rand -hex 32"),
    (KEY, "0" * 64, "gateway.key", "not all zero", "openssl rand -hex 32"),
    ('data = "data"', "data = 3", "gateway.data", "must be a path, is 3", "a path in quotes"),
    ('data = "data"', 'metrics = "127.0.0.1:9469"', "gateway.metrics", "unknown key", "key_file"),
    ('data = "data"', 'dta = "x"', "gateway.dta", "unknown key", 'did you mean "data"?'),
    (f'key = "{KEY}"', 'key_file = "no.key"', "gateway.key_file", "there is no file", "make it"),
    ('data = "data"', 'key_file = "k"', "gateway.key_file", "stands beside gateway.key", "keep only one"),
    (UPLINK, "[uplink]\nport = 1883\n", "uplink.host", "is missing", "text in quotes"),
    (UPLINK, '[uplink]\nhost = "a/b"\n', "uplink.host", "not in the right form", "without a port"),
    (UPLINK, UPLINK + "port = 70000\n", "uplink.port", "70000 is out of range", "from 1 to 65535"),
    (UPLINK, UPLINK + 'port = "1883"\n', "uplink.port", 'is the text "1883"', "a whole number"),
    (UPLINK, UPLINK + "heartbeat = 60\n", "uplink.heartbeat", "must be a duration, is 60", '"90s"'),
    (UPLINK, UPLINK + 'heartbeat = "2d"\n', "uplink.heartbeat", '"2d" is out of range', 'to "1h"'),
    (UPLINK, UPLINK + 'linger = "-1s"\n', "uplink.linger", "must be a duration", '"90s"'),
    (UPLINK, UPLINK + 'tls = "yes"\n', "uplink.tls", "must be true or false", "true or false"),
    (UPLINK, UPLINK + 'ca_file = "ca.pem"\n', "uplink.ca_file", "no effect without tls", "tls = true"),
    (UPLINK, UPLINK + 'tls = true\nca_file = "ca.pem"\n', "uplink.ca_file", "there is no file", "copy"),
    (
        UPLINK,
        UPLINK + 'tls = true\nca_file = "gateway.toml"\n',
        "uplink.ca_file",
        "is no CA certificate",
        "in PEM",
    ),
    (UPLINK, UPLINK + 'password = "x"\n', "uplink.username", "is missing beside a password", "add the user"),
    (
        UPLINK,
        UPLINK + 'username = "x"\npassword_file = "p"\n',
        "uplink.password_file",
        "there is no file",
        "make",
    ),
    (SOURCE, SOURCE.replace("name", "nmae"), "source[1].nmae", "unknown key", 'did you mean "name"?'),
    (SOURCE, SOURCE.replace("zigbee2mqtt", "zigbe"), "source[1].type", "not known here", "zigbee2mqtt"),
    (SOURCE, SOURCE + 'base = "a/#"\n', "source[1].base", "not in the right form", "without + and #"),
    (SOURCE, SOURCE + 'base = "a/"\n', "source[1].base", "not in the right form", "no / at its ends"),
    (SOURCE, SOURCE + 'client = "a b"\n', "source[1].client", "not in the right form", "no spaces"),
    (SOURCE, SOURCE + 'password = "b"\n', "source[1].username", "is missing beside a password", "add"),
    (SOURCE, SOURCE.replace("[[source]]", "[source]"), "source", "must be a list of tables", "[[source]]"),
    (SOURCE, "", "home[1].device[1].source", "there is no source", "add a [[source]]"),
    (SOURCE, SOURCE + SECOND, "home[1].device[1].source", "is missing", "say which: zigbee, hall"),
    (SOURCE, SOURCE + SOURCE, "source[2].name", 'the source "zigbee" is there twice', "its own name"),
    (
        SOURCE,
        SOURCE + 'client = "c"\n' + SECOND + 'client = "c"\n',
        "source[2].client",
        '"c" is used twice at one broker',
        "name each session apart",
    ),
    (HOME + SMOKE + DOOR, "", "home", "no home is named", "add a [[home]]"),
    (HOME + SMOKE + DOOR, "[[home]]\n", "home[1].id", "is missing", "text in quotes"),
    (HOME, HOME.replace("[[home]]", "[home]"), "home", "must be a list of tables", "[[home]]"),
    ("h-0402", "h/0402", "home[1].id", "not in the right form", "letters, digits"),
    ('zone = "Asia/Shanghai"\n', "", "home[1].zone", "is missing", "text in quotes"),
    ("Asia/Shanghai", "China/Shanghai", "home[1].zone", "no time zone", 'did you mean "Asia/Shanghai"?'),
    ("Asia/Shanghai", "Asia/Shanghia", "home[1].zone", "no time zone", 'did you mean "Asia/Shanghai"?'),
    ("Asia/Shanghai", "Asia", "home[1].zone", "no time zone", '"Asia/Shanghai"'),
    ("Asia/Shanghai", "../etc/passwd", "home[1].zone", "no time zone", '"Asia/Shanghai"'),
    ('"Asia/Shanghai"', "8", "home[1].zone", "must be text, is 8", "text in quotes"),
    (HOME, HOME + 'rules = "shanhai"\n', "home[1].rules", 'no profile "shanhai"', 'did you mean "shanghai"?'),
    (HOME, HOME + 'rules = "no/such.toml"\n', "", "there is no such file", "check the path"),
    (DOOR, DOOR + NEXT + "device = 3\n", "home[2].device", "must be a list, is 3", "[ ]"),
    (DOOR, DOOR + NEXT + "device = [3]\n", "home[2].device[1]", "must be a table, is 3", "write it as"),
    ('"front door"', f'"{"d" * 151}"', "home[1].device[2].id", "not in the right form", "150 letters"),
    (DOOR, DOOR + HOME, "home[2].id", 'the home "h-0402" is there twice', "home[1]"),
    (DOOR, DOOR + DOOR, "home[1].device[3].id", "is there twice", "home[1].device[2]"),
    ("front door", "0x00158D0001A2B3C4", "home[1].device[2].id", "is there twice", "home[1].device[1]"),
    (
        DOOR,
        DOOR + NEXT + SMOKE,
        "home[2].device[1].id",
        "is there twice",
        "home[1].device[1]",
    ),
    ('room = "kitchen"\n', "", "home[1].device[1].room", "is missing", "text in quotes"),
    ('room = "kitchen"', 'room = ""', "home[1].device[1].room", "not in the right form", "the room's name"),
    ('room = "kitchen"', 'rom = "kitchen"', "home[1].device[1].rom", "unknown key", 'did you mean "room"?'),
    ("front door", "front/#", "home[1].device[2].id", "not in the right form", "without + and #"),
    ('["smoke"]', '["smoek"]', "home[1].device[1].kinds[1]", '"smoek" is not known', 'did you mean "smoke"?'),
    ('["smoke"]', '"smoke"', "home[1].device[1].kinds", "must be a list", "[ ]"),
    (DOOR, DOOR + 'family = "zigbee-batery"\n', "home[1].device[2].family", "no family", '"zigbee-battery"?'),
    (DOOR, DOOR + 'source = "zigbe"\n', "home[1].device[2].source", "no source", 'did you mean "zigbee"?'),
    (DOOR, DOOR + "installed = 2026-11-01T09:00:00\n", "home[1].device[2].installed", "no zone", "+08:00"),
    (DOOR, DOOR + 'installed = "today"\n', "home[1].device[2].installed", "must be an instant", "+08:00"),
    ("exterior = true", "exterior = 1", "home[1].device[2].exterior", "must be true or false", "true"),
    (HOME, HOME + "id = 3\n", "", "is not TOML", "correct that place"),
]


@pytest.mark.parametrize(("old", "new", "key", "what", "remedy"), MISTAKES)
def test_a_mistake(tmp_path: Path, old: str, new: str, key: str, what: str, remedy: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    problems = refused(tmp_path, text.replace(UPLINK, "") if new.startswith("uplink") else text)
    told = [p for p in problems if p.key == key and what in p.what and remedy in p.remedy]
    assert told, [str(problem) for problem in problems]


def test_all_mistakes_of_a_file_at_once(tmp_path: Path) -> None:
    text = GOOD
    for old, new in [
        ("gw-0017", "gw 0017"),
        ("127.0.0.1", "a/b"),
        ("Asia/Shanghai", "Asia/Shangai"),
        ('room = "kitchen"\n', ""),
        ("exterior = true", "exterior = 1\ninstalled = 2026-11-01T09:00:00"),
    ]:
        text = text.replace(old, new, 1)
    assert [problem.key for problem in refused(tmp_path, text + DOOR + 'source = "x"\nfamily = "y"\n')] == [
        "gateway.id",
        "uplink.host",
        "home[1].device[3].id",
        "home[1].zone",
        "home[1].device[1].room",
        "home[1].device[2].exterior",
        "home[1].device[2].installed",
        "home[1].device[3].family",
        "home[1].device[3].source",
    ]


def test_the_file_is_named_in_every_problem(tmp_path: Path) -> None:
    problems = refused(tmp_path, GOOD.replace("gw-0017", "gw 0017").replace('room = "hall"\n', ""))
    assert {problem.where for problem in problems} == {str(tmp_path / "gateway.toml")}


def test_a_mistake_in_a_profile_names_the_profile(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("nonsense = 1\n")
    problems = refused(tmp_path, GOOD.replace(HOME, HOME + 'rules = "./ours.toml"\n'))
    assert {problem.where for problem in problems} == {str(tmp_path / "ours.toml")}


def test_a_secret_is_never_told(tmp_path: Path) -> None:
    text = GOOD.replace(KEY, "feedface").replace(UPLINK, UPLINK + 'password = "open sesame"\n')
    told = " ".join(map(str, refused(tmp_path, text)))
    assert "feedface" not in told
    assert "sesame" not in told


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        read(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'id = "\xe9"')
    with pytest.raises(SettingsError, match="is not UTF-8 at byte 6"):
        read(tmp_path / "latin.toml")


def test_a_home_alone(tmp_path: Path) -> None:
    part = read_home(write(tmp_path, HOME + SMOKE + DOOR))
    assert isinstance(part, HomePart)
    assert len(part.home.devices) == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no home is named"),
        (HOME + NEXT, "holds 2 homes"),
        (HOME + SMOKE + SMOKE, "is there twice"),
        ("x = 1\n" + HOME, 'no section "x"'),
    ],
)
def test_no_home_alone(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        read_home(write(tmp_path, text))


def test_check_explains_a_good_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(write(tmp_path, GOOD + "installed = 2026-11-01T01:00:00Z\n")) == 0
    out = capsys.readouterr().out
    for words in ("gw-0017", "h-0402", "127.0.0.1:1883", "No mistake found."):
        assert words in out


def test_check_lists_every_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(write(tmp_path, GOOD.replace("gw-0017", "").replace("kitchen", ""))) == 1
    out = capsys.readouterr().out
    for words in ("gateway.toml", "gateway.id", "home[1].device[1].room", "2 mistakes"):
        assert words in out


def test_read_returns_what_the_gateway_takes(tmp_path: Path) -> None:
    assert isinstance(read(write(tmp_path, GOOD)), Settings)


def test_no_secret_is_told_by_what_is_printed(tmp_path: Path) -> None:
    user = 'username = "me"\npassword = "hunter2"\n'
    settings = read(write(tmp_path, GOOD.replace(UPLINK, UPLINK + user).replace(SOURCE, SOURCE + user)))
    assert settings.uplink is not None
    assert (settings.uplink.password, settings.sources[0].password) == ("hunter2", "hunter2")
    assert "hunter2" not in repr(settings)
    assert repr(settings.gateway.key) not in repr(settings)


def test_each_finding_of_the_longest_name_is_a_record(tmp_path: Path) -> None:
    """The centre refuses a batch with a longer key, and with it everything behind it."""
    home = read(write(tmp_path, GOOD.replace("front door", "d" * 150))).homes[0].home
    for kind in (*Kind, "device.silent", "door.open", "gateway.silent"):
        key = f"{kind}:{home.devices[1].id}"
        line = encode(1, datetime.now(UTC), Raise(key, Severity.CHECK, datetime.now(UTC)))
        assert decode(line).item.key == key  # type: ignore[union-attr]


def test_a_mistake_beside_the_key_hides_none_in_it(tmp_path: Path) -> None:
    problems = refused(tmp_path, GOOD.replace(KEY, "12").replace("gw-0017", "gw 17"))
    assert [problem.key for problem in problems] == ["gateway.id", "gateway.key"]


def test_a_password_without_quotes_is_not_shown(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, GOOD.replace(UPLINK, UPLINK + 'username = "me"\npassword = 271828\n'))
    assert (problem.key, problem.what) == ("uplink.password", "must be text")
