"""The shape that was agreed: who may import whom, what is pure, how long a thing may be."""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("rules", "devices", "gateway", "alerts")
MAY_IMPORT = {
    "rules": {"rules"},
    "devices": {"devices", "rules"},
    "gateway": {"gateway", "devices", "rules"},
    "alerts": {"alerts", "rules"},
}
JOINS_BOTH = {"gateway/standalone.py"}  # the one place where the edge and the centre meet
PURE = ("rules/", "alerts/core/", "devices/codecs/", "devices/sieve", "devices/inventory", "devices/roles")
IMPURE = {
    *("asyncio", "time", "random", "secrets", "socket", "ssl", "os", "sqlite3", "logging", "threading"),
    *(
        "subprocess",
        "shutil",
        "tempfile",
        "glob",
        "selectors",
        "multiprocessing",
        "concurrent",
        "urllib",
        "http",
    ),
}
CLOCK = {"now", "utcnow", "today"}
DISK = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "exists", "iterdir", "print", "input"}
PURE_LIBRARIES = {"msgspec", "numpy"}
CATCHES_ALL = {"gateway/supervise.py", "alerts/desk/courier.py"}
HAS_TO_FORWARD = {  # **kwargs: the signature is Django's or Twilio's
    "alerts/channels/sms_twilio.py",
    "alerts/registry/models.py",
    "alerts/web/guard.py",
}
VAGUE = re.compile(r".+(Manager|Handler|Helper|Util|Utils|Service)$")
LONGEST_FUNCTION, USUAL_FUNCTION, MEDIAN_FUNCTION = 50, 25, 8  # lines
LONGEST_FILE, MEDIAN_FILE = 400, 150  # lines

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for package in OURS
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
PURE_FILES = [name for name in FILES if name.startswith(PURE)]
every_file = pytest.mark.parametrize("name", FILES)
every_pure_file = pytest.mark.parametrize("name", PURE_FILES)


def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text("utf-8"))


def imports(name: str) -> Iterator[str]:
    """The full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(tree(name)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)


def functions(name: str) -> Iterator[tuple[str, int]]:
    """Each function with its length in lines, its signature and docstring included."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_the_files_are_found() -> None:
    assert {name.partition("/")[0] for name in FILES} == set(OURS)
    assert {"rules/model.py", "rules/engine.py", "devices/sieve.py"} <= set(PURE_FILES)


@every_file
def test_the_arrows_of_import(name: str) -> None:
    package = name.partition("/")[0]
    allowed = MAY_IMPORT[package] | ({"alerts"} if name in JOINS_BOTH else set())
    wrong = {
        module for module in imports(name) if (top := module.partition(".")[0]) in OURS and top not in allowed
    }
    assert not wrong


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("alerts/core/")])
def test_the_core_of_the_alerts_knows_no_framework(name: str) -> None:
    known = sys.stdlib_module_names | {"rules"}
    assert not {
        m for m in imports(name) if m.partition(".")[0] not in known and not m.startswith("alerts.core")
    }


@every_pure_file
def test_the_pure_files_import_nothing_impure(name: str) -> None:
    tops = {module.partition(".")[0] for module in imports(name)}
    assert not tops & IMPURE
    assert tops <= set(sys.stdlib_module_names) | set(OURS) | PURE_LIBRARIES


@every_pure_file
def test_the_pure_files_ask_neither_clock_nor_disk(name: str) -> None:
    wrong = []
    for node in ast.walk(tree(name)):
        match node:
            case ast.Call(func=ast.Attribute(attr=called)) | ast.Call(func=ast.Name(id=called)):
                if called in CLOCK | DISK:
                    wrong.append(f"{name}:{node.lineno} {called}()")
    assert not wrong


@every_file
def test_no_function_is_too_long(name: str) -> None:
    assert not [where for where, length in functions(name) if length > LONGEST_FUNCTION]


def test_most_functions_are_short() -> None:
    lengths = [length for name in FILES for _, length in functions(name)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION
    assert sum(length <= USUAL_FUNCTION for length in lengths) / len(lengths) >= 0.9


@every_file
def test_no_file_is_too_long(name: str) -> None:
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= LONGEST_FILE


def test_most_files_are_short() -> None:
    assert (
        statistics.median(len((ROOT / name).read_text("utf-8").splitlines()) for name in FILES) <= MEDIAN_FILE
    )


@every_file
def test_each_module_says_what_it_is_for(name: str) -> None:
    parsed = tree(name)
    assert not parsed.body or ast.get_docstring(parsed)


@every_file
def test_the_shape_of_code(name: str) -> None:
    assert not list(breaches(name))


def breaches(name: str) -> Iterator[str]:
    """Where a file does what the house style rules out."""
    for node in ast.walk(tree(name)):
        match node:
            case ast.Assert():
                yield f"{name}:{node.lineno} assert is for tests; raise, with what to do about it"
            case ast.Global() | ast.Nonlocal():
                yield f"{name}:{node.lineno} hidden state"
            case ast.FunctionDef(args=ast.arguments(kwarg=ast.arg() as rest)) if takes_anything(rest, name):
                yield f"{name}:{node.lineno} {node.name} takes **kwargs"
            case ast.ExceptHandler() if catches_all(node) and name not in CATCHES_ALL:
                yield f"{name}:{node.lineno} catches everything and goes on"
            case ast.ClassDef() if VAGUE.fullmatch(node.name):
                yield f"{name}:{node.lineno} {node.name}: name the thing itself"


def takes_anything(rest: ast.arg, name: str) -> bool:
    """Whether **kwargs hides what a function takes; not if it ignores them or passes on what is typed."""
    told = ast.unparse(rest.annotation) if rest.annotation else ""
    return not (rest.arg.startswith("_") or told.endswith(".kwargs") or name in HAS_TO_FORWARD)


def catches_all(node: ast.ExceptHandler) -> bool:
    """Whether it takes any exception and does not raise it again."""
    told = ast.unparse(node.type) if node.type else "BaseException"
    last = node.body[-1]
    return told in ("Exception", "BaseException") and not (isinstance(last, ast.Raise) and last.exc is None)


def test_our_classes_do_not_inherit_from_each_other() -> None:
    classes = [
        (name, node) for name in FILES for node in ast.walk(tree(name)) if isinstance(node, ast.ClassDef)
    ]
    known = {node.name for _, node in classes if not is_marked(node)}
    heirs = {
        f"{name}: {node.name}" for name, node in classes for base in node.bases if ast.unparse(base) in known
    }
    assert not heirs


def is_marked(node: ast.ClassDef) -> bool:
    """A Protocol or an error may have heirs."""
    return node.name.endswith("Error") or any("Protocol" in ast.unparse(base) for base in node.bases)
