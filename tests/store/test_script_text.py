"""What each script's text consists of: the canary first, and of the shared files what it uses and no more."""

import re

import pytest

from envaccess.store.keys import CANARY, DEADLINES, NAMES, lua_tables
from envaccess.store.script_text import SHARED, compose, own_text, script_names, used_names

every_script = pytest.mark.parametrize("name", script_names())
GIVEN_BY_LUA = frozenset(
    [
        "and",
        "break",
        "do",
        "else",
        "elseif",
        "end",
        "false",
        "for",
        "function",
        "if",
        "in",
        "local",
        "nil",
        "not",
        "or",
        "repeat",
        "return",
        "then",
        "true",
        "until",
        "while",
        "ARGV",
        "KEYS",
        "cjson",
        "ipairs",
        "math",
        "next",
        "pairs",
        "pcall",
        "pcall",
        "redis",
        "string",
        "table",
        "tonumber",
        "tostring",
        "type",
        "unpack",
    ]
)


@every_script
def test_every_script_begins_with_the_canary_on_its_first_line(name: str) -> None:
    """In a slot that moves key by key, a script that began otherwise could die after a write."""
    lines = compose(name, own_text(name)).splitlines()
    assert lines[0] == f"redis.call('EXISTS', ARGV[1] .. '{CANARY}')"
    assert CANARY not in "".join(lines[1:])


def test_the_canary_is_the_name_of_nothing() -> None:
    assert not any(CANARY.startswith(name) or name.startswith(CANARY) for name in NAMES.values())


def defined_names(text: str) -> set[str]:
    """Whatever a text makes itself: locals, loop variables and parameters."""
    found = {"_"}
    for names in re.findall(r"\blocal (?!function)([\w, ]+?)(?=\s*=|\n|$)", text):
        found.update(re.split(r",\s*", names))
    for names in re.findall(r"\bfor ([\w, ]+?)(?: =| in )", text):
        found.update(re.split(r",\s*", names))
    for name, parameters in re.findall(r"\bfunction ?(\w*)\(([\w,. ]*)\)", text):
        found.update({name, *re.split(r",\s*", parameters)})
    return found


@every_script
def test_whatever_a_script_names_is_in_its_text(name: str) -> None:
    """A function left out would be a call of nothing, after the first write perhaps."""
    text = compose(name, own_text(name))
    assert used_names(text) - GIVEN_BY_LUA - defined_names(text) == set()


@every_script
def test_no_shared_function_is_there_for_nothing(name: str) -> None:
    text = compose(name, own_text(name))
    for defined in re.findall(r"^local function (\w+)", text, re.MULTILINE):
        assert len(re.findall(rf"\b{defined}\b", text)) > 1, defined


RARELY = [name for name in script_names() if "-- Rarely: " in own_text(name)]


@pytest.mark.parametrize("name", RARELY)
def test_what_is_rarely_called_is_made_by_the_first_call_of_it(name: str) -> None:
    before, maker = compose(name, own_text(name)).split("make_rare = function()\n")
    rare = set(re.findall(r"^local function (\w+)", maker, re.MULTILINE))
    called = set(re.findall(r"^  return rare\.(\w+)\(\.\.\.\)$", before, re.MULTILINE))
    assert called <= rare
    assert rare
    often = re.findall(r"^local function (\w+)", before, re.MULTILINE)
    assert set(often) & rare == called


@pytest.mark.parametrize("name", RARELY)
def test_each_function_of_a_script_is_made_in_one_place(name: str) -> None:
    text = compose(name, own_text(name))
    whole = re.sub(
        r"^local function \w+\(\.\.\.\)\n  rare = .*\n  return rare\..*\nend\n", "", text, flags=re.MULTILINE
    )
    made = re.findall(r"^local (?:function )?(\w+)", whole, re.MULTILINE)
    assert len(made) == len(set(made))
    without = compose(name, re.sub(r"^-- Rarely: .*\n", "", own_text(name), flags=re.MULTILINE))
    assert set(made) - {"rare"} == set(re.findall(r"^local (?:function )?(\w+)", without, re.MULTILINE))


def test_a_rare_function_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(AssertionError, match="nowhere"):
        compose("odd", "-- Rarely: nowhere\nlocal function act()\n  return 1\nend\nreturn act()\n")


@every_script
def test_every_key_and_lifetime_that_a_script_names_is_in_its_tables(name: str) -> None:
    text = compose(name, own_text(name))
    kinds = set(re.findall(r"\bkey\('(\w+)'", text))
    assert kinds <= NAMES.keys()
    for kind in kinds:
        assert f"['{kind}']='{NAMES[kind]}'" in text
    lifetimes = lua_tables()["TTL"]
    assert isinstance(lifetimes, dict)
    for lifetime in re.findall(r"\bTTL\.(\w+)", text):
        assert f"['{lifetime}']={lifetimes[lifetime]}" in text


@pytest.mark.parametrize(
    "name", ["lead", "resign", "move_cursor", "throttle", "delay", "count_bad_signature"]
)
def test_a_script_of_a_few_lines_stays_one(name: str) -> None:
    """Closures and tables are made anew at every call: 22 KB of them took a third of its time."""
    assert compose(name, own_text(name)).count("local function") <= 5


@pytest.mark.parametrize("name", SHARED)
def test_every_line_of_a_shared_file_belongs_to_a_local(name: str) -> None:
    """What stood between two of them would be in no script."""
    for line in own_text(name).splitlines():
        assert re.match(r"local |end$|\}|--|\s|$", line), line


@every_script
def test_every_kind_of_deadline_that_a_script_names_is_in_the_one_table(name: str) -> None:
    text = compose(name, own_text(name))
    kinds = set(re.findall(r"\bat_deadline\('(\w+)'", text))
    for dropped in re.findall(r"\bdrop_deadlines\([\w.]+, ([^)]*)\)", text):
        kinds.update(re.findall(r"'(\w+)'", dropped))
    assert kinds <= DEADLINES.keys()


def test_every_kind_of_deadline_is_made_by_some_script() -> None:
    texts = "".join(own_text(name) for name in (*SHARED, *script_names()))
    assert set(re.findall(r"\bat_deadline\('(\w+)'", texts)) == DEADLINES.keys()


@pytest.mark.parametrize("name", [*SHARED, *script_names()])
def test_no_function_of_a_script_is_longer_than_a_screen(name: str) -> None:
    blocks = re.findall(
        r"^(?:local function|return once\w*\().*?^end\)?$", own_text(name), re.MULTILINE | re.DOTALL
    )
    assert [block for block in blocks if block.count("\n") >= 40] == []
