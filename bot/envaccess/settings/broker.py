"""Where a program finds its broker: `ENVACCESS_BROKER`, as `envaccess agent start` says it."""

import os
from collections.abc import Mapping


def broker_address(environment: Mapping[str, str] | None = None) -> str:
    """What ENVACCESS_BROKER says; empty where it is not set."""
    found = os.environ if environment is None else environment  # noqa: TID251 - the one place
    return found.get("ENVACCESS_BROKER", "").strip()
