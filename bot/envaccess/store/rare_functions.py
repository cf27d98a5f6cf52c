"""Functions that most calls of a script do not need: they are made by the first call of one of them.

A script says in a line `-- Rarely: settle, refuse` which functions it seldom calls. These, and whatever only
they use, stand inside of one function that makes them: a quarter of the time of the script that files went
into making what it did not call (docs/explanation/benchmarks.md).
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

_RARELY: Final = re.compile(r"^-- Rarely: (.+)$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^(?=local |return )", re.MULTILINE)
_NAMED: Final = re.compile(r"local (function )?(\w+)")

UsedNames = Callable[[str], AbstractSet[str]]
"""The names that some Lua reads."""


def with_rare_apart(shared: Mapping[str, str], text: str, used: UsedNames) -> str:
    """The body of a script: what it uses of the shared files, and its own lines.

    Args:
        shared: each function or value that it uses, by name, in order.
        text: its own lines; where these name rare functions, the last one at the margin is a `return`.
        used: the names that some Lua reads.
    """
    rarely = {name for line in _RARELY.findall(text) for name in line.split(", ")}
    if not rarely:
        return "".join(shared.values()) + text
    opening, *own, last = _BLOCK.split(text)
    units, at_once = dict(shared), [last]
    for block in own:
        function, name = _name_of(block)
        units[name] = block
        at_once += [] if function else [block]
    missing = rarely - units.keys()
    assert not missing, f"rare functions that are not there: {missing}"
    often = _reached(at_once, units, rarely, used) | {_name_of(block)[1] for block in at_once[1:]}
    rare = {name: lines for name, lines in units.items() if name not in often}
    called = {name for name in rarely if any(name in used(units[one]) for one in often) or name in used(last)}
    first = opening + "local rare, make_rare\n"
    return first + "".join(_eager(units, often, called)) + _maker(rare, called) + last


def _name_of(block: str) -> tuple[bool, str]:
    """Whether a block is a function, and what it defines."""
    named = _NAMED.match(block)
    assert named is not None, block
    return bool(named[1]), named[2]


def _reached(
    at_once: list[str], units: Mapping[str, str], rarely: AbstractSet[str], used: UsedNames
) -> set[str]:
    """What is used without any of the rare ones."""
    found, waiting = set[str](), list(at_once)
    while waiting:
        new = (used(waiting.pop()) & units.keys()) - found - rarely
        found |= new
        waiting += [units[name] for name in new]
    return found


def _eager(units: Mapping[str, str], often: AbstractSet[str], called: AbstractSet[str]) -> list[str]:
    return [
        lines if name in often else _by_way_of_maker(name)
        for name, lines in units.items()
        if name in often or name in called
    ]


def _by_way_of_maker(name: str) -> str:
    return f"local function {name}(...)\n  rare = rare or make_rare()\n  return rare.{name}(...)\nend\n"


def _maker(rare: Mapping[str, str], called: AbstractSet[str]) -> str:
    made = ", ".join(f"{name} = {name}" for name in sorted(called))
    return f"make_rare = function()\n{''.join(rare.values())}return {{ {made} }}\nend\n"
