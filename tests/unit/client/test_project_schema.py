"""The schema for editors says what the loader says: hypothesis tries both ways."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import category

from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from jsonschema import ValidationError
from jsonschema.validators import Draft7Validator, extend

from envaccess.client.project import load_project
from envaccess.client.project_file import ProjectSource
from envaccess.client.project_rules import read_rules
from envaccess.client.project_schema import project_schema
from envaccess.client.project_screening import refuse_values
from envaccess.client.project_shape import DURATION_FORM, UNSEEN, fits
from envaccess.domain.duration import parse_duration
from envaccess.domain.errors import ProjectFileError
from envaccess.domain.text import _BLANK as BLANK
from envaccess.domain.text import _JOINERS as JOINERS
from tests.unit.client.project_files import FULL

EXAMPLES = Path(__file__).parents[3] / "examples"
BEYOND = re.compile(
    "two variables would be|is both required and optional|these are more than|this looks like a value"
)


def _whole(_: object, form: str, found: object, __: object) -> Iterator[ValidationError]:
    """A pattern as ECMA-262 has it, where `$` is the end alone."""
    if isinstance(found, str) and not re.search(form[:-1] + r"\Z", found):
        yield ValidationError("does not match")


Validator = extend(Draft7Validator, {"pattern": _whole})
VALIDATOR = Validator(project_schema())


def quoted(text: str) -> str:
    """A TOML string with any character in it."""
    return '"' + "".join(f"\\U{ord(letter):08X}" for letter in text) + '"'


def toml(found: Any) -> str:
    if isinstance(found, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(value)}" for key, value in found.items()) + "}"
    if isinstance(found, list):
        return "[" + ", ".join(map(toml, found)) + "]"
    return quoted(found) if isinstance(found, str) else json.dumps(found)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
good_names = st.from_regex(r"\A(a/|b\.1/)?[A-C](_[A-C])?\Z")
bad_names = texts | st.sampled_from(
    ["required", "a/b/C", "@shop", "1A", "A-B", "A=1", "A\n", "x" * 129, "y" * 21 + "/A"]
)
bad_values = st.sampled_from(
    [3, True, "", [], {}, [1], {"A": 1}, {"A": "B"}, "A", "a/b", "0h", "1h\n", "x" * 501]
)


def tables(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    lists = st.lists(names, min_size=1, max_size=3)
    listed = st.fixed_dictionaries({}, optional={"required": lists, "optional": lists})
    return st.builds(dict.__or__, listed, st.dictionaries(names, names | st.just("a/B"), max_size=2))


def variables(names: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    return st.lists(names, min_size=1, max_size=4) | tables(names)


good = st.fixed_dictionaries(
    {
        "variables": variables(good_names),
        "duration": st.from_regex(r"\A([1-9][0-9]?d)?([0-9]h)?[0-9]m\Z"),
        "why": st.text("b \u3000\u200d\U0001f600", min_size=1, max_size=4).map("a{}c".format),
    },
    optional={"environment": st.from_regex(r"\A[a-z0-9][a-z.-]{0,3}\Z")},
)
odd = st.dictionaries(
    st.sampled_from(["environment", "variables", "duration", "why", "optional", "A"]),
    bad_values | texts | variables(bad_names | good_names),
    min_size=1,
    max_size=2,
)
files = good | st.builds(dict.__or__, good, odd)


def faults(text: str) -> list[str]:
    """The sentences of the loader; none where it accepts."""
    source = ProjectSource(Path("/repository/.envaccess.toml"), text, "")
    try:
        read_rules(source)
        refuse_values(source)
    except ProjectFileError as error:
        return [told for _, told in error.faults]
    return []


@given(files)
@example({"variables": ["A"], "duration": "1h", "why": "a\u3000b"})
@example({"variables": {"A": "production/B", "optional": ["A"]}, "duration": "1h", "why": "abc"})
@example({"variables": [f"N_{number}" for number in range(51)], "duration": "1h", "why": "abc"})
@example({"variables": ["A", "B", "A"], "duration": "1h", "why": "abc"})
@settings(max_examples=120, deadline=None)
def test_schema_and_loader_accept_the_same_files(found: dict[str, Any]) -> None:
    told = faults("\n".join(f"{quoted(key)} = {toml(value)}" for key, value in found.items()))
    accepted = VALIDATOR.is_valid(found)
    event(f"schema {accepted}, loader {not told}")
    if told and all(map(BEYOND.search, told)):
        assert accepted
    else:
        assert accepted == (not told), told


@given(st.from_regex(r"\A(once|[0-9dhms ]{0,9})\n?\Z"))
@settings(max_examples=60, deadline=None)
def test_a_duration_is_what_a_request_takes(text: str) -> None:
    assert fits(DURATION_FORM, text) == (parse_duration(text) is not None)


def test_nothing_unseen_is_left_in_a_reason() -> None:
    """Whatever the server would strip is refused here: what is confirmed is what the approvers read."""
    unseen = re.compile(f"[{UNSEEN}]")
    harmful = [letter for letter in map(chr, range(0x110000)) if category(letter) in {"Cc", "Cf"}]
    assert {letter for letter in harmful if not unseen.match(letter)} == {*JOINERS}
    assert all(map(unseen.match, BLANK))


def test_the_example_loads_and_its_schema_is_the_loader_s() -> None:
    """`envaccess init --schema > examples/envaccess.schema.json` mends it."""
    assert json.loads((EXAMPLES / "envaccess.schema.json").read_text()) == project_schema()
    Draft7Validator.check_schema(project_schema())
    assert load_project(EXAMPLES)


def test_the_schema_accepts_a_full_file() -> None:
    assert VALIDATOR.is_valid(tomllib.loads(FULL))
