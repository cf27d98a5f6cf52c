"""Values that several names share: compared by HMAC under a key that lives only as long as the comparison."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence

from envaccess.domain.variable import Variable

SHORTEST_COMPARED = 8
"""Shorter ones are numbers of ports and words such as `true`, which many names share."""


def same_values(values: Mapping[Variable, str]) -> Iterator[str]:
    """One sentence for each value that stands under several names, or in several environments."""
    key = secrets.token_bytes(32)
    shared: dict[bytes, list[Variable]] = {}
    for variable, value in values.items():
        if len(value) >= SHORTEST_COMPARED:
            digest = hmac.digest(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
            shared.setdefault(digest, []).append(variable)
    for variables in shared.values():
        if len(variables) > 1:
            yield told_of_same(variables)


def told_of_same(variables: Sequence[Variable]) -> str:
    """One sentence about names that share a value."""
    labels = ", ".join(variable.label for variable in variables)
    if len({variable.environment for variable in variables}) > 1:
        why = "whoever is let see it in one environment knows it in the other"
    else:
        why = "whoever is let see one knows the other"
    return f"note: {labels}: the same value, so that {why}."
