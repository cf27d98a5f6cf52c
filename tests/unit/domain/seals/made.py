"""Rulings, filings and approvals as tests need them, each the shortest way to say it."""

from dataclasses import replace
from typing import Any

from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Step, Then
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.seals.access import SealedRequest
from envaccess.domain.seals.statements import (
    ApprovalSeal,
    FilingSeal,
    HistorySeal,
    PassedBy,
    PassedSeal,
    Right,
)
from envaccess.domain.variable import Variable

NOON = 1_767_614_400_000
"""Milliseconds: 5 January 2026, 12:00 UTC."""
MINUTE = 60_000
HOUR = 60 * MINUTE
TEN = 10 * MINUTE
"""How long a step takes here, in milliseconds."""
SKIP, ESCALATE, REFUSE = Then.SKIP, Then.ESCALATE, Then.REFUSE
A, B = Variable("production", "A"), Variable("default", "B")
LEADS = PrincipalSet(("U0CARLA", "U0DANA"))
EMERGENCY = EmergencyRule(LEADS, 900, LEADS)


def steps(*thens: Then, approvals: int = 1, timeout: int = 600) -> tuple[Step, ...]:
    """A step for each word, of ten minutes."""
    return tuple(Step(LEADS, approvals, timeout=timeout, then=then) for then in thens)


def ruling(*thens: Then, **fields: Any) -> Ruling:
    """A chain of a step for each word; one that refuses where there is none."""
    return Ruling("C0APPROVERS", **{"steps": steps(*thens or (Then.REFUSE,)), **fields})


def filing(**fields: Any) -> FilingSeal:
    """Alice asks for two variables for an hour, at noon."""
    usual: dict[str, Any] = {
        "id": "rq_1",
        "requester": "U0ALICE",
        "behind": "",
        "issuer": "",
        "variables": (A, B),
        "incarnations": ("1", "2"),
        "seconds": 3_600,
        "once": False,
        "reason": "because I must",
        "ruling": ruling(),
        "extends": "",
        "extends_mac": "",
        "starts_at": 0,
        "emergency": False,
        "surface": "slack",
        "session": "",
        "at": NOON,
    }
    return FilingSeal(**{**usual, **fields})


def approval(by: str = "U0CARLA", **fields: Any) -> ApprovalSeal:
    """Somebody agrees to all of it, a minute after noon."""
    usual: dict[str, Any] = {
        "filing": "mac",
        "step": 0,
        "behalf": "",
        "duty": "",
        "right": Right.OWN,
        "seconds": 3_600,
        "variables": (A, B),
        "talk": "",
        "counted": (),
        "skipped": (),
        "at": NOON + MINUTE,
    }
    return ApprovalSeal(by=by, **{**usual, **fields})


def passed(step: int, how: PassedBy, at: int = NOON + MINUTE, of: str = "mac") -> PassedSeal:
    """A process found nobody left who could decide that step."""
    return PassedSeal(of, step, how, at)


def sealed(asked: FilingSeal, *approvals: ApprovalSeal, **fields: Any) -> SealedRequest:
    """A request with these approvals, each of which counts all before it; their MACs are `mac0`, `mac1`."""
    macs = [f"mac{place}" for place in range(len(approvals))]
    made = {macs[place]: replace(one, counted=tuple(macs[:place])) for place, one in enumerate(approvals)}
    return SealedRequest(asked, "mac", made, **fields)


def as_history(asked: FilingSeal, **more: Any) -> HistorySeal:
    """The same as an upgrade would have found it."""
    found: dict[str, Any] = {"asked_variables": (), "asked_seconds": 0, "approvals": (), "reviewed_by": ""}
    return HistorySeal(**{name: getattr(asked, name) for name in FilingSeal.__slots__}, **{**found, **more})
