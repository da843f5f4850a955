"""Words for the fuzzer: what a codec's own source compares its input with, so that mutations get past it."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

LONGEST = 32  # characters of a word; longer ones are documentation


def dictionary(module: str) -> str:
    """A dictionary as libFuzzer reads it: one quoted word a line, from the module and the codecs that it
    imports."""
    found = dict.fromkeys(word for tree in _trees(module) for word in _words(tree))
    return "".join(f'"{_escaped(word)}"\n' for word in found)


def _escaped(word: bytes) -> str:
    return "".join(rf"\x{byte:02x}" for byte in word)


def _trees(module: str) -> Iterator[ast.Module]:
    """The module's source, and that of its neighbours which it uses."""
    waiting, seen = [module], set[str]()
    while waiting:
        name = waiting.pop()
        spec = None if name in seen else importlib.util.find_spec(name)
        seen.add(name)
        if spec is None or spec.origin is None:
            continue
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        yield tree
        waiting += [used for node in ast.walk(tree) for used in _used(node)]


def _used(node: ast.AST) -> list[str]:
    match node:
        case ast.ImportFrom(module="devices.codecs", names=names):
            return [f"devices.codecs.{one.name}" for one in names]
        case ast.ImportFrom(module=str(name)) if name.startswith("devices.codecs."):
            return [name]
    return []


def _words(tree: ast.Module) -> Iterator[bytes]:
    """Texts and bytes that stand in the code, and pairs of small numbers: a channel, a command."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in prose and 1 < len(text) <= LONGEST:
                yield text.encode()
            case ast.Constant(value=bytes(data)) if data:
                yield data[:LONGEST]
            case ast.Tuple(elts=[*_, ast.Constant(value=int(high)), ast.Constant(value=int(low))]) if (
                0 <= high < 256 > low >= 0
            ):
                yield bytes((high, low))
