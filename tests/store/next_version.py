"""A made-up next version: our scripts under other SHAs, schema 3, and words of its own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from envaccess.store import records
from envaccess.store.client import Client
from envaccess.store.script_text import compose, own_text, script_names
from tests.store.harness import StoreHarness

_LATER = "SCHEMA = 3\n"
"""Its scripts read and write schema 3: the table of that name stands above a script's own lines."""
EVENT = {"event": "moon.risen", "at": "1760000000123", "actor": "robot:r2", "phase": "full"}
DEADLINE = "moonrise"


def _text(name: str) -> str:
    """A script of it: the same steps, under another SHA."""
    own = own_text(name)
    takes, lines = _split(own)
    later = _LATER if "local SCHEMA=" in compose(name, own) else ""
    return f"{takes}{later}{lines}-- the next version\n"


def _split(own: str) -> tuple[str, str]:
    """The first lines, which say what a script takes, and the rest."""
    lines = own.splitlines(keepends=True)
    head = next(place for place, line in enumerate(lines) if not line.startswith("--"))
    return "".join(lines[:head]), "".join(lines[head:])


def next_version(client: Client) -> StoreHarness:
    """Its adapters, on the same store."""
    harness = StoreHarness(client)
    runner: Any = harness.runner
    runner._further = {**runner._further, **{name: _text(name) for name in script_names()}}
    return harness


@contextlib.contextmanager
def reading(version: str = "next") -> Iterator[None]:
    """While it acts, the adapters read its schema too; the other version does not."""
    with pytest.MonkeyPatch.context() as patched:
        if version == "next":
            patched.setattr(records, "_KNOWN", records._KNOWN | {"3"})
        yield
