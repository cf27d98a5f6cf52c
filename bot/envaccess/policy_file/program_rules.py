"""Whether rules, machines, agents and services fit together: each way to a value is somebody's."""

from typing import Final

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.claims import run_claims
from envaccess.domain.policy.machines import Machine
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import PER_RUN, Automatic, DeliveryMode, Rule
from envaccess.policy_file.build import RuleFields
from envaccess.policy_file.soundness import Ruled
from envaccess.yaml_file.fault_collector import FaultCollector

_OF_PEOPLE: Final = frozenset({DeliveryMode.REVEAL, DeliveryMode.PUSH, DeliveryMode.CLI})


def check_programs(policy: Policy, ruled: Ruled, ledger: FaultCollector) -> None:
    """Tell the ledger what does not fit together."""
    machines = {machine.name: machine for machine in policy.machines}
    for said, rule in ruled:
        _check_ways(said, rule, ledger)
        if rule.automatic:
            _check_automatic(said, rule, rule.automatic, machines, ledger)
    _check_use(policy, ledger)
    _check_services(policy, ledger)


def _check_ways(said: RuleFields, rule: Rule, ledger: FaultCollector) -> None:
    """Whoever may ask must be able to have it, and each way must be somebody's."""
    who, ways = rule.requesters, set(rule.delivery)
    names = ", ".join(who.machines)
    if who.machines and DeliveryMode.CI not in ways:
        problem = f"{names} may ask, and nothing is handed to a pipeline: `delivery` has no `ci`"
        ledger.add(said.at("delivery"), problem, f"write `delivery: [{_written(rule, DeliveryMode.CI)}]`")
    if who.agents and DeliveryMode.BROKER not in ways:
        problem = "agents may ask, and nothing is handed to their broker: `delivery` has no `broker`"
        ledger.add(said.at("delivery"), problem, f"write `delivery: [{_written(rule, DeliveryMode.BROKER)}]`")
    if not said.together("delivery", "requesters"):
        return
    if DeliveryMode.CI in ways and not who.machines:
        _unused(said, ledger, "ci", "names no machine", "name one of `machines`")
    if DeliveryMode.BROKER in ways and not who.agents:
        _unused(said, ledger, "broker", "does not name `agents`", "add `agents` to it")
    if who.persons and not ways & _OF_PEOPLE and not who.agents:
        problem = "the people in `requesters` may ask, and can never have the value"
        ledger.note(said.at("delivery"), problem, "add `reveal` or `cli`, or name no people there")
    if ways <= _OF_PEOPLE or who.persons or who.agents:
        return
    for way in sorted(ways & _OF_PEOPLE):
        _unused(said, ledger, way, "names no people", "take it out")


def _written(rule: Rule, more: DeliveryMode) -> str:
    """The ways of a rule with one more; those of people only where there are people."""
    ways = [way for way in rule.delivery if rule.requesters.persons or way not in _OF_PEOPLE]
    return ", ".join((*ways, more))


def _unused(said: RuleFields, ledger: FaultCollector, way: str, why: str, mend: str) -> None:
    ledger.note(said.at("delivery"), f"`{way}` is nobody's way: `requesters` {why}", mend)


def _check_automatic(
    said: RuleFields, rule: Rule, automatic: Automatic, machines: dict[str, Machine], ledger: FaultCollector
) -> None:
    path = said.at("automatic", "for")
    for word in automatic.who.programs:
        if word not in rule.requesters.programs:
            name = word.partition(":")[2] or word
            ledger.add(path, f"{name} may not ask here", f"add `{name}` to `requesters`, or take it out")
    if automatic.per != PER_RUN:
        return
    path = said.at("automatic", "per")
    others = PrincipalSet(tuple(w for w in automatic.who.words if w not in automatic.who.programs))
    if not automatic.who.machines or others or automatic.who.agents:
        mend = "name machines alone under `for`, or write a time such as `per: 1d`"
        ledger.add(path, "only machines have runs", mend)
    for name in automatic.who.machines:
        if name in machines and not run_claims(machines[name]):
            problem = f"nothing says what one run of {name} is, so each token would count anew"
            ledger.add(path, problem, f"write `run: [...]` at {name}, the claims that name a run")


def _check_use(policy: Policy, ledger: FaultCollector) -> None:
    """Machines that no rule lets ask, and agents' services whose value nobody may ask for."""
    asking = {name for rule in policy.rules for name in rule.requesters.machines}
    for machine in policy.machines:
        if machine.name not in asking:
            mend = f"add `{machine.name}` to a rule's `requesters`"
            ledger.note(("machines", machine.name), "no rule lets it ask for anything", mend)


def _check_services(policy: Policy, ledger: FaultCollector) -> None:
    for service in policy.services:
        path = ("services", service.name, "variable")
        rule = policy.rule_for(service.variable)
        if rule is None:
            problem = f"no rule matches {service.variable}, so nobody may ask for it"
            ledger.add(path, problem, "add a rule for it, or name another variable")
        elif not rule.requesters.agents:
            problem = f"`{rule.name}` (line {rule.line}) does not let agents ask for {service.variable}"
            ledger.add(path, problem, "add `agents` to its `requesters`, and `broker` to its `delivery`")
