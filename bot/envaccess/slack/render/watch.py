"""The Home tab's part for security people: what is live, sealed and sent."""

from collections.abc import Sequence
from typing import Final

from envaccess.application.watch import ALERTS_SHOWN, GRANTS_SHOWN
from envaccess.domain.access_review import AccessReview
from envaccess.domain.duration import spell_seconds
from envaccess.domain.request import Request
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.sinks import SinkLag
from envaccess.domain.text import count
from envaccess.domain.watch import LiveGrants, SealState, SecurityOverview
from envaccess.slack.names import COMMAND, END
from envaccess.slack.render.alerts import alert_buttons, tell_about, tell_facts
from envaccess.slack.render.blocks import (
    Block,
    ask_first,
    button,
    code,
    context,
    mention,
    section,
    when,
)
from envaccess.slack.render.outcome import is_short, tell_end
from envaccess.slack.render.paging import turner
from envaccess.slack.render.terminal import asker_through
from envaccess.slack.render.wanted import wanted
from envaccess.slack.render.words import capital, chunks, join, span

GRANTS: Final = "grants"
"""The part whose pages are turned."""
_UNREAD: Final = "could not be read; it is drawn anew when you open this again."
_SINKS_SHOWN: Final = 10
_LATE: Final = 60
"""Seconds: a sink that is behind by less is not behind."""


def draw_watch(watch: SecurityOverview | None) -> list[Block]:
    """Everything of it; nothing for whoever is no security person."""
    if watch is None:
        return []
    head: Block = {"type": "header", "text": {"type": "plain_text", "text": "Security"}}
    look = context(f"Type {code(f'{COMMAND} audit NAME')}, or @somebody or an id, to see what happened.")
    state = section(f"{_reviews(watch.reviews)}\n{_seal(watch.seal)}\n{_sinks(watch.sinks)}")
    return [head, *_alerts(watch.alerts), *_grants(watch.grants), state, look]


def _alerts(alerts: Sequence[Alert] | None) -> list[Block]:
    if alerts is None:
        return [section(f":warning: *Open alerts* {_UNREAD}")]
    if not alerts:
        return [section("*Open alerts*: none.")]
    more = "the newest; the audit channel has all" if len(alerts) > ALERTS_SHOWN else f"{len(alerts)}"
    drawn = [block for alert in alerts[:ALERTS_SHOWN] for block in _alert(alert)]
    return [section(f"*Open alerts*: {more}"), *drawn]


def _alert(alert: Alert) -> list[Block]:
    last = alert.judged
    looked = [f":mag: {mention(last.by)} looks into it since {when(last.at)}."] if last else []
    lines = [f":eyes: Within an hour {tell_about(alert)}", *tell_facts(alert).split("\n"), *looked]
    return [*map(section, chunks(lines)), *alert_buttons(alert)]


def _reviews(reviews: Sequence[AccessReview] | None) -> str:
    if reviews is None:
        return f":warning: *Access review* {_UNREAD}"
    if not reviews:
        return "*Access review*: none is open"
    found = reviews[0]
    judged = f"{len(found.items) - len(found.unjudged)} of {count(len(found.items), 'item')} judged"
    about = f"*Access review* {code(found.id)} of {code(found.what, 60)}"
    return f"{about}: {judged}, until {when(found.until)}; {code(f'{COMMAND} review')} shows it"


def _grants(found: LiveGrants | None) -> list[Block]:
    if found is None:
        return [section(f":warning: *Live access* {_UNREAD}")]
    if not found.total:
        return [section("*Live access*: nobody has any.")]
    unread = [
        section(f":warning: The record of {code(request)} cannot be relied on; nothing is revealed by it.")
        for request in found.refused
    ]
    title = section(f"*Live access*: {count(found.total, 'grant')}, what ends first stands first")
    last = (found.total - 1) // GRANTS_SHOWN
    return [title, *map(_grant, found.requests), *unread, *turner(GRANTS, found.page, last)]


def _grant(request: Request) -> Block:
    held = f"{capital(asker_through(request))}: {wanted(request, 3)} for {span(request.duration)}"
    until = f"Ends: {when(request.expires_at, seconds=is_short(request), left=True)}"
    told = f"{held}\n{until if request.live else tell_end(request)} · {code(request.id)}"
    end = ask_first(
        button(END, "End now", request.id, "danger"),
        "End this access?",
        "Nothing more is revealed by it. Who has it is told, and the audit channel says that it was you.",
        "End it",
        "Keep it",
    )
    return section(told) | {"accessory": end}


def _seal(seal: SealState | None) -> str:
    if seal is None:
        return f":warning: *Seal of the audit* {_UNREAD}"
    late = ""
    if seal.is_late:
        late = (
            f"\n:rotating_light: An event has waited {spell_seconds(seal.waits)} to be sealed. "
            f"Please have {code('envaccess doctor')} and {code('envaccess audit verify')} run on the host."
        )
    if not seal.size:
        return f"*Seal of the audit*: nothing is sealed yet{late}"
    fork = f", after {count(seal.fork, 'lost head')}" if seal.fork else ""
    told = f"{seal.size:,} events up to {when(seal.at, left=True)}"
    return f"*Seal of the audit*: {told}, by the key {code(seal.key or 'nobody', 8)}{fork}{late}"


def _sinks(sinks: Sequence[SinkLag] | None) -> str:
    if sinks is None:
        return f":warning: *Systems that get the audit* {_UNREAD}"
    if not sinks:
        return "*Systems that get the audit*: none are set up"
    told = [_sink(sink) for sink in sinks[:_SINKS_SHOWN]]
    rest = len(sinks) - len(told)
    return f"*Systems that get the audit*: {join([*told, f'{rest} more'] if rest > 0 else told)}"


def _sink(sink: SinkLag) -> str:
    name = code(sink.name, 60)
    if not sink.begun:
        return f"{name} has not begun"
    if not sink.after:
        return f":rotating_light: {name} begins anew, since what was stored of it cannot be believed"
    if sink.seconds < _LATE:
        return f"{name} has all"
    return f":warning: {name} is {spell_seconds(sink.seconds)} behind"
