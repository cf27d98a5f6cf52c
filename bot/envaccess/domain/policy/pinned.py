"""A ruling as it is pinned into a request, as JSON keeps it; the store's scripts read the numbers in it.

Every field is written, so that what is usual later changes nothing that was pinned (law 14). A field that is
missing, or that this version does not know, makes the ruling unreadable: it may be what forbids something.
Only a field that came after rulings were first sealed may be missing: what held before it came holds then.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import DeliveryMode, EmergencyRule, Starts, Step, Then
from envaccess.domain.policy.ruling import Limit, Ruling

_T = TypeVar("_T")
_Readers = Mapping[str, Callable[[Any], Any]]

_FIELDS: Final = {
    kind: {field.name: field.type for field in fields(kind)} for kind in (Ruling, Step, Limit, EmergencyRule)
}
_BARE: Final = frozenset({int, bool, str})
"""Types that stand in JSON as they are."""
_OTHER: Final = "a ruling of another version"
_BEFORE: Final[Mapping[str, Any]] = MappingProxyType({"tap": False})
"""What held before a ruling had these fields; never what is usual today."""
_NONE: Final[_Readers] = MappingProxyType({})


def plain_ruling(ruling: Ruling) -> dict[str, Any]:
    """As JSON keeps it."""
    return cast("dict[str, Any]", _plain(ruling))


def _plain(thing: Any) -> Any:  # noqa: ANN401 - JSON has many shapes
    if isinstance(thing, PrincipalSet):
        return list(thing.words)
    if isinstance(thing, tuple):
        return [_plain(part) for part in thing]
    if isinstance(thing, Ruling | Step | Limit | EmergencyRule):
        return {name: _plain(getattr(thing, name)) for name in _FIELDS[type(thing)]}
    return thing


def read_ruling(plain: Mapping[str, Any]) -> Ruling:
    """The inverse of `plain_ruling`.

    Raises:
        ValueError: this version does not know all that it says, or it does not say all; so does `TypeError`.
    """
    return _read(Ruling, {**_BEFORE, **plain}, _READERS)


def _read(kind: type[_T], plain: Mapping[str, Any], readers: _Readers) -> _T:
    """A part of a ruling that says exactly what this version knows of such a part."""
    types = _FIELDS[kind]  # type: ignore[index]
    if plain.keys() != types.keys():
        raise ValueError(_OTHER)
    for name, value in plain.items():
        if types[name] in _BARE and type(value) is not types[name]:
            raise ValueError(_OTHER)
    return kind(**{name: readers[name](value) if name in readers else value for name, value in plain.items()})


def _who(words: list[str]) -> PrincipalSet:
    return PrincipalSet(tuple(words))


_STEP_READERS: Final[_Readers] = {"approvers": _who, "escalate": _who, "then": Then}
_EMERGENCY_READERS: Final[_Readers] = {"who": _who, "review": _who}
_READERS: Final[_Readers] = {
    "steps": lambda found: tuple(_read(Step, step, _STEP_READERS) for step in found),
    "rules": tuple,
    "requesters": lambda found: tuple(map(_who, found)),
    "limits": lambda found: tuple(_read(Limit, limit, _NONE) for limit in found),
    "delivery": lambda found: tuple(map(DeliveryMode, found)),
    "starts": Starts,
    "emergency": lambda found: found and _read(EmergencyRule, found, _EMERGENCY_READERS),
}
