"""A ruling with nothing left out, so that a default which changes later is seen to change what was pinned."""

from dataclasses import fields, is_dataclass
from typing import Any

from envaccess.domain.policy.principal_set import PrincipalSet


def whole(thing: Any) -> Any:
    """A ruling, or a part of it, in lists, dicts, texts and numbers."""
    if isinstance(thing, PrincipalSet):
        return list(thing.words)
    if isinstance(thing, tuple):
        return [whole(part) for part in thing]
    if is_dataclass(thing):
        return {field.name: whole(getattr(thing, field.name)) for field in fields(thing)}
    return str(thing) if isinstance(thing, str) else thing
