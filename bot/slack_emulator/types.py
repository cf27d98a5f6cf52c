"""Types and errors that every part shares."""

from typing import Any

Json = dict[str, Any]
"""One JSON object, as it travels between Slack and an app."""


class RefusalError(Exception):
    """Slack answers `ok: false`: the error's name, and whatever else the answer carries."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


class ImpossibleError(AssertionError):
    """A person was asked to do what Slack's client does not let them do (`forged=True` does it anyway)."""


def complain(error: str, problems: list[str]) -> RefusalError:
    """A refusal that lists what is wrong, as Slack does: twice for blocks, once for arguments."""
    metadata = {"messages": [f"[ERROR] {problem}" for problem in problems]}
    listed = {"errors": problems} if error == "invalid_blocks" else {}
    return RefusalError(error, **listed, response_metadata=metadata)
