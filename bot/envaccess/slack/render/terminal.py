"""Who asks through what, and to which terminals values went, in words. Of hosts only their clients know."""

from collections.abc import Sequence

from envaccess.domain.call import BROKER, CI, CLI
from envaccess.domain.receipt import SAID_MAX, Receipt
from envaccess.domain.request import Release, Request
from envaccess.domain.tap import TapState
from envaccess.slack.names import END_TERMINAL, NO_RELEASE, RELEASE
from envaccess.slack.render.blocks import Block, actions, button, code, context, section, when
from envaccess.slack.render.programs import on_host, who_asks
from envaccess.slack.render.wanted import wanted
from envaccess.slack.render.words import join

_ODD = {1: "once", 2: "twice"}
_CLIENTS = {CI: "runner", BROKER: "broker"}
"""What has the values, where that is no person's terminal."""
_HOSTS_SHOWN = 5


def tell_terminal(host: str, surface: str = CLI) -> str:
    """`the terminal on lenovo-7`, `the runner on build-3`, `the broker on lenovo-7`."""
    return f"the {_client(surface)} on {code(host, SAID_MAX)}" if host else f"a {_client(surface)}"


def _client(surface: str) -> str:
    return _CLIENTS.get(surface, "terminal")


def through(surface: str, host: str) -> str:
    """`, from the terminal on lenovo-7,` after who acts; empty in Slack, and for programs."""
    return f", from {tell_terminal(host)}," if surface == CLI else ""


def asker_through(request: Request) -> str:
    """Who asks, and through what where that is not Slack."""
    host = request.receipt.host if request.receipt else ""
    return f"{who_asks(request)}{on_host(request)}{through(request.surface, host)}"


def tell_client(receipt: Receipt | None, surface: str = CLI) -> list[Block]:
    """What a client says of itself, and the address that the server saw."""
    if receipt is None:
        return []
    said = {"user": receipt.user, "program": receipt.program}
    parts = [f"{name} {code(text, SAID_MAX)}" for name, text in said.items() if text]
    told = [f"The {_client(surface)} says: {', '.join(parts)}"] if parts else []
    seen = [f"Its address: {code(receipt.address, SAID_MAX)}"] if receipt.address else []
    return [context(" · ".join([*told, *seen]))] if told or seen else []


def tell_releases(request: Request) -> list[Block]:
    """To which terminals values went, how often, and last when; of many, the newest by their names."""
    went = (one for one in request.releases if one.times)
    newest = sorted(went, key=lambda one: (not one.host, -one.at))
    shown = [*newest[:_HOSTS_SHOWN], *_together(newest[_HOSTS_SHOWN:])]
    told = [
        f"{_where(one, shown, request.surface)} {_times(one.times)}, last: {when(one.at)}" for one in shown
    ]
    return [context(f"Went to {join(told)}")] if told else []


def _together(releases: Sequence[Release]) -> list[Release]:
    """All of these as one, of a host without a name."""
    if not releases:
        return []
    return [Release("", sum(one.times for one in releases), max(one.at for one in releases))]


def ask_to_release(request: Request) -> list[Block]:
    """The question whether values may go to a terminal now, or how it was answered."""
    tap = request.tap
    if tap is None or tap.state in {TapState.USED, TapState.RELEASED}:
        return []
    where = f"{tell_terminal(tap.host)}{f' ({code(tap.program, SAID_MAX)})' if tap.program else ''}"
    if tap.state is TapState.LAPSED:
        return [context(f"You did not answer in time whether values may go to {where}: nothing went there.")]
    if tap.state is TapState.REFUSED:
        return [
            section(f":no_entry: You said no to {where}: nothing went there."),
            *_end_session(tap.session),
        ]
    value = f"{request.id}:{tap.mark}"
    asked = f":desktop_computer: *Release to {where}?* It asks for {wanted(request)} now. Was that you?"
    seen = "The host and what runs there are as the terminal says"
    seen += f"; its address, as we see it: {code(tap.address, SAID_MAX)}." if tap.address else "."
    return [
        section(f"{asked} Until: {when(tap.ends_at, seconds=True)}"),
        context(seen),
        actions(button(RELEASE, "Release", value, "primary"), button(NO_RELEASE, "No", value, "danger")),
    ]


def tell_new_host(request: Request) -> list[Block]:
    """That values went to a host where none of whoever asked were before."""
    if not request.new_hosts:
        return []
    where = tell_terminal(request.new_host, request.surface)
    whose = "Values of yours" if request.principal.is_person else "Values for your agent"
    told = f":new: *{whose} went to {where} for the first time.* Was that you?"
    return [section(told), *_end_session(request.new_host_session, request.surface)]


def _end_session(session: str, surface: str = CLI) -> list[Block]:
    if not session:
        return []
    told = f"If it was not you, end the session of that {_client(surface)}."
    return [context(told), actions(button(END_TERMINAL, "End it", session, "danger"))]


def _where(release: Release, among: Sequence[Release], surface: str) -> str:
    named = release.host or len(among) == 1
    return tell_terminal(release.host, surface) if named else f"further {_client(surface)}s"


def _times(number: int) -> str:
    return _ODD.get(number, f"{number} times")
