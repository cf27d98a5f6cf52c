"""Rulings that 0.1.0 pinned (schema 1): what was usual then was left out.

The values below are what was usual in 0.1.0. They never change, whatever is usual later: a default of today
would widen what was pinned (law 14). The store's scripts get the same tables.
"""

from collections.abc import Mapping
from typing import Any, Final

RULING: Final[Mapping[str, Any]] = {
    "policy": "built-in",
    "rules": [],
    "requesters": [["anyone"]],
    "max_seconds": 28_800,
    "default_seconds": 3_600,
    "pending_seconds": 14_400,
    "limits": [],
    "automatic": False,
    "single_use": False,
    "delivery": ["reveal", "cli"],
    "starts": "approval",
    "use_within": 0,
    "emergency": None,
}
STEP: Final[Mapping[str, Any]] = {
    "approvals": 1,
    "remind": 0,
    "timeout": 0,
    "then": "refuse",
    "escalate": [],
}
LIMIT: Final[Mapping[str, Any]] = {"open_max": 0, "cool_down": 0, "automatic": 0, "per": 0}
EMERGENCY: Final[Mapping[str, Any]] = {"remind": 3_600}
USE_WITHIN: Final = 28_800
"""Seconds after which a grant lapsed that waited for its first use, where its ruling said nothing."""


def make_whole(found: Mapping[str, Any]) -> dict[str, Any]:
    """The ruling with nothing left out, as `pinned.read_ruling` takes it."""
    told = {**RULING, **_with_steps(found)}
    whole = {
        "steps": [{**STEP, **step} for step in told["steps"]],
        "limits": [{**LIMIT, **limit} for limit in told["limits"]],
        "emergency": {**EMERGENCY, **told["emergency"]} if told["emergency"] else None,
    }
    return {**told, **whole}


def _with_steps(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """One that was pinned before there were chains: so many approvals of anybody in the channel."""
    if "steps" in found:
        return found
    kept = {name: value for name, value in found.items() if name != "approvals"}
    step = {"approvers": [found["channel"]], "approvals": found.get("approvals", 1)}
    return {**kept, "steps": [step]}
