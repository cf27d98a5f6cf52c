"""What a source has, as variables: which of it the rules find already, and the rules for the rest."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.finding import RulesOfSource
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.templates import can_stand
from envaccess.domain.value import looks_like_value
from envaccess.domain.variable import DEFAULT_ENVIRONMENT, Variable, parse_variable

_NAME = "{name}"
_FEWEST = 3
"""As many names have a glob of their own; fewer are written out."""


@dataclass(frozen=True, slots=True)
class ProposedRule:
    """A rule for `sources.yml`.

    Attributes:
        match: names, or one glob.
        options: what its `read` says beside the source.
        variables: that it is for.
    """

    match: tuple[str, ...]
    options: Mapping[str, str]
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Adoption:
    """All that a source has.

    Attributes:
        covered: variables that the file's rules find there as it is.
        rules: for the rest.
        left: titles of what no variable's name was found for, or what the file cannot say.
        closed: titles of what we may not look into.
        by_parts: titles of what a pattern reads field by field, whose names no list tells.
    """

    covered: Sequence[Variable] = ()
    rules: Sequence[ProposedRule] = ()
    left: Sequence[str] = ()
    closed: Sequence[str] = ()
    by_parts: Sequence[str] = ()


@dataclass(slots=True)
class _Sorted:
    """What was found, on the way to an `Adoption`."""

    covered: dict[Variable, None] = field(default_factory=dict)
    fresh: dict[Variable, list[FoundSecret]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    by_parts: list[str] = field(default_factory=list)


def adopt(file: SourcesFile, source: str, found: Sequence[FoundSecret], environment: str = "") -> Adoption:
    """Look at what a source has.

    Args:
        file: the rules that there are.
        source: its name there.
        found: what it has.
        environment: where new names belong; empty for the default one. Rules are tried in theirs, too.
    """
    home = environment or DEFAULT_ENVIRONMENT
    rules = RulesOfSource(file, source, list(dict.fromkeys([home, *_environments(file, source)])))
    parts = _Sorted()
    for secret in found:
        _sort(rules, secret, home, parts)
    written = {*_written(file)}
    placed = list(_placed(parts, {*parts.covered, *written}))
    others = {*parts.covered, *written, *(variable for variable, _ in placed)}
    proposed = [rule for group in _groups(placed) for rule in _rules(group, others)]
    return Adoption(list(parts.covered), proposed, parts.left, parts.closed, parts.by_parts)


def _written(file: SourcesFile) -> Iterator[Variable]:
    """Names that a rule writes out which counts for them: what they are is decided."""
    for rule in file.rules:
        for variable in map(parse_variable, rule.match):
            if variable and file.rule_of(variable) is rule:
                yield variable


def _environments(file: SourcesFile, source: str) -> Iterator[str]:
    """Those that rules of this source name in full."""
    for rule in file.rules:
        for glob in rule.match if rule.source == source else ():
            environment, slash, _ = glob.rpartition("/")
            if slash and parse_variable(f"{environment}/NAME"):
                yield environment


def _sort(rules: RulesOfSource, secret: FoundSecret, environment: str, parts: _Sorted) -> None:
    if secret.closed:
        parts.closed.append(secret.title)
        return
    there = rules.find(secret)
    if there:
        parts.covered.update(dict.fromkeys(there))
        return
    if rules.reads_parts(secret):
        parts.by_parts.append(secret.title)
        return
    variable = parse_variable(f"{environment}/{variable_name(secret.key)}")
    if (
        variable is None
        or looks_like_value(variable.name)
        or not all(map(can_stand, secret.options.values()))
    ):
        parts.left.append(secret.title)
    else:
        parts.fresh.setdefault(variable, []).append(secret)


def variable_name(text: str) -> str:
    """A name as variables have it: the last part of a path, in capitals, other signs as `_`."""
    last = text.rstrip("/").replace(":", "/").rpartition("/")[2]
    signs = (c if c.isascii() and c.isalnum() else "_" for c in last)
    return "".join(signs).strip("_").upper()


def _placed(parts: _Sorted, taken: set[Variable]) -> Iterator[tuple[Variable, FoundSecret]]:
    """Each new variable with its only secret; names that several would have get parts of the path before.

    A name that the file has already stays what it is there.
    """
    taken = {*taken, *parts.fresh}
    written = taken - {*parts.fresh}
    for variable, secrets in parts.fresh.items():
        if len(secrets) == 1 and variable not in written:
            yield variable, secrets[0]
            continue
        free = taken - ({variable} - written)
        for name, secret in zip(_longer(variable, secrets, free), secrets, strict=True):
            if name is None:
                parts.left.append(secret.title)
            else:
                taken.add(name)
                yield name, secret


def _longer(
    variable: Variable, secrets: Sequence[FoundSecret], taken: set[Variable]
) -> Sequence[Variable | None]:
    """Names with as many parts of the path before as tell them apart, such as `STRIPE_PASSWORD`."""
    ways = [_ways(variable, secret) or [variable] for secret in secrets]
    for deep in range(max(map(len, ways))):
        names = [way[min(deep, len(way) - 1)] for way in ways]
        if len({*names}) == len(names) and not taken & {*names}:
            return names
    found: list[Variable | None] = []
    for way in ways:
        others = [one for other in ways if other is not way for one in other]
        found.append(next((one for one in way if one not in taken and one not in others), None))
    return found


def _ways(variable: Variable, secret: FoundSecret) -> list[Variable]:
    """The name with one part of the path before, with two, and so on; none where no part is before it."""
    parts = [part for part in map(variable_name, secret.title.replace(":", "/").split("/")) if part]
    if parts and parts[-1] == variable.name:
        parts.pop()
    whole = ("_".join([*parts[-deep:], variable.name]) for deep in range(1, len(parts) + 1))
    made = (parse_variable(f"{variable.environment}/{name}") for name in whole)
    return [one for one in made if one and not looks_like_value(one.name)]


def _groups(placed: Sequence[tuple[Variable, FoundSecret]]) -> list[list[tuple[Variable, Mapping[str, str]]]]:
    """Together what one rule can say, with `{name}` for the name."""
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[Variable, Mapping[str, str]]]] = {}
    for variable, secret in placed:
        said = {option: _templated(text, variable.name) for option, text in secret.options.items()}
        alone = () if _NAME in " ".join(said.values()) else (("", variable.name),)
        key = (variable.environment, (*sorted(said.items()), *alone))
        groups.setdefault(key, []).append((variable, said))
    return list(groups.values())


def _templated(text: str, name: str) -> str:
    if text == name:
        return _NAME
    return text.removesuffix(name) + _NAME if text.endswith(f"/{name}") else text


def _rules(
    group: Sequence[tuple[Variable, Mapping[str, str]]], others: set[Variable]
) -> Iterator[ProposedRule]:
    variables = tuple(variable for variable, _ in group)
    match = tuple(str(variable) for variable in variables)
    glob = _glob(variables)
    if glob and not any(str(other).startswith(glob) for other in others - {*variables}):
        match = (f"{glob}*",)
    yield ProposedRule(match, group[0][1], variables)


def _glob(variables: Sequence[Variable]) -> str:
    """What all of these names begin with, up to a `_`; empty where they are few, or begin differently."""
    if len(variables) < _FEWEST:
        return ""
    names = [variable.name for variable in variables]
    pairs = zip(min(names), max(names), strict=False)
    common = "".join(one for one, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    prefix = common[: common.rfind("_") + 1]
    return f"{variables[0].environment}/{prefix}" if prefix.strip("_") else ""
