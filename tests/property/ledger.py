"""What a judge has written down of each request: only what was asked, and what the stream has said since."""

from dataclasses import dataclass, field

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.rules import Rule
from tests.property.policy_reading import rule_of


@dataclass(frozen=True)
class Yes:
    """One approval; `giver` is whose duty it was."""

    by: str
    giver: str
    step: int


@dataclass
class Case:
    """One request. Times are milliseconds of a clock that moves with the moved time.

    Attributes:
        policy: what held when it was asked.
        seconds: what may be granted at most, as far as was said up to now.
    """

    id: str
    requester: str
    names: tuple[str, ...]
    seconds: int
    reason: str
    policy: Policy
    asked_at: int
    emergency: bool = False
    extends: str = ""
    starts_at: int = 0
    asked: tuple[str, ...] = ()
    yes: list[Yes] = field(default_factory=list)
    escalated: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    state: str = ""
    grant: str = ""
    ends: int = 0
    review: str = ""

    def __post_init__(self) -> None:
        self.asked = self.names

    @property
    def used_up(self) -> set[str]:
        """Everybody who counted already."""
        return {person for yes in self.yes for person in (yes.by, yes.giver)}

    @property
    def rules(self) -> list[tuple[str, Rule]]:
        """The pinned rule of each name that was asked for."""
        found = [(name, rule_of(self.policy, name)) for name in self.asked]
        return [(name, rule) for name, rule in found if rule]

    @property
    def only_rule(self) -> tuple[str, Rule] | None:
        """The rule, where there is but one: then its steps are the request's."""
        names = {rule.name for _, rule in self.rules}
        return self.rules[0] if len(names) == 1 else None
