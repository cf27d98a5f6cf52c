"""A ruling as it is pinned into a request: compact JSON; the store's scripts read the numbers in it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final, cast

from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import DeliveryMode, EmergencyRule, Starts, Step, Then
from envaccess.domain.policy.ruling import Limit, Ruling

_USUAL: Final = {
    kind: {field.name: field.default for field in fields(kind)}
    for kind in (Ruling, Step, Limit, EmergencyRule)
}
"""What each field is where nothing else was said; `MISSING` where something must be."""
_write: Final = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def dump_ruling(ruling: Ruling) -> str:
    """As text; what has its usual value is left out."""
    return _write(plain_ruling(ruling))


def plain_ruling(ruling: Ruling) -> dict[str, Any]:
    """As JSON keeps it."""
    return cast("dict[str, Any]", _plain(ruling))


def _plain(thing: Any) -> Any:  # noqa: ANN401 - JSON has many shapes
    if isinstance(thing, PrincipalSet):
        return list(thing.words)
    if isinstance(thing, tuple):
        return [_plain(part) for part in thing]
    if isinstance(thing, Ruling | Step | Limit | EmergencyRule):
        found = ((name, getattr(thing, name), usual) for name, usual in _USUAL[type(thing)].items())
        return {name: _plain(value) for name, value, usual in found if value != usual}
    return thing


def load_ruling(text: str) -> Ruling:
    """The inverse of `dump_ruling`."""
    return read_ruling(json.loads(text))


def read_ruling(plain: dict[str, Any]) -> Ruling:
    """The inverse of `plain_ruling`."""
    found = _with_steps(plain)
    read = {name: _READERS[name](value) if name in _READERS else value for name, value in found.items()}
    return Ruling(**read)


def _with_steps(found: dict[str, Any]) -> dict[str, Any]:
    """One that was pinned before there were chains: so many approvals of anybody in the channel."""
    if "steps" in found:
        return found
    kept = {name: value for name, value in found.items() if name != "approvals"}
    step = {"approvers": [found["channel"]], "approvals": found.get("approvals", 1)}
    return {**kept, "steps": [step]}


def _who(words: list[str]) -> PrincipalSet:
    return PrincipalSet(tuple(words))


def _step(found: Mapping[str, Any]) -> Step:
    sets = {name: _who(found[name]) for name in ("approvers", "escalate") if name in found}
    then = {"then": Then(found["then"])} if "then" in found else {}
    return Step(**{**found, **sets, **then})


def _emergency(found: Mapping[str, Any]) -> EmergencyRule:
    return EmergencyRule(**{**found, "who": _who(found["who"]), "review": _who(found["review"])})


_READERS: dict[str, Callable[[Any], Any]] = {
    "steps": lambda found: tuple(map(_step, found)),
    "rules": tuple,
    "requesters": lambda found: tuple(map(_who, found)),
    "limits": lambda found: tuple(Limit(**limit) for limit in found),
    "delivery": lambda found: tuple(map(DeliveryMode, found)),
    "starts": Starts,
    "emergency": _emergency,
}
