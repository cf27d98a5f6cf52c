"""What can go wrong between a command and the API. No text here holds a value, a token or a key."""

from typing import Final

from envaccess.domain.errors import EnvaccessError

_LATER: Final = frozenset({429, 503})
"""HTTP: asked too often, or cannot be served now."""
HOW_TO_SIGN_IN: Final = "run `envaccess login URL` (in Slack, `/envaccess login` gives the code)"


class ClientError(EnvaccessError):
    """The base of these faults; its text is a sentence for the person at the terminal."""


class NotSignedInError(ClientError):
    """There is no session for this server, or the server does not know it any more."""


class SessionFileError(ClientError):
    """The session file cannot be used: unsafe, broken, or on a file system that refuses it."""


class ServerUrlError(ClientError):
    """What was given is no URL that a session may be sent to."""


class PlatformTokenError(ClientError):
    """There is no token of the pipeline's platform, or none that is for this server."""


class JobKeyError(ClientError):
    """The file of the job's key cannot be used: unsafe, broken, or not to be written."""


class WrongServerError(ClientError):
    """What answers is no envaccess: a redirect, a page, a certificate that does not verify."""


class AnswerUnknownError(ClientError):
    """The server answered with what this version does not know; a later one does."""


class UnreachableError(ClientError):
    """The server was not reached, or cannot serve now; nobody knows whether what was asked was done.

    Attributes:
        passing: whether it may well work in a moment. retry_in: seconds that the server asked to wait; 0
        where it said nothing. stale: whether a kept connection broke off, which the server may have closed: a
        new one may work at once.
    """

    def __init__(
        self, sentence: str, *, passing: bool = True, retry_in: float = 0, stale: bool = False
    ) -> None:
        super().__init__(sentence)
        self.passing, self.retry_in, self.stale = passing, retry_in, stale


class UndecidedError(ClientError):
    """Nobody decided for as long as was waited."""


class RefusedError(ClientError):
    """The server said no.

    Attributes:
        reason: its code, such as `no_rule`; stable.
        detail: the sentence that Slack would show.
        hint: what to do; may be empty.
        status: of HTTP.
        retry_in: seconds after which it may be tried again; 0 where that helps nothing.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        hint: str = "",
        *,
        status: int = 0,
        retry_in: float = 0,
    ) -> None:
        super().__init__(" ".join(filter(None, (detail, hint))))
        self.reason, self.detail, self.hint = reason, detail, hint
        self.status, self.retry_in = status, retry_in

    @property
    def is_passing(self) -> bool:
        """Whether the same may be granted later: it was asked too often, or cannot be served now."""
        return self.status in _LATER
