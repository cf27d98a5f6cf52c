"""Faults of showing something: what became of a message, and who may show it."""

from envaccess.domain.errors import EnvaccessError


class MessageError(EnvaccessError):
    """Slack did not take a message."""


class MessageRefusedError(MessageError):
    """Slack answered `ok: false`: the message certainly did not go out.

    Attributes:
        code: Slack's error code, such as `channel_not_found`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack refused the message: {code}")
        self.code = code


class MessageDelayedError(MessageError):
    """Slack answered 429: the message did not go out and may be sent again later.

    Attributes:
        seconds: how long Slack asks to wait.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:g} s")
        self.seconds = seconds


class MessageUncertainError(MessageError):
    """No answer, a late answer or HTTP 500: the message may have gone out."""


class NotLeadingError(EnvaccessError):
    """Another process holds the relay's lease now, or this one stops: it is shown there."""
