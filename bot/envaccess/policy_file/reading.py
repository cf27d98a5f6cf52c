"""The text of a policy file becomes a policy, or all of its faults at once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.rules import Owners
from envaccess.domain.policy.variable_sets import VariableSet, is_set_name
from envaccess.domain.signals.thresholds import Thresholds
from envaccess.policy_file.build import Builder, RuleFields
from envaccess.policy_file.machines import build_machines, build_people
from envaccess.policy_file.models import WORDS, FilePart
from envaccess.policy_file.principal_lists import APPROVERS, PrincipalReader
from envaccess.policy_file.program_rules import check_programs
from envaccess.policy_file.services import build_services
from envaccess.policy_file.soundness import check_rules, check_sets, check_words
from envaccess.policy_file.variable_sets import OF_SLACK
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.file import digest_of
from envaccess.yaml_file.scalars import FieldError, check_glob, shown
from envaccess.yaml_file.tree import Node, Path, read_mapping

_STAND_INS: dict[str, Any] = {"approvers": [APPROVERS], "steps": [{"approvers": [APPROVERS]}]}
"""Take the place of what is faulty, so that rules are not said to lack approvers."""


_BY_NAME = frozenset({"defaults", "owners", "sets", "machines", "people", "services", "signals"})
"""Parts of which one entry that is faulty leaves the others to be looked at."""
_FIELD = 2
"""Where a path names a rule's field: `("rules", 3, "max")`."""


def read_policy(text: str, channel: str, *, push: bool = False) -> Policy | tuple[FileFault, ...]:
    """Read a policy file.

    Args:
        text: the file's; it may be anything.
        channel: the approvers channel's id: where requests are decided, and the group `approvers`.
        push: whether ENVACCESS_DELIVERY says that values are shown at once, unless a rule says otherwise.

    Returns:
        The policy, or every fault by its line.
    """
    root = read_mapping(text, "begin with `version: 1` and `rules:`")
    if not isinstance(root, Node):
        return root
    ledger = FaultCollector(root, FilePart, WORDS)
    check_words(root, ledger)
    part, places = _validate(root, ledger)
    policy = _build(part, places, root, ledger, channel, push=push) if part else None
    if policy:
        policy = replace(policy, digest=digest_of(text))
    return ledger.faults() or policy or ()


def _validate(root: Node, ledger: FaultCollector) -> tuple[FilePart | None, list[int]]:
    """The file's parts and the places of its rules, without those that are told to be faulty."""
    plain: dict[str, Any] = root.plain()
    listed = plain.get("rules")
    rules: list[Any] = listed if isinstance(listed, list) else []
    places = list(range(len(rules)))
    try:
        return FilePart.model_validate(plain), places
    except ValidationError as error:
        wrong = ledger.reject(error)
    places = [place for place in places if _mend(rules[place], place, wrong)]
    _take_out(plain, wrong, places)
    try:
        return FilePart.model_validate(plain), places
    except ValidationError:  # nothing is left that could be looked at
        return None, []


def _take_out(plain: dict[str, Any], wrong: Iterable[Path], places: list[int]) -> None:
    """Take out what is faulty, so that the rest can be looked at in the same run."""
    for path in wrong:
        top, inner = path[0], path[1] if len(path) > 1 else None
        if top == "version":
            plain["version"] = "1"
        elif top == "defaults" and inner in _STAND_INS and isinstance(plain["defaults"], dict):
            plain["defaults"][inner] = _STAND_INS[str(inner)]
        elif top == "groups" and inner is not None and isinstance(plain["groups"], dict):
            plain["groups"][inner] = [APPROVERS]
        elif top in _BY_NAME and inner is not None and isinstance(plain[top], dict):
            plain[top].pop(inner, None)
        elif top != "rules":
            plain.pop(str(top), None)
    if isinstance(plain.get("rules"), list):
        plain["rules"] = [plain["rules"][place] for place in places]


def _mend(rule: Any, place: int, wrong: Iterable[Path]) -> bool:  # noqa: ANN401 - as YAML has it
    """Take out a rule's faulty fields; whether something is left that can be looked at."""
    if not isinstance(rule, dict):
        return False
    for path in wrong:
        if path[:2] != ("rules", place) or len(path) < _FIELD + 1:
            continue
        field = str(path[_FIELD])
        rule.pop(field, None)
        if field in _STAND_INS:
            rule[field] = _STAND_INS[field]
    return "match" in rule


def _build(
    part: FilePart, places: list[int], root: Node, ledger: FaultCollector, channel: str, *, push: bool
) -> Policy:
    sets = PrincipalReader(part.groups, channel, _names_in(root, "machines"), ledger)
    builder = Builder(sets, ledger, push=push)
    owners = tuple(_owners(part, sets, ledger))
    ruled = []
    for place, rule in zip(places, part.rules, strict=True):
        said = RuleFields(rule, part.defaults, ("rules", place))
        ruled.append((said, builder.rule(said)))
    check_rules(ruled, owners, ledger)
    machines = build_machines(part.machines, ledger)
    policy = Policy(
        rules=tuple(rule for _, rule in ruled),
        channel=channel,
        owners=owners,
        security=sets.read(part.security, ("security",)),
        groups=sets.groups,
        variable_sets=tuple(_sets(part, ledger)),
        machines=machines,
        people=build_people(part.people, machines, ledger),
        services=build_services(part.services, ledger),
        signals=Thresholds(**dict(part.signals)),
    )
    check_sets(policy, ledger)
    check_programs(policy, ruled, ledger)
    return replace(policy, notes=ledger.notes())


def _names_in(root: Node, field: str) -> tuple[str, ...]:
    """The names in a mapping of the file, faulty parts among them: rules that name those are not at fault."""
    found = root.child(field)
    return tuple(found.value) if found and isinstance(found.value, dict) else ()


def _owners(part: FilePart, sets: PrincipalReader, ledger: FaultCollector) -> Iterable[Owners]:
    for glob, words in part.owners.items():
        path = ("owners", glob)
        try:
            check_glob(glob)
        except FieldError as error:
            ledger.add(path, error.problem, error.mend)
            continue
        yield Owners((glob,), sets.read(words, path), ledger.line(path))


def _sets(part: FilePart, ledger: FaultCollector) -> Iterable[VariableSet]:
    """The sets whose names can be typed; of the others the ledger is told."""
    for name, variables in part.sets.items():
        path = ("sets", name)
        if name in OF_SLACK:
            ledger.add(path, f"`@{name}` means something else in Slack", "give the set another name")
        elif not is_set_name(name):
            mend = "write small letters, digits, `-` and `_`, a letter first, without the `@`"
            ledger.add(path, f"{shown(name)} is no name of a set", mend)
        else:
            yield VariableSet(name, variables, ledger.line(path))
