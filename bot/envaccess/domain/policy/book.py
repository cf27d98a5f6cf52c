"""A whole policy: its rules in order, whose variables are whose, and who watches over security."""

from dataclasses import dataclass, field

from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.globs import Globs
from envaccess.domain.policy.machines import Machine
from envaccess.domain.policy.principal_set import NOBODY, PrincipalSet
from envaccess.domain.policy.rules import Owners, Rule, Step, usual_delivery
from envaccess.domain.policy.services import Service
from envaccess.domain.policy.variable_sets import VariableSet
from envaccess.domain.signals.thresholds import USUAL, Thresholds
from envaccess.domain.variable import Variable

BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that hold now. The first rule that matches a name rules it; no match means no.

    Attributes:
        digest: SHA-256 of the file, hexadecimal; `built-in` for the built-in policy.
        channel: where requests are decided.
        owners: whose variables; of several that match, the first. They may set their values, too.
        security: people who may end any access, close any review, and lock.
        variable_sets: names for variables that are asked for together.
        machines: pipelines that may ask where a rule names them.
        people: a Slack user id by the id that a pipeline's platform has for who starts runs (law 3).
        services: what agents' brokers may call.
        signals: from when on something is unusual.
        groups: the names that the file gives to principal sets, for messages about them.
        notes: what holds, and may be meant otherwise; for `policy check`.
        sisters: workspaces of the organisation whose people may decide something.
    """

    rules: tuple[Rule, ...]
    channel: str
    digest: str = BUILT_IN
    owners: tuple[Owners, ...] = ()
    security: PrincipalSet = NOBODY
    groups: tuple[tuple[str, PrincipalSet], ...] = ()
    variable_sets: tuple[VariableSet, ...] = ()
    machines: tuple[Machine, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    services: tuple[Service, ...] = ()
    signals: Thresholds = USUAL
    notes: tuple[FileFault, ...] = field(default=(), compare=False)
    _by_name: Globs = field(init=False, repr=False, compare=False)
    _by_owner: Globs = field(init=False, repr=False, compare=False)
    sisters: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The slots of a frozen class are set once, here.
        object.__setattr__(self, "_by_name", Globs([rule.match for rule in self.rules]))
        object.__setattr__(self, "_by_owner", Globs([owners.match for owners in self.owners]))
        object.__setattr__(self, "sisters", frozenset(self.deciders().sisters))

    def rule_for(self, variable: Variable) -> Rule | None:
        """The rule that rules a variable; None: nobody may ask for it."""
        rank = self._by_name.first(str(variable))
        return None if rank is None else self.rules[rank]

    def owners_of(self, variable: Variable) -> PrincipalSet:
        """Whose variable it is."""
        rank = self._by_owner.first(str(variable))
        return NOBODY if rank is None else self.owners[rank].who

    def deciders(self) -> PrincipalSet:
        """Everybody who may ever decide anything under it."""
        found = {word for rule in self.rules for step in rule.steps for word in _words(step)}
        owners = PrincipalSet.of(word for owners in self.owners for word in owners.who.words)
        return PrincipalSet.of(found).with_owners(owners)


def _words(step: Step) -> tuple[str, ...]:
    return (*step.approvers.words, *step.escalate.words)


def built_in(channel: str, *, push: bool = False) -> Policy:
    """The policy of a small team: any full member may ask, anybody else in the approvers channel decides.

    Args:
        channel: the approvers channel's id.
        push: whether ENVACCESS_DELIVERY says that the value is shown at once.
    """
    rule = Rule(
        name=BUILT_IN,
        match=("*/*",),
        steps=(Step(PrincipalSet((channel,))),),
        delivery=usual_delivery(push=push),
    )
    return Policy((rule,), channel)
