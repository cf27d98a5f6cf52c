"""Rulings as tests want them."""

from dataclasses import MISSING, fields
from typing import Any

import pytest

from envaccess.domain.policy.principal_set import EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Starts, Step, Then
from envaccess.domain.policy.ruling import Limit, Ruling

KINDS = (Ruling, Step, Limit, EmergencyRule)
"""What a ruling is made of."""
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


def change_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a later version had other defaults for everything in a ruling that has one."""
    changed: dict[Any, Any] = {
        int: 999_999,
        bool: True,
        str: "changed",
        Then: Then.SKIP,
        Starts: Starts.FIRST_USE,
        PrincipalSet: PrincipalSet(("anyone", "owners")),
    }
    for kind in KINDS:
        usual = [field for field in fields(kind) if field.default is not MISSING]
        for field in usual:
            monkeypatch.setattr(field, "default", changed.get(field.type, ()))
        init: Any = kind.__init__
        monkeypatch.setattr(init, "__defaults__", tuple(changed.get(field.type, ()) for field in usual))
