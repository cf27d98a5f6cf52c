"""Small rules that say what is wrong with a JSON value, in Slack's own words.

A rule takes a value and a JSON pointer to it and yields sentences. Block Kit is described with them
as data in the files beside this one; limits are those of https://docs.slack.dev/reference/block-kit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Rule = Callable[[object, str], Iterator[str]]


def problem(what: str, at: str) -> str:
    """One sentence with the place it is about."""
    return f"{what} [json-pointer:{at}]"


def text(most: int, *, least: int = 1) -> Rule:
    """A string of `least` to `most` characters."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", at)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", at)

    return check


def flag(value: object, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield problem("must be a boolean", at)


def number(least: int, most: int) -> Rule:
    """A whole number between two others, both allowed."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield problem("must be an integer", at)
        elif not least <= value <= most:
            yield problem(f"must be between {least} and {most}", at)

    return check


def choice(*allowed: str) -> Rule:
    """One of a few words."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be a valid enum value: {', '.join(allowed)}", at)

    return check


def items(rule: Rule, most: int, *, least: int = 1) -> Rule:
    """A list of `least` to `most` values that all fit the rule."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be an array", at)
            return
        if len(value) < least:
            yield problem(f"no less than {least} items allowed" if value else "must not be empty", at)
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        for index, item in enumerate(value):
            yield from rule(item, f"{at}/{index}")

    return check


@dataclass(frozen=True)
class Shape:
    """An object with required and optional fields, nothing else, and rules for it as a whole."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    also: tuple[Rule, ...] = ()

    def __call__(self, value: object, at: str) -> Iterator[str]:
        """Yield what is wrong with the object at this pointer; rules for the whole need sound fields."""
        if not isinstance(value, dict):
            yield problem("must be an object", at)
            return
        wrong = [*self._fields(value, at)]
        yield from wrong or (one for rule in self.also for one in rule(value, at))

    def _fields(self, value: dict[str, object], at: str) -> Iterator[str]:
        known = {**self.required, **self.optional}
        for name in self.required.keys() - value.keys():
            yield problem(f"missing required field: {name}", at)
        for name, item in value.items():
            if name in known:
                yield from known[name](item, f"{at}/{name}")
            elif name != "type":
                yield problem(f"invalid additional property: {name}", at)


def kinds(shapes: Mapping[str, Rule]) -> Rule:
    """An object whose `type` says which of these rules it must fit; any other type is refused."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", at)
        elif "type" not in value:
            yield problem("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in shapes:
            yield problem(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from shapes[value["type"]](value, at)

    return check


def one_of(*names: str) -> Rule:
    """An object that has at least one of these fields."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, dict) and not any(name in value for name in names):
            yield problem(f"missing required field: {' or '.join(names)}", at)

    return check


def anything(value: object, at: str) -> Iterator[str]:  # noqa: ARG001 - a rule's signature
    """Whatever it is, it fits."""
    yield from ()
