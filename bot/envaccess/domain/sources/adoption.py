"""What a source has, as variables: which of it the rules find already, and the rules for the rest."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.templates import has_stray_brace, holes_in
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
    """

    covered: Sequence[Variable] = ()
    rules: Sequence[ProposedRule] = ()
    left: Sequence[str] = ()


@dataclass(slots=True)
class _Sorted:
    """What was found, on the way to an `Adoption`."""

    covered: dict[Variable, None] = field(default_factory=dict)
    fresh: dict[Variable, list[FoundSecret]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def adopt(file: SourcesFile, source: str, found: Sequence[FoundSecret], environment: str = "") -> Adoption:
    """Look at what a source has.

    Args:
        file: the rules that there are.
        source: its name there.
        found: what it has.
        environment: where new names belong; empty for the default one. Rules are tried in theirs, too.
    """
    environments = dict.fromkeys([environment or DEFAULT_ENVIRONMENT, *_environments(file, source)])
    parts = _Sorted()
    for secret in found:
        _sort(file, source, secret, list(environments), parts)
    placed = list(_placed(parts))
    rules = [rule for group in _groups(placed) for rule in _rules(group, parts, placed)]
    return Adoption(list(parts.covered), rules, parts.left)


def _environments(file: SourcesFile, source: str) -> Iterator[str]:
    """Those that rules of this source name in full."""
    for rule in file.rules:
        for glob in rule.match if rule.source == source else ():
            environment, slash, _ = glob.rpartition("/")
            if slash and parse_variable(f"{environment}/NAME"):
                yield environment


def _sort(
    file: SourcesFile, source: str, secret: FoundSecret, environments: Sequence[str], parts: _Sorted
) -> None:
    names = list(dict.fromkeys([secret.key, variable_name(secret.key)]))
    tried = (parse_variable(f"{where}/{name}") for where, name in itertools.product(environments, names))
    there = [one for one in tried if one and _is_at(file, source, one, secret)]
    if there:
        parts.covered.update(dict.fromkeys(there))
        return
    variable = parse_variable(f"{environments[0]}/{names[-1]}")
    says = any(holes_in(text) or has_stray_brace(text) for text in secret.options.values())
    if variable is None or looks_like_value(variable.name) or says:
        parts.left.append(secret.title)
    else:
        parts.fresh.setdefault(variable, []).append(secret)


def _is_at(file: SourcesFile, source: str, variable: Variable, secret: FoundSecret) -> bool:
    place = file.place_of(variable)
    same = (place.source, dict(place.options)) == (source, dict(secret.options))
    return isinstance(place, ReadPlace) and same


def variable_name(text: str) -> str:
    """A name as variables have it: the last part of a path, in capitals, other signs as `_`."""
    last = text.rstrip("/").replace(":", "/").rpartition("/")[2]
    signs = (c if c.isascii() and c.isalnum() else "_" for c in last)
    return "".join(signs).strip("_").upper()


def _placed(parts: _Sorted) -> Iterator[tuple[Variable, FoundSecret]]:
    """Each new variable with its only secret; names that several would have get a part of the path before."""
    taken = {*parts.covered, *parts.fresh}
    for variable, secrets in parts.fresh.items():
        if len(secrets) == 1:
            yield variable, secrets[0]
            continue
        longer = [_longer(variable, secret) for secret in secrets]
        for name, secret in zip(longer, secrets, strict=True):
            if name is None or longer.count(name) > 1 or name in taken:
                parts.left.append(secret.title)
            else:
                yield name, secret


def _longer(variable: Variable, secret: FoundSecret) -> Variable | None:
    """With the last part of the place that is not the name itself, such as `STRIPE_PASSWORD` for `stripe`."""
    texts = (variable_name(text) for text in secret.options.values())
    before = next((text for text in texts if text and text != variable.name), "")
    return parse_variable(f"{variable.environment}/{before}_{variable.name}") if before else None


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
    group: Sequence[tuple[Variable, Mapping[str, str]]],
    parts: _Sorted,
    placed: Sequence[tuple[Variable, FoundSecret]],
) -> Iterator[ProposedRule]:
    variables = tuple(variable for variable, _ in group)
    match = tuple(str(variable) for variable in variables)
    glob = _glob(variables)
    others = {*parts.covered, *(variable for variable, _ in placed)} - {*variables}
    if glob and not any(str(other).startswith(glob) for other in others):
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
