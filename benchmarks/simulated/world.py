"""What is simulated: workspaces, people, variables with values of their own, and what the rules allow.

The auditor reads this too, so nothing here comes from the product.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

PEOPLE: Final = 100_000
BOT: Final = "U0BOT"
LEADS: Final = tuple(f"U0LEAD{number}" for number in range(6))
DIRECTORS: Final = tuple(f"U0DIRECTOR{number}" for number in range(4))
NAMES: Final = tuple(f"APP_{number:02}" for number in range(12))
VALUE_MARK: Final = "value-for-simulation-"
MARK: Final = "simulated "
"""Begins every reason that is typed; what follows names the command."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the policy says of one environment.

    Attributes:
        longest: seconds that access may last.
        steps: who may agree, step by step.
        automatic: whether nobody need agree.
        emergency: seconds of an emergency; 0 where there is none.
    """

    longest: int
    steps: tuple[frozenset[str], ...]
    automatic: bool = False
    emergency: int = 0


RULES: Final = {
    "staging": Rule(3_600, (frozenset(LEADS),), automatic=True),
    "production": Rule(3_600, (frozenset(LEADS),), emergency=900),
    "payments": Rule(7_200, (frozenset(LEADS), frozenset(DIRECTORS))),
}
VARIABLES: Final = tuple(f"{environment}/{name}" for environment in RULES for name in NAMES)

POLICY: Final = f"""version: 1
groups:
  leads: [{", ".join(LEADS)}]
  directors: [{", ".join(DIRECTORS)}]
security: [directors]
defaults: {{approvers: [leads], max: 1h, default: 1h, pending: 4h, cool_down: none}}
rules:
  - {{name: everyday, match: staging/*, automatic: {{for: [anyone], max: 1h}}}}
  - {{name: money, match: payments/*, steps: [{{approvers: [leads]}}, {{approvers: [directors]}}], max: 2h}}
  - name: production
    match: production/*
    emergency: {{for: [anyone], max: 15m, review: [directors], remind: 1h}}
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One of the company's workspaces, by its number."""

    number: int

    @property
    def team(self) -> str:
        """Its id."""
        return f"T0SIM{self.number:03}"

    @property
    def token(self) -> str:
        """The bot token."""
        return f"xoxb-simulated-{self.team}"

    @property
    def approvers(self) -> str:
        """The approvers channel."""
        return f"G0SIM{self.number:03}APPROVERS"

    @property
    def audit(self) -> str:
        """The audit channel."""
        return f"G0SIM{self.number:03}AUDIT"

    def person(self, number: int) -> str:
        """Somebody who works there."""
        return f"U{self.number:03}P{number:06}"


def value_of(team: str, variable: str) -> str:
    """The value that is stored for a variable: another one for each, so that whoever sees it is found out."""
    return VALUE_MARK + hashlib.sha256(f"{team} {variable}".encode()).hexdigest()[:24]


def values_of(team: str) -> dict[str, str]:
    """The variable of each value of a workspace."""
    return {value_of(team, variable): variable for variable in VARIABLES}
