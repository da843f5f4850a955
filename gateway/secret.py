"""The gateway's key and the broker's password, written in the settings or, better, in a file of their own."""

from __future__ import annotations

from pathlib import Path

from gateway.notes import Notes

KEY_BYTES = 32
_MAKE = "make one: openssl rand -hex 32"


def key(given: str | None, file: Path | None, notes: Notes) -> bytes | None:
    """The key that seals what this gateway says, from 64 hex digits; the value itself is never told."""
    at = "gateway.key" if file is None else "gateway.key_file"
    if given is None and file is None:
        notes.add("gateway.key_file", "is missing", f'write key_file = "gateway.key"; {_MAKE} > gateway.key')
        return None
    text = chosen(given, file, at, "gateway.key", notes)
    if text is None:
        return None
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) == KEY_BYTES and any(found):
        return found
    notes.add(at, f"is not a key: it must be {KEY_BYTES} bytes in hex, not all zero", _MAKE)
    return None


def chosen(given: str | None, file: Path | None, at: str, plain: str, notes: Notes) -> str | None:
    """The secret itself or the first line of its file; both together are a mistake."""
    if file is None:
        return given
    if given is not None:
        notes.add(at, f"stands beside {plain}", "keep only one of them, best the file")
        return None
    path = notes.inside(file)
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        notes.add(at, f"there is no file {path}", "make it, readable for the service alone")
    except OSError as error:
        notes.add(at, f"{path} cannot be read: {error.strerror}", "let the service's user read it")
    except UnicodeDecodeError:
        notes.add(at, f"{path} is not text", "write the secret as one line of text")
    return None
