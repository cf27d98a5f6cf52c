"""What Slack's library Bolt reads of the environment by itself, whatever it is told."""

import contextlib
import os
from collections.abc import Iterator
from typing import Final

# Even when they are empty, they switch Bolt to an OAuth of its own (slack-bolt 1.30, `AsyncApp.__init__`).
_OAUTH: Final = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def hide_slack_from_environment() -> None:
    """Take SLACK_* out of this process's environment, for the demo: Bolt reads some of them by itself."""
    for name in [name for name in os.environ if name.startswith("SLACK_")]:  # noqa: TID251 (for the demo)
        del os.environ[name]  # noqa: TID251


@contextlib.contextmanager
def hidden_from_bolt() -> Iterator[None]:
    """Take away, while Bolt is set up, what would switch it to an OAuth of its own; await nothing inside."""
    hidden = {name: os.environ.pop(name) for name in _OAUTH if name in os.environ}  # noqa: TID251 (see above)
    try:
        yield
    finally:
        os.environ.update(hidden)  # noqa: TID251
