"""The file's sets: names for variables that are asked for together, each written out."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from envaccess.domain.policy.variable_sets import SET_LENGTH, SET_MAX, is_too_much
from envaccess.domain.variable import Variable, parse_variable
from envaccess.yaml_file.scalars import FieldError, read_words, shown

OF_SLACK: Final = frozenset({"here", "channel", "everyone", "group"})
"""What means everybody behind an `@` in Slack (https://docs.slack.dev/messaging/formatting-message-text)."""
_SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "string", "pattern": "^([A-Za-z0-9][A-Za-z0-9_.-]*/)?[A-Za-z_][A-Za-z0-9_]*$"},
    "minItems": 1,
    "maxItems": SET_MAX,
}


def read_variables(value: object) -> tuple[Variable, ...]:
    """The variables of one set, each once, in the order of the file."""
    words = read_words(value)
    found = dict.fromkeys(_read(word, place) for place, word in enumerate(words))
    if len(found) > SET_MAX:
        raise FieldError(f"it names {len(found)} variables", f"name at most {SET_MAX}, or make two sets")
    if is_too_much(tuple(found)):
        problem = f"its names are longer than {SET_LENGTH:,} characters together"
        raise FieldError(problem, "make two sets of it")
    return tuple(found)


def _read(word: str, place: int) -> Variable:
    found = parse_variable(word)
    if found:
        return found
    if word.startswith("@"):
        raise FieldError(f"{shown(word)} is a set, and no set holds another", "name its variables", place)
    if "*" in word or "?" in word:
        problem = f"{shown(word)} is a pattern, and a set grows with no name that comes later"
        raise FieldError(problem, "name each variable", place)
    mend = "write `environment/NAME`, or `NAME` for the default environment"
    raise FieldError(f"{shown(word)} is no variable's name", mend, place)


SetVariables = Annotated[tuple[Variable, ...], BeforeValidator(read_variables), WithJsonSchema(_SCHEMA)]
