"""Where a program finds its broker: `ENVACCESS_BROKER`, as `envaccess agent start` says it."""

import os
from collections.abc import Mapping


def runtime_folder(environment: Mapping[str, str] | None = None) -> str:
    """The user's own folder in memory, by the XDG base directory specification; empty where there is none."""
    found = os.environ if environment is None else environment  # noqa: TID251 - the one place
    named = found.get("XDG_RUNTIME_DIR", "")
    return os.path.join(named, "envaccess") if os.path.isabs(named) else ""  # noqa: PTH117, PTH118 - text


def broker_address(environment: Mapping[str, str] | None = None) -> str:
    """What ENVACCESS_BROKER says; empty where it is not set."""
    found = os.environ if environment is None else environment  # noqa: TID251 - the one place
    return found.get("ENVACCESS_BROKER", "").strip()
