"""Rulings as tests want them."""

from typing import Any

from envaccess.domain.policy.principal_set import EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Step
from envaccess.domain.policy.ruling import Limit, Ruling

CHANNEL = "C0APPROVE"
HERE = PrincipalSet((CHANNEL,))
OTHERS = PrincipalSet(("S0OTHERS",))
RULE = "payments"


def usual(channel: str) -> Ruling:
    """What the built-in policy says: one member of the channel decides."""
    return Ruling(channel, (Step(PrincipalSet((channel,))),))


def ruled(*steps: Step, **more: Any) -> Ruling:
    """What a rule of a policy file says; one approval where no step is named."""
    return Ruling(CHANNEL, steps or (Step(HERE),), policy="0123456789abcdef" * 4, rules=(RULE,), **more)


TWO_STEPS = ruled(Step(HERE), Step(OTHERS))
EMERGENCY = Ruling(
    CHANNEL, (), policy="f" * 64, rules=(RULE,), emergency=EmergencyRule(EVERYBODY, 1800, OTHERS)
)
AUTOMATIC = ruled(automatic=True, limits=(Limit(RULE, automatic=2, per=7 * 24 * 3600),))
