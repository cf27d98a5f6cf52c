"""What a policy changed in the one before it, in words for an audit event: short, and no secrets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any, Final

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.machines import Machine
from envaccess.domain.policy.rules import Rule
from envaccess.domain.policy.services import Service
from envaccess.domain.screening import printable

_SHOWN: Final = 20
"""Rules, groups, owners, machines and others of one kind that are named; how many more there are is said."""
_LONGEST: Final = 600
"""Characters of one kind of change."""
_PLACES: Final = frozenset({"line", "match"})


def changes(before: Policy, after: Policy) -> dict[str, str]:
    """Each kind of change, with what it is about; empty where only words changed that rule nothing.

    Rules are told by what they match, with the fields that changed.
    """
    old, new = _by_match(before.rules), _by_match(after.rules)
    kept = [match for match in new if match in old]
    differing = {match: _differing(old[match], new[match]) for match in kept}
    found = {
        "added": _told(match for match in new if match not in old),
        "removed": _told(match for match in old if match not in new),
        "changed": _told(f"{match} ({', '.join(names)})" for match, names in differing.items() if names),
        "order": "" if kept == [match for match in old if match in new] else "rules moved",
        "groups": _of_names(dict(before.groups), dict(after.groups)),
        "owners": _of_names(_owners(before), _owners(after)),
        "sets": _of_names(_sets(before), _sets(after)),
        "machines": _of_names(_by_name(before.machines), _by_name(after.machines)),
        "people": _of_names(dict(before.people), dict(after.people)),
        "services": _of_names(_by_name(before.services), _by_name(after.services)),
        "signals": _of_names(asdict(before.signals), asdict(after.signals)),
        "security": "" if before.security == after.security else "changed",
    }
    return {kind: text for kind, text in found.items() if text}


def _by_match(rules: Iterable[Rule]) -> dict[str, Rule]:
    return {" ".join(rule.match): rule for rule in rules}


def _owners(policy: Policy) -> dict[str, object]:
    return {" ".join(owners.match): owners.who for owners in policy.owners}


def _sets(policy: Policy) -> dict[str, object]:
    return {one.name: one.variables for one in policy.variable_sets}


def _by_name(ones: Iterable[Machine | Service]) -> dict[str, object]:
    """Machines or services by their names, the same wherever they stand in their file."""
    return {one.name: replace(one, line=0) for one in ones}


def _differing(one: Rule, other: Rule) -> list[str]:
    """The fields in which two rules differ, wherever they stand in their files."""
    names = (field.name for field in fields(Rule) if field.name not in _PLACES)
    return [name for name in names if _plain(getattr(one, name)) != _plain(getattr(other, name))]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of a rule
    """A field as something that compares by what it says: two engines' patterns do not."""
    if is_dataclass(value):
        return tuple(_plain(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    pattern = getattr(value, "pattern", value)
    return pattern if isinstance(pattern, str) else value


def _of_names(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """`+added, -removed, changed`."""
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return _told(f"{'' if name in before else '+'}{'' if name in after else '-'}{name}" for name in names)


def _told(words: Iterable[str]) -> str:
    """Words with commas; as many as there is room for, and how many more."""
    found = [re.sub(r"\s+", " ", printable(word)) for word in words]
    text, shown = "", 0
    for word in found[:_SHOWN]:
        if len(text) + len(word) > _LONGEST:
            break
        text, shown = f"{text}, {word}" if text else word, shown + 1
    more = len(found) - shown
    return text if not more else f"{text} and {more} more".strip()
