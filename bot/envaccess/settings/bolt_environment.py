"""What Slack's library Bolt reads of the environment by itself, whatever it is told."""

import os
from collections.abc import Mapping
from typing import Final

# Even when they are empty, they switch Bolt to OAuth (slack-bolt 1.30, `AsyncApp.__init__`).
_OAUTH: Final = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def hide_slack_from_environment() -> None:
    """Take SLACK_* out of this process's environment, for the demo: Bolt reads some of them by itself."""
    for name in [name for name in os.environ if name.startswith("SLACK_")]:  # noqa: TID251 (for the demo)
        del os.environ[name]  # noqa: TID251


def find_oauth(environment: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each setting that would change what Bolt does."""
    return {
        name: f"{name} makes Slack's library switch to OAuth, which envaccess does not use: unset it"
        for name in _OAUTH
        if name in environment
    }
