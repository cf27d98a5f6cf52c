"""Whether rules make sense together: a name reaches each, and people can pass chains and close reviews."""

from collections.abc import Iterator, Sequence

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.completion import why_stuck
from envaccess.domain.policy.globs import Globs, comparable
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Owners, Rule
from envaccess.policy_file.build import RuleFields, only_owners
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.tree import Node, Path
from envaccess.yaml_file.unquoted_words import has_escapes, quoted

Ruled = Sequence[tuple[RuleFields, Rule]]


def check_rules(ruled: Ruled, owners: Sequence[Owners], ledger: FaultCollector) -> None:
    """Tell the ledger what is wrong with rules that are each well formed."""
    _check_names(ruled, ledger)
    _check_reach(ruled, ledger)
    owned = Globs([entry.match for entry in owners])
    for said, rule in ruled:
        _check_owners(said, rule, owned, ledger)
        _check_chain(said, rule, ledger)
        if rule.emergency:
            _check_review(said, rule.emergency, ledger)


def check_sets(policy: Policy, ledger: FaultCollector) -> None:
    """Tell the ledger of sets that nobody could ask for as a whole."""
    for one in policy.variable_sets:
        path = ("sets", one.name)
        rules = [policy.rule_for(variable) for variable in one.variables]
        for variable, rule in zip(one.variables, rules, strict=True):
            if rule is None:
                problem = f"no rule matches {variable}, so nobody may ask for it"
                ledger.add(path, problem, "add a rule for it, or take it out of the set")
        ways = [set(rule.delivery) for rule in rules if rule]
        if ways and not set.intersection(*ways):
            problem = "the rules of its variables have no `delivery` in common"
            ledger.add(path, problem, "make two sets of it, or let the rules hand over alike")


def check_words(root: Node, ledger: FaultCollector) -> None:
    """Find patterns and hints of which YAML made something else than was written."""
    rules = root.child("rules")
    places: list[Path] = [("defaults",)]
    places += [("rules", place) for place in range(len(rules.value) if rules else 0)]
    for place in places:
        for field in ("pattern", "hint"):
            _check_word(root, (*place, "reason", field), ledger)


def _check_word(root: Node, path: Path, ledger: FaultCollector) -> None:
    node: Node | None = root
    for part in path:
        node = node.child(part) if node else None
    if node is None or not isinstance(node.value, str):
        return
    if node.cut:
        mend = f"quote it: write {quoted(f'{node.value} {node.cut}')}"
        ledger.add(path, "it is cut at ` #`: what follows is a comment without quotes", mend)
    elif has_escapes(node.value.removesuffix("\n")) or node.value == "\n":
        mend = "use single quotes, in which a backslash stays one"
        ledger.add(path, "double quotes made a control character of a backslash", mend)
    elif node.value.endswith("\n"):
        mend = f"write it on the line of its name: {quoted(node.value.rstrip())}"
        ledger.add(path, "a line's end stands behind it, which no reason has", mend)


def static_members(who: PrincipalSet) -> frozenset[str] | None:
    """Everybody in a principal set of named people; None where only Slack knows."""
    return frozenset(who.people) if len(who.people) == len(who.named.words) else None


def _check_names(ruled: Ruled, ledger: FaultCollector) -> None:
    first: dict[str, int] = {}
    for said, rule in ruled:
        if rule.name in first:
            problem = f"another rule has this name (line {first[rule.name]})"
            ledger.add((*said.path, "name"), problem, "give each rule a name of its own")
        first.setdefault(rule.name, rule.line)


def _check_reach(ruled: Ruled, ledger: FaultCollector) -> None:
    """Find rules whose every glob an earlier rule covers."""
    globs = Globs([rule.match for _, rule in ruled])
    for rank, (said, rule) in enumerate(ruled):
        covers = [globs.first(comparable(glob)) for glob in rule.match]
        earlier = [found for found in covers if found is not None and found < rank]
        if len(earlier) == len(rule.match):
            other = ruled[max(earlier)][1]
            problem = f"no name reaches this rule: `{other.name}` (line {other.line}) matches before it"
            ledger.add((*said.path, "match"), problem, "move this rule above that one, or take it out")


def _check_owners(said: RuleFields, rule: Rule, owned: Globs, ledger: FaultCollector) -> None:
    """Where only owners may do something, every name must have them."""
    places = [place for place, who in _principals_of(said, rule) if only_owners(who)]
    if not places:
        return
    bare = [glob for glob in rule.match if owned.first(comparable(glob)) is None]
    for glob in bare:
        mend = f"add `{glob}: [...]` under `owners`, last, or name others beside the owners"
        ledger.add(places[0], f"`owners` has no entry for all of `{glob}`", mend)


def _principals_of(said: RuleFields, rule: Rule) -> Iterator[tuple[tuple[str | int, ...], PrincipalSet]]:
    yield said.at("requesters"), rule.requesters
    for place, step in enumerate(rule.steps):
        field = said.chain
        more = (place, "approvers") if field == "steps" else ()
        yield said.at(field, *more), step.approvers
    if rule.emergency:
        yield said.at("emergency", "for"), rule.emergency.who
        yield said.at("emergency", "review"), rule.emergency.review


def _check_chain(said: RuleFields, rule: Rule, ledger: FaultCollector) -> None:
    stuck = why_stuck(rule, static_members)
    if stuck is None:
        return
    field = said.chain
    path = said.at(field) if said.own(field) else said.path
    if said.own(field) and field == "steps" and stuck.step is not None:
        path = (*path, stuck.step)
    ledger.add(path, stuck.problem, stuck.mend)


def _check_review(said: RuleFields, emergency: EmergencyRule, ledger: FaultCollector) -> None:
    """One reviewer alone cannot review what they did themselves."""
    reviewers, users = static_members(emergency.review), static_members(emergency.who)
    if reviewers is None or len(reviewers) != 1:
        return
    if users is None or reviewers <= users:
        problem = f"only {min(reviewers)} could review, who may use the emergency too"
        ledger.add(said.at("emergency", "review"), problem, "name somebody else beside them")
