"""What to add to a policy file so that a rule approves what people always approve: YAML text.

Its rules stand before those of the file: each is for one variable alone, is a copy of the rule that rules it
now, and has `automatic` besides. So nothing changes for any other variable, and for whoever else asks.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import yaml

from envaccess.domain.duration import format_seconds
from envaccess.domain.policy.book import Policy
from envaccess.domain.signals.rule_suggestions import RuleSuggestion
from envaccess.domain.variable import Variable, parse_variable
from envaccess.yaml_file.tree import Node, read_tree

_BUILT_IN: Final[dict[str, Any]] = {"approvers": ["approvers"]}
"""What the built-in policy says, for who has no file."""
_WIDTH: Final = 100
NAME_MAX: Final = 60
"""Characters of a rule's name; without one it is called as what it matches."""


def rule_patch(text: str | None, policy: Policy, suggestions: Sequence[RuleSuggestion]) -> str:
    """The rules to put before the file's own; empty where nothing can be suggested.

    Args:
        text: the policy file's; None for the built-in policy, for which a whole file is written.
        policy: the same, read.
        suggestions: what people always approve.
    """
    rules = list(_rules(text, policy, suggestions))
    if not rules:
        return ""
    if text is None:
        whole = {"version": 1, "rules": [*rules, {"match": "*/*", **_BUILT_IN}]}
        return "# A policy file: name it in ENVACCESS_POLICY_FILE\n" + _yaml(whole)
    return "# Put before the other rules of the policy file, then: envaccess policy check\n" + _yaml(
        {"rules": rules}
    )


def _rules(
    text: str | None, policy: Policy, suggestions: Sequence[RuleSuggestion]
) -> Iterator[dict[str, Any]]:
    for one in suggestions:
        variable = parse_variable(one.variable)
        rule = policy.rule_for(variable) if variable else None
        if variable is None or rule is None or rule.automatic or not one.seconds:
            continue
        said = _BUILT_IN if text is None else _said(text, policy.rules.index(rule))
        if said is not None:
            yield _rule(variable, said, one, rule.max_seconds)


def _said(text: str, place: int) -> dict[str, Any] | None:
    """A rule as the file says it."""
    root = read_tree(text)
    found = root.at(("rules", place)).plain() if isinstance(root, Node) else None
    return found if isinstance(found, dict) and "match" in found else None


def _rule(variable: Variable, said: dict[str, Any], one: RuleSuggestion, most: int) -> dict[str, Any]:
    kept = {name: part for name, part in said.items() if name not in {"name", "match"}}
    automatic = {
        "for": list(one.askers),
        "max": format_seconds(min(one.seconds, most)),
        "times": one.times,
        "per": "7d",
    }
    name = f"{variable.label} as usual"
    named = {"name": name} if len(name) <= NAME_MAX else {}
    return {**named, "match": str(variable), **kept, "automatic": automatic}


class _Dumper(yaml.SafeDumper):
    """Lists are indented under their key, as the examples have them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Never without an indent."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """What is there twice is written twice."""
        return True


def _yaml(value: object) -> str:
    dumped: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None
    )
    return dumped
