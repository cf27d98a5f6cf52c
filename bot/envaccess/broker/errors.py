"""What the broker says no with. No text here holds a value, nor anything that a caller or a service sent."""

from http import HTTPStatus

from envaccess.domain.errors import EnvaccessError


class CallRefusedError(EnvaccessError):
    """A call is refused, or its answer is not passed back.

    Attributes:
        status: of HTTP.
        reason: its code; stable.
        detail: what is wrong, in a sentence.
        hint: what to do; may be empty.
    """

    def __init__(self, status: HTTPStatus, reason: str, detail: str, hint: str = "") -> None:
        super().__init__(" ".join(filter(None, (detail, hint))))
        self.status, self.reason, self.detail, self.hint = status, reason, detail, hint


class ListenAddressError(EnvaccessError):
    """The broker cannot listen where it was told to; the text says where it can."""


def refused_input(reason: str, detail: str, hint: str = "") -> CallRefusedError:
    """A request that is not understood in one way only."""
    return CallRefusedError(HTTPStatus.BAD_REQUEST, reason, detail, hint)


def forbidden(reason: str, detail: str, hint: str = "") -> CallRefusedError:
    """A request that is understood, and not allowed."""
    return CallRefusedError(HTTPStatus.FORBIDDEN, reason, detail, hint)


def bad_answer(reason: str, detail: str, hint: str = "") -> CallRefusedError:
    """An answer of the service that is not passed back."""
    return CallRefusedError(HTTPStatus.BAD_GATEWAY, reason, detail, hint)
