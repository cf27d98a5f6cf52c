"""`sources.yml`, read: what sources there are, and which rule says where a variable's value lives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from envaccess.domain.catalogue import SEALED
from envaccess.domain.policy.globs import Globs, full
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.specs import SEALED_SPEC, SourceSpec
from envaccess.domain.sources.templates import fill_for
from envaccess.domain.variable import Variable, parse_variable

NAMES_MOST: Final = 5_000
"""Rules of a file."""


@dataclass(frozen=True, slots=True)
class NameRule:
    """One rule: where values live whose names match it. The first rule that matches counts.

    Attributes:
        match: globs over `environment/NAME`.
        source: the source's name.
        leased: whether the source makes a value for each use, in place of keeping one.
        options: what that kind of source needs to know, with `{name}` and `{environment}` as they stand.
        rotation: how it is rotated; None: it is not.
        line: of the file.
    """

    match: tuple[str, ...]
    source: str = SEALED
    leased: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    rotation: RotationRule | None = None
    line: int = field(default=0, compare=False)

    def place(self, variable: Variable) -> ReadPlace | LeasePlace:
        """Where the value of a variable lives that it matches."""
        kind = LeasePlace if self.leased else ReadPlace
        return kind(variable, self.source, {k: fill_for(v, variable) for k, v in self.options.items()})


class SourcesFile:
    """The whole file.

    Args:
        sources: what it declares, by name; the sealed store is always among them.
        rules: in their order.
        digest: of the file's text; empty where there is no file.
    """

    def __init__(
        self, sources: Mapping[str, SourceSpec], rules: Sequence[NameRule] = (), digest: str = ""
    ) -> None:
        self.sources: Mapping[str, SourceSpec] = {SEALED: SEALED_SPEC, **sources}
        self.rules = tuple(rules)
        self.digest = digest
        self._globs = Globs([rule.match for rule in self.rules])

    def rule_of(self, variable: Variable) -> NameRule | None:
        """The first rule that matches; None: the value is in the sealed store, and nothing rotates it."""
        rank = self._globs.first(str(variable))
        return None if rank is None else self.rules[rank]

    def place_of(self, variable: Variable) -> ReadPlace | LeasePlace:
        """Where its value lives: as the first rule that matches says, else in the sealed store."""
        rule = self.rule_of(variable)
        return rule.place(variable) if rule else ReadPlace(variable, SEALED)

    def rotation_of(self, variable: Variable) -> RotationRule | None:
        """How it is rotated, as the same rule says; None: it is not."""
        rule = self.rule_of(variable)
        if rule is None or rule.rotation is None:
            return None
        said = rule.rotation
        return replace(
            said,
            url=fill_for(said.url, variable),
            run=tuple(fill_for(word, variable) for word in said.run),
            user=fill_for(said.user, variable),
            roles=tuple(fill_for(role, variable) for role in said.roles),
        )

    def literal(self) -> Iterator[Variable]:
        """The variables that rules name in full, whose values live elsewhere than in the sealed store.

        Only those of the rule that counts for them: a name that an earlier rule matches is that one's.
        """
        for rule in self.rules:
            found = filter(None, map(parse_variable, rule.match))
            for variable in found:
                if rule.source != SEALED and self.rule_of(variable) is rule:
                    yield variable

    def unreached(self) -> Iterator[tuple[NameRule, str, NameRule]]:
        """Names that a rule writes out, or patterns, which an earlier one has already: that one counts."""
        seen: dict[str, NameRule] = {}
        for rule in self.rules:
            for glob in map(full, rule.match):
                variable = parse_variable(glob)
                first = self.rule_of(variable) if variable else seen.get(glob, seen.get("*/*"))
                if first is not None and first is not rule:
                    yield rule, glob, first
                seen.setdefault(glob, rule)


NO_FILE = SourcesFile({})
"""Where no file is named: every value is in the sealed store."""
