"""Who asks through what, and to which terminals values went, in words. Of hosts only their clients know."""

from collections.abc import Sequence

from envaccess.domain.call import CLI
from envaccess.domain.request import Release, Request
from envaccess.domain.session import SAID_MAX, Receipt
from envaccess.slack.render.blocks import Block, code, context, when
from envaccess.slack.render.words import asker, join

_ODD = {1: "once", 2: "twice"}
_FURTHER = "further terminals"


def tell_terminal(host: str) -> str:
    """`the terminal on lenovo-7`."""
    return f"the terminal on {code(host, SAID_MAX)}" if host else "a terminal"


def through(surface: str, host: str) -> str:
    """`, from the terminal on lenovo-7,` after who acts; empty in Slack."""
    return f", from {tell_terminal(host)}," if surface == CLI else ""


def asker_through(request: Request) -> str:
    """Who asks, and through what where that is not Slack."""
    host = request.receipt.host if request.receipt else ""
    return f"{asker(request)}{through(request.surface, host)}"


def tell_client(receipt: Receipt | None) -> list[Block]:
    """What a client says of itself, and the address that the server saw."""
    if receipt is None:
        return []
    said = {"user": receipt.user, "program": receipt.program}
    parts = [f"{name} {code(text, SAID_MAX)}" for name, text in said.items() if text]
    told = [f"The terminal says: {', '.join(parts)}"] if parts else []
    seen = [f"Its address: {code(receipt.address, SAID_MAX)}"] if receipt.address else []
    return [context(" · ".join([*told, *seen]))] if told or seen else []


def tell_releases(releases: Sequence[Release]) -> list[Block]:
    """To which terminals values went, how often, and last when."""
    if not releases:
        return []
    told = [
        f"{_where(one, releases)} {_times(one.times)}, last: {when(one.at)}" for one in releases if one.times
    ]
    return [context(f"Went to {join(told)}")] if told else []


def _where(release: Release, among: Sequence[Release]) -> str:
    return tell_terminal(release.host) if release.host or len(among) == 1 else _FURTHER


def _times(number: int) -> str:
    return _ODD.get(number, f"{number} times")
