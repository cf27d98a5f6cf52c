"""A script is given what it says that it takes: a wrong call is found before anything is written."""

import re
from typing import Any

import pytest

from envaccess.store.script_arguments import KINDS, check, declared
from envaccess.store.script_text import SHARED, own_text, script_names
from tests.store.harness import StoreHarness

every_script = pytest.mark.parametrize("name", script_names())
USED = re.compile(r"\bA(?:\.(\w+)|\['(\w+)'\])")
TEXT = "-- Counts.\n-- Takes: op text, count integer, once flag,\n-- Takes: names texts, ts text?\nreturn 1\n"
GIVEN: dict[str, Any] = {"op": "op-1", "count": 3, "once": "1", "names": {"a": "b"}}


def read_by(*files: str) -> set[str]:
    """The arguments that some Lua reads."""
    return {plain or quoted for file in files for plain, quoted in USED.findall(own_text(file))}


@every_script
def test_a_script_reads_nothing_that_it_does_not_take(name: str) -> None:
    assert read_by(name) <= declared(own_text(name)).kinds.keys()


@every_script
def test_a_script_takes_nothing_that_nobody_reads(name: str) -> None:
    assert declared(own_text(name)).kinds.keys() <= read_by(name, *SHARED)


@every_script
def test_every_kind_is_one_that_is_checked(name: str) -> None:
    kinds = declared(own_text(name)).kinds
    assert kinds or "\n-- Takes: nothing\n" in own_text(name)
    assert set(kinds.values()) <= KINDS.keys()


def test_what_a_script_takes_is_read_from_its_first_lines() -> None:
    takes = declared(TEXT)
    assert takes.kinds == {"op": "text", "count": "integer", "once": "flag", "names": "texts", "ts": "text"}
    assert takes.required == {"op", "count", "once", "names"}
    check("count", TEXT, GIVEN)
    check("count", TEXT, {**GIVEN, "ts": "1.1"})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"op": 1}, "count: op is no text"),
        ({"count": "3"}, "count: count is no integer"),
        ({"once": "yes"}, "count: once is no flag"),
        ({"names": {"a": 1}}, "count: names is no texts"),
        ({"names": "a"}, "count: names is no texts"),
        ({"ts": None}, "count: ts is no text"),
        ({"other": "x"}, "count: takes no other"),
    ],
)
def test_a_wrong_argument_is_named_and_its_value_is_not(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(TypeError, match=f"^{told}$"):
        check("count", TEXT, {**GIVEN, **wrong})


async def test_a_call_without_an_argument_writes_nothing(harness: StoreHarness) -> None:
    """Lua would have met nil in the middle, after the event."""
    request = await harness.file()
    before = await harness.dump()
    with pytest.raises(TypeError, match=r"^cancel: not given actor, ts$"):
        await harness.runner.run("cancel", op="op-1", id=request)
    assert await harness.dump() == before
