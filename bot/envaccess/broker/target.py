"""What a request asks for: a service, and a path that every server reads in the same way.

A path that two programs could read in two ways is refused, so that what was allowed is what is done: `..` and
`.`, two slashes, a backslash, `;`, control characters, and an escape of what needs none or hides one of these
(RFC 3986, 2.3 and 6.2.2). A path is compared as it is sent; nothing is decoded.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from envaccess.broker.errors import CallRefusedError, forbidden, refused_input
from envaccess.domain.policy.globs import plain_matcher
from envaccess.domain.policy.services import AllowedCall

_LONGEST: Final = 8_000
_PATH: Final = re.compile(r"(?:/(?:[A-Za-z0-9\-._~!$&'()*+,=:@]|%[0-9A-Fa-f]{2})*)+")
_QUERY: Final = re.compile(r"[!\"$-~]*")
"""Anything printable but `#`."""
_DOTS: Final = re.compile(r"\.+")
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_HIDDEN: Final = frozenset("/\\;%?#")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9\-._~]")
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_NEVER: Final = frozenset({"CONNECT", "TRACE"})
_SHOWN: Final = "The path can be read in more than one way, so it is not passed on"


class CallTarget(NamedTuple):
    """What a request asks for.

    Attributes:
        service: a name of the policy.
        path: below the service's base, with a slash before it.
        query: as it was sent, without `?`.
    """

    service: str
    path: str
    query: str


def read_target(raw: str, prefix: str = "") -> CallTarget:
    """Read a request's target.

    Args:
        raw: as it stands in the request's first line.
        prefix: what stands before the service, with a slash before it; empty for nothing.

    Raises:
        CallRefusedError: it is not a path below the prefix, or can be read in more than one way.
    """
    path, mark, query = raw.partition("?")
    if not raw.startswith("/") or len(raw) > _LONGEST:
        raise refused_input(
            "target", "The broker takes paths that begin with a slash, 8,000 characters at most."
        )
    if mark and not _QUERY.fullmatch(query):
        raise refused_input("query", "The query holds what no URL holds as it is: escape it.")
    if prefix and not path.startswith(f"{prefix}/"):
        raise _no_such_address()
    check_path(path)
    service, _, rest = path[len(prefix) + 1 :].partition("/")
    return CallTarget(service, f"/{rest}", query)


def check_path(path: str) -> None:
    """Refuse a path that can be read in more than one way. Raises `CallRefusedError`."""
    if not _PATH.fullmatch(path):
        raise refused_input("path", f"{_SHOWN}: it holds a backslash, a `;`, or what must be escaped.")
    if "//" in path or any(_DOTS.fullmatch(part) for part in path.split("/")):
        raise refused_input("path", f"{_SHOWN}: it has `//`, or a part of dots alone.")
    for found in _ESCAPES.findall(path):
        try:
            text = bytes.fromhex(found.replace("%", "")).decode()
        except ValueError:
            raise refused_input("path", f"{_SHOWN}: its escapes are no UTF-8.") from None
        if any(not c.isprintable() or c in _HIDDEN or _UNRESERVED.fullmatch(c) for c in text):
            raise refused_input("path", f"{_SHOWN}: it escapes what needs none, or a `/`, a `;`, a `%`.")
        if any(not c.isascii() and _becomes_ascii(c) for c in text):
            raise refused_input("path", f"{_SHOWN}: some servers read one of its letters as another one.")


def _becomes_ascii(character: str) -> bool:
    """Whether a server that normalizes (NFKC) reads a character of ASCII: a wide full stop as `.`."""
    return any(each.isascii() for each in unicodedata.normalize("NFKC", character))


def check_method(method: str) -> None:
    """Refuse methods that are none, and those that no service may be called with."""
    if not _METHOD.fullmatch(method) or method in _NEVER:
        raise CallRefusedError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method",
            "This method is never passed on: CONNECT and TRACE are not, nor what is none.",
        )


def check_allowed(method: str, path: str, allow: Iterable[AllowedCall]) -> None:
    """Refuse what the policy does not name.

    Raises:
        CallRefusedError: no allowed call has this method and this path.
    """
    allowed = tuple(allow)
    if not any(call.method == method and path_matches(call.path, path) for call in allowed):
        raise forbidden(
            "not_allowed",
            "The policy does not allow this call.",
            f"It allows: {', '.join(map(str, allowed)) or 'nothing'}.",
        )


def path_matches(glob: str, path: str) -> bool:
    """Whether a path is one that a glob means.

    `*` stands for anything within one part, `**` for any number of parts; at the end for at least one, so
    that `/repos/**` is what lies below `/repos`, and not `/repos` itself.
    """
    globs, (first, *parts) = glob.removeprefix("/").split("/"), path.split("/")
    places = frozenset() if first else frozenset({0})
    for place, one in enumerate(globs):
        places = _after(one, parts, places, last=place == len(globs) - 1)
    return len(parts) in places


def _after(glob: str, parts: Sequence[str], places: Iterable[int], *, last: bool) -> frozenset[int]:
    """Where a path may go on, from each of these places, once one part of a glob stood for some of it."""
    if glob != "**":
        return frozenset(at + 1 for at in places if at < len(parts) and _part_matches(glob, parts[at]))
    found: set[int] = set()
    for begin in places:
        at = begin
        while at < len(parts) and parts[at] and at + 1 not in found:
            at += 1
            found.add(at)
        if not last:
            found.add(begin)
    return frozenset(found | {at + 1 for at in found if last and list(parts[at:]) == [""]})


def _part_matches(glob: str, text: str) -> bool:
    """Whether a part of a path is one that a part of a glob means, in linear time: the first find will do."""
    return plain_matcher(glob)(text) if "*" in glob else text == glob


def _no_such_address() -> CallRefusedError:
    return CallRefusedError(HTTPStatus.NOT_FOUND, "address", "There is nothing at this address.")
