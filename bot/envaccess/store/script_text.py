"""The whole text of each script: the canary, the tables and shared functions that it uses, its own lines.

Every call makes all closures and tables of its text anew, so what a script does not use is left out
(docs/explanation/benchmarks.md).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from envaccess.store.keys import CANARY, lua_tables
from envaccess.store.rare_functions import with_rare_apart

SHARED = (
    "lib_principal",
    "lib",
    "lib_once",
    "lib_baseline",
    "lib_locked",
    "lib_catalogue",
    "lib_ruling",
    "lib_release",
    "lib_tap",
    "lib_lease",
    "lib_grant",
    "lib_chain",
    "lib_room",
    "lib_proposal",
    "lib_calls",
    "lib_session",
    "lib_still",
    "lib_access_review",
    "lib_lock",
    "lib_turns",
    "lib_cursors",
    "lib_rotation",
    "lib_ledger",
    "lib_archive",
)
"""Files of steps that scripts share, in the order in which they need each other."""

_OPENING = f"redis.call('EXISTS', ARGV[1] .. '{CANARY}')\n"
"""Fails, before anything is written, while a cluster moves this slot key by key.

What a node does not have is then looked for at the other one. By its line `client.translate` knows its error.
"""
_BY_WORD = frozenset({"KEY", "TTL"})
"""Tables of which a script gets only the entries that it names."""
_TEXT = re.compile(r"--[^\n]*|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_NAME = re.compile(r"(?<!\w)(?:(?<!\.)|(?<=\.\.))[A-Za-z_]\w*(?!\s*=[^=])(?!\w)")
_DEFINED = re.compile(r"local (?:function )?(\w+)")


def script_names() -> list[str]:
    """Every script, without the shared files."""
    folder = resources.files("envaccess.store.scripts")
    names = (entry.name.removesuffix(".lua") for entry in folder.iterdir() if entry.name.endswith(".lua"))
    return sorted(name for name in names if name not in SHARED)


@cache
def own_text(name: str) -> str:
    """A file of the product, as it lies there."""
    return (resources.files("envaccess.store.scripts") / f"{name}.lua").read_text("utf-8")


@cache
def compose(name: str, text: str) -> str:
    """A script that runs.

    Args:
        name: what it is called in outcomes.
        text: its own lines.
    """
    used = _needed(text)
    shared = {unit: lines for unit, lines in _shared().items() if unit in used}
    body = with_rare_apart(shared, text, used_names)
    return _OPENING + "".join(_tables(name, body)) + body


@cache
def sha_of(script: str) -> str:
    """By what Redis knows a whole script."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


@cache
def is_salted(script: str) -> bool:
    """Whether a whole script reads what events are salted with: it may write one."""
    return "ARGV[3]" in script


@cache
def keeps(script: str) -> bool:
    """Whether a whole script asks how long what is over is kept."""
    return "A.kept_for" in script


@cache
def used_names(text: str) -> frozenset[str]:
    """The names that some Lua reads: no fields, no words of texts or comments."""
    return frozenset(_NAME.findall(_TEXT.sub("''", text)))


@cache
def _shared() -> Mapping[str, str]:
    """Each shared function or value by its name, in order: the lines from one `local` to the next."""
    units: dict[str, str] = {}
    for file in SHARED:
        for unit in re.split(r"^(?=local )", own_text(file), flags=re.MULTILINE)[1:]:
            defined = _DEFINED.match(unit)
            assert defined is not None
            units[defined[1]] = re.sub(r"^(?:--[^\n]*)?\n", "", unit, flags=re.MULTILINE)
    return units


def _needed(text: str) -> set[str]:
    """What a script uses of the shared files, and what that uses in turn."""
    units, found = _shared(), set[str]()
    waiting = [text]
    while waiting:
        new = (used_names(waiting.pop()) & units.keys()) - found
        found |= new
        waiting += [units[name] for name in new]
    return found


def _tables(name: str, body: str) -> Iterator[str]:
    names, words = used_names(body), set(re.findall(r"\w+", body))
    for table, content in {"SCRIPT": name, **lua_tables()}.items():
        if table not in names:
            continue
        if isinstance(content, Mapping):
            kept = {key: to for key, to in content.items() if table not in _BY_WORD or key in words}
            inside = ",".join(f"[{_literal(key)}]={_literal(to)}" for key, to in kept.items())
            yield f"local {table}={{{inside}}}\n"
        else:
            yield f"local {table}={_literal(content)}\n"


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
