"""Which headers pass the broker, in both directions.

Hop-by-hop headers end here (RFC 9110, 7.6.1), those that `Connection` names included. The one header that
the policy names is the broker's alone. Cookies do not pass: a session with the service that outlives the
grant would be a credential of its own.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from envaccess.broker.errors import CallRefusedError, refused_input
from envaccess.broker.service import BrokeredService

Header = tuple[str, str]

_HOP: Final = frozenset(
    {
        "connection",
        "expect",
        "http2-settings",
        "keep-alive",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_ASKED: Final = frozenset(
    {
        *("accept-encoding", "cookie", "cookie2", "host", "proxy"),
        *("if-range", "range", "request-range", "x-ms-range"),
    }
)
"""Of a request: `Range` could have a value answered in halves; it may be ignored (RFC 9110, 14.2)."""
_NOT_ANSWERED: Final = frozenset({"alt-svc", "content-encoding", "set-cookie", "set-cookie2"})
"""Of an answer: `Alt-Svc` would lead past the broker."""
_SAYS: Final = frozenset({"host", "method", "path", "uri", "url"})
_INSTEAD: Final = frozenset({"original", "override", "rewrite"})
_FORWARDED: Final = "forwarded"
"""`X-Forwarded-*` and `Forwarded` also say who calls and from where, which some services believe."""
_OVERRIDES: Final = frozenset(
    {
        *("http-method", "http-path", "http-uri", "http-url", "method", "path", "request-method"),
        *("request-path", "request-uri", "request-url", "uri", "url"),
        *("x-host", "x-http-method", "x-http-path", "x-http-uri", "x-http-url", "x-method", "x-path"),
        *("x-request-method", "x-request-path", "x-request-uri", "x-request-url", "x-uri", "x-url"),
        *("path-info", "x-path-info", "script-name", "x-script-name"),
    }
)
"""Some servers take the method, the host or the path from these, and not from what was allowed.

So they do from names that say so with one of the words above: `X-Envoy-Original-Path`, `X-Rewrite-URL`.
"""
_OTHER: Final = re.compile(r"[^a-z0-9]")
_KEPT: Final = 1_000
"""Names of headers whose reading is kept: nearly all calls have the same ones."""
_TOLD: Final = "Envaccess-Removed"
_AGENT: Final = "envaccess-broker"


def request_headers(sent: Iterable[Header], service: BrokeredService) -> list[Header]:
    """What goes to the service.

    Raises:
        CallRefusedError: a header would change what was allowed, or asks for another protocol.
    """
    sent = tuple(sent)
    own = _folded(service.header)
    dropped = _HOP | _NOT_ASKED | _named_by_connection(sent)
    passed: list[Header] = []
    for name, value in sent:
        folded = _folded(name)
        if _changes_call(folded):
            raise refused_input("header", "A header would change which call this is: leave it away.")
        if folded not in dropped and folded != own and not folded.startswith("proxy-"):
            passed.append((name, value))
    if all(_folded(name) != "user-agent" for name, _ in passed):
        passed.append(("User-Agent", _AGENT))
    return [*passed, ("Accept-Encoding", "identity"), (service.header, service.header_value())]


def check_protocol(sent: Iterable[Header]) -> None:
    """Refuse a change of protocol, such as a WebSocket. Raises `CallRefusedError`."""
    sent = tuple(sent)
    if "upgrade" in _named_by_connection(sent) or any(_folded(name) == "upgrade" for name, _ in sent):
        raise refused_input("upgrade", "The broker passes no WebSocket and no other protocol on.")


def answer_headers(answered: Iterable[Header], *, whole: bool) -> list[Header]:
    """What goes back to the agent, with a line that says which cookies do not.

    Args:
        answered: the service's headers.
        whole: whether its body goes back as it came, so that its length is right.
    """
    answered = tuple(answered)
    dropped = _HOP | _NOT_ANSWERED | _named_by_connection(answered)
    passed: list[Header] = []
    for name, value in answered:
        folded = _folded(name)
        if folded in dropped or folded.startswith("proxy-") or (folded == "content-length" and not whole):
            continue
        passed.append((name, value))
    if any(_folded(name).startswith("set-cookie") for name, _ in answered):
        passed.append((_TOLD, "Set-Cookie"))
    return passed


def check_length(sent: Iterable[Header], most: int) -> None:
    """Refuse a body that says it is too long. Raises `CallRefusedError`."""
    for name, value in sent:
        if _folded(name) == "content-length" and int(value) > most:
            raise too_long()


def too_long() -> CallRefusedError:
    """A body over the limit."""
    return CallRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long", "The body is too long.")


@lru_cache(maxsize=_KEPT)
def _changes_call(folded: str) -> bool:
    """Whether a service could take from this header what the request's first line says, or who calls."""
    words = frozenset(folded.split("-"))
    return folded in _OVERRIDES or _FORWARDED in words or bool(words & _SAYS and words & _INSTEAD)


def _named_by_connection(headers: Iterable[Header]) -> frozenset[str]:
    told = (value for name, value in headers if _folded(name) == "connection")
    return frozenset(_folded(part.strip()) for value in told for part in value.split(","))


@lru_cache(maxsize=_KEPT)
def _folded(name: str) -> str:
    """As the servers read it that make `HTTP_X_KEY` of `X-Key`, `x_key` and `X.Key` (CGI, WSGI, PHP).

    Traefik had to mend this twice, for the second of these and for the third (GHSA-x677-9fxg-v5c5).
    """
    return _OTHER.sub("-", name.lower())
