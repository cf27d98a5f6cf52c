"""From the keys of a project's file to what it needs; every fault of the file is told at once."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from envaccess.client.project_file import ProjectSource
from envaccess.client.project_parse import line_of, parse_toml
from envaccess.client.project_shape import (
    DURATION_FORM,
    ENVIRONMENT_FORM,
    KEYS,
    LISTED_FORM,
    LISTS,
    NAME_FORM,
    SOURCE_FORM,
    VARIABLES_MAX,
    WHY_FORM,
    WHY_MAX,
    WHY_MIN,
    fits,
)
from envaccess.domain.errors import ProjectFileError
from envaccess.domain.variable import DEFAULT_ENVIRONMENT, Variable

NO_VALUE: Final = "this file never holds a value"
_TOLD_MAX: Final = 10
_EXAMPLES: Final = {
    "environment": '"production"',
    "variables": '["STRIPE_KEY", "DATABASE_URL"]',
    "duration": '"1h"',
    "why": '"run the tests"',
}

Faults = Iterator[tuple[str, str]]
"""The key or name that is wrong, for its line, and what to say."""


@dataclass(frozen=True, slots=True)
class ProjectVariable:
    """One variable that a project needs.

    Attributes:
        name: in the command's environment.
        variable: whose value it has.
        optional: left out where nobody has stored it, or whoever asks may not have it.
        bare: its environment is the file's.
    """

    name: str
    variable: Variable
    optional: bool = False
    bare: bool = False

    def in_environment(self, environment: str) -> "ProjectVariable":
        """The same in another environment; what names its own stays there."""
        return replace(self, variable=Variable(environment, self.variable.name)) if self.bare else self


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """What the keys say; as in `Project`."""

    environment: str
    variables: tuple[ProjectVariable, ...]
    duration: str
    why: str


def read_rules(source: ProjectSource) -> ProjectRules:
    """Read the whole file.

    Raises:
        ProjectFileError: it is not what it has to be.
    """
    keys = parse_toml(source.path, source.text)
    _refuse(source, list(_wrong_shape(keys)))
    environment = keys.get("environment", DEFAULT_ENVIRONMENT)
    table = _table(keys["variables"])
    variables = tuple(_variables(table, environment))
    _refuse(source, [*_in_both(table), *_conflicts(variables)])
    return ProjectRules(environment, variables, keys["duration"], " ".join(keys["why"].split()))


def _refuse(source: ProjectSource, faults: list[tuple[str, str]]) -> None:
    if faults:
        told = ((line_of(source.text, word) if word else 0, text) for word, text in faults[:_TOLD_MAX])
        raise ProjectFileError(str(source.path), *told)


def _wrong_shape(keys: Mapping[str, Any]) -> Faults:
    for key, value in keys.items():
        if key not in KEYS:
            yield key, _unknown(key, value)
        elif key != "variables" and not isinstance(value, str):
            yield key, f"`{key}` is a text in double quotes, such as {key} = {_EXAMPLES[key]}"
    for key in KEYS:
        if key not in keys and key != "environment":
            yield "", f"there is no `{key}`: add {key} = {_EXAMPLES[key]}"
    yield from _wrong_texts({key: value for key, value in keys.items() if isinstance(value, str)})
    if "variables" in keys:
        yield from _wrong_variables(keys["variables"])


def _unknown(key: str, value: object) -> str:
    """What to say of a key that is none; it is repeated nowhere, since it may be a pasted value."""
    if key in LISTS:
        return f"`{key}` belongs under [variables]"
    near = difflib.get_close_matches(key.lower()[:50], KEYS, n=1)
    if near:
        return f"there is no such key: did you mean `{near[0]}`?"
    if (isinstance(value, str) or key.isupper()) and fits(NAME_FORM, key):
        return f'{NO_VALUE}: names stand in `variables`, or under [variables] as NAME = "environment/NAME"'
    return f"there is no such key: there are {', '.join(KEYS)}"


def _wrong_texts(keys: Mapping[str, str]) -> Faults:
    if not fits(ENVIRONMENT_FORM, keys.get("environment", DEFAULT_ENVIRONMENT)):
        yield "environment", "an environment's name is of letters, digits, `.`, `-` and `_`, 20 at most"
    if not fits(DURATION_FORM, keys.get("duration", "once")):
        yield "duration", "a duration is 45s, 30m, 1h, 1h30m, 2d or once"
    why = keys.get("why", "none given")
    if not WHY_MIN <= len(why) <= WHY_MAX or not fits(WHY_FORM, why):
        told = f"a reason is one line of {WHY_MIN} to {WHY_MAX} characters, all seen, no blank at either end"
        yield "why", told


def _wrong_variables(found: object) -> Faults:
    if isinstance(found, list):
        yield from _wrong_list("variables", found)
    elif not isinstance(found, dict) or not found:
        yield "variables", f"`variables` is a list of names, such as variables = {_EXAMPLES['variables']}"
    else:
        for key, value in found.items():
            yield from _wrong_list(key, value) if key in LISTS else _wrong_source(key, value)


def _wrong_list(key: str, found: object) -> Faults:
    if not isinstance(found, list) or not found or not all(isinstance(each, str) for each in found):
        yield key, f"`{key}` is a list of names, such as {key} = {_EXAMPLES['variables']}"
    elif len(found) > VARIABLES_MAX:
        yield key, f"`{key}` has more than {VARIABLES_MAX} names"
    else:
        for each in found:
            if not fits(LISTED_FORM, each):
                yield each if each.isprintable() else key, _no_name(each)
        if len(set(found)) < len(found):
            yield key, f"`{key}` has a name twice: take one out"


def _no_name(text: str) -> str:
    if text.startswith("@"):
        return "a set may change after you trusted this file: list the variables themselves"
    form = "a name is NAME or environment/NAME, of letters, digits and `_`"
    return f"{form}; {NO_VALUE}" if "=" in text else form


def _wrong_source(name: str, found: object) -> Faults:
    if not fits(NAME_FORM, name):
        yield name, "a name under [variables] is of letters, digits and `_`"
    elif not isinstance(found, str) or not fits(SOURCE_FORM, found):
        yield name, f'{NO_VALUE}: say which variable it has, as in NAME = "production/OTHER_NAME"'


def _table(found: Any) -> dict[str, Any]:  # noqa: ANN401 - TOML's own types, whose shape is known by now
    return {"required": found} if isinstance(found, list) else found


def _variables(table: Mapping[str, Any], environment: str) -> Iterator[ProjectVariable]:
    """Every variable, in the order of the file; NAME = ... says only where a listed name is from."""
    optional = set(table.get("optional", ()))
    for key, found in table.items():
        if key not in LISTS:
            yield ProjectVariable(key, _variable(found, environment), optional=key in optional)
        else:
            for each in (each for each in found if each not in table or each in LISTS):
                yield ProjectVariable(
                    each.rpartition("/")[2], _variable(each, environment), key == "optional", "/" not in each
                )


def _variable(text: str, environment: str) -> Variable:
    own, _, name = text.rpartition("/")
    return Variable(own or environment, name)


def _in_both(table: Mapping[str, Any]) -> Faults:
    for name in sorted({*table.get("required", ())} & {*table.get("optional", ())}):
        yield name, f"{name} is both required and optional: take one out"


def _conflicts(variables: tuple[ProjectVariable, ...]) -> Faults:
    """What no form can say."""
    if len(variables) > VARIABLES_MAX:
        yield "variables", f"these are more than {VARIABLES_MAX} variables"
    seen = set()
    for name in (each.name for each in variables):
        if name in seen:
            yield (
                name,
                f'two variables would be {name}: rename one, as in NAME = "production/{name}"',
            )
        seen.add(name)
