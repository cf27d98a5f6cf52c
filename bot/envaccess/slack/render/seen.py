"""Who has seen a value, in words: for owners, for approvers, and in Home."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.exposure import (
    Exposure,
    KnownVariable,
    KnownVariables,
    LeaverList,
    Seen,
    SeenCount,
    SeenPage,
    SeerKind,
)
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import Block, Rendered, code, context, mention, section, when
from envaccess.slack.render.words import capital, chunks, join, seer_told

_UNKNOWN: Final = "it was brought in from elsewhere, and nobody knows who had seen it there"
_NAMED: Final = 5
"""Variables that approvers are told of by name: all others fit in no message."""
_HOW: Final[Mapping[str, str]] = {
    "slack": "in Slack",
    "terminal": "at a terminal",
    "run": "by a command",
    "broker": "by an agent's broker",
    "ci": "in a pipeline",
    "host": "on the host",
}


def render_seen(page: SeenPage) -> Rendered:
    """The last ones first."""
    name = code(page.variable.label, 160)
    told = f"Who has seen the current value of {name}"
    seen = [one for one in page.seen if one.seer.kind is not SeerKind.UNKNOWN]
    lines = [f"*{told}*: {tell_count(page.count)}.", *(f"• {_one(one)}" for one in seen)]
    if not page.count.any:
        works = f"No login that was made for a use of {name} works now, whoever has seen one."
        lines = [works if page.leased else f"Nobody has seen the current value of {name} through envaccess."]
    whole = code(f"envaccess exposure --variable {page.variable.label}", 200)
    more = f" Whoever runs envaccess gets all: {whole}." if page.more else ""
    return Rendered(told, [*map(section, chunks(lines)), context(f"{_state(page)}{more}")])


def _one(seen: Seen) -> str:
    ways = [f"{_HOW.get(how, code(how, 40))} {_times(times)}" for how, times in sorted(seen.how.items())]
    first = "" if seen.first == seen.last else f", first {when(seen.first)}"
    return f"{seer_told(seen.seer)}: {join(ways)}, last {when(seen.last)}{first}"


def _times(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _state(page: SeenPage) -> str:
    leased = [one for one in page.current if one.leased]
    if leased:
        return f"Each use has a value of its own; {len(leased)} may work now."
    if page.leased:
        return "Each use has a login of its own, which is destroyed when the access ends."
    if not page.current:
        return "Nobody has read it here yet, so it is not known which value is current."
    return f"Current as of {when(max(one.as_of for one in page.current))}."


def tell_count(counted: SeenCount) -> str:
    """`3 people and 1 process`; of what was brought in, that nobody knows who else."""
    return "; ".join(filter(None, (str(counted), _UNKNOWN if counted.unknown else "")))


def tell_seen_by(counts: Mapping[Variable, SeenCount]) -> str:
    """One line for who decides: how many have seen each current value; empty where nobody has."""
    one = len(counts) == 1
    known = sorted((item for item in counts.items() if item[1].any), key=lambda item: -item[1].people)
    told = [
        _sentence("the current value" if one else f"the current value of {code(variable.label, 160)}", seen)
        for variable, seen in known[:_NAMED]
    ]
    rest = len(known) - _NAMED
    return " ".join([*told, f"Somebody has seen {rest} more of them."] if rest > 0 else told)


def draw_seen(request: Request) -> list[Block]:
    """The same under a request, and in the forms that decide it: neutral, since most saw it in their work."""
    told = tell_seen_by(dict(request.seen))
    return [context(told)] if told else []


def draw_known(known: KnownVariables) -> list[Block]:
    """In the Home tab of an owner: which of their values have been seen, the worst first, and what to do."""
    if not known.found:
        return []
    lines = [f"• {code(one.variable.label, 160)}: {_known(one)}" for one in known.found]
    rest = known.total - len(known.found)
    if rest > 0:
        lines.append(f"• and {rest} more")
    rotate, seen = code(f"{COMMAND} rotate NAME"), code(f"{COMMAND} seen NAME")
    do = f"What was seen is known until the value changes: {rotate} replaces it. {seen} says who has seen it."
    title = f"Seen values of yours ({known.total})"
    head: Block = {"type": "header", "text": {"type": "plain_text", "text": title}}
    return [head, *map(section, chunks(lines)), context(do)]


def _known(one: KnownVariable) -> str:
    verb = "has" if one.count.people + one.count.processes == 1 else "have"
    told = [f"{one.count} {verb} seen it"] if str(one.count) else []
    if one.left:
        told.append(f"*{one.left} of them {'has' if one.left == 1 else 'have'} left*")
    return "; ".join([*told, _UNKNOWN] if one.count.unknown else told)


def _sentence(what: str, counted: SeenCount) -> str:
    verb = "has" if counted.people + counted.processes == 1 else "have"
    told = f"{counted} {verb} seen {what}." if str(counted) else ""
    unknown = f"{capital(what)} was brought in from elsewhere: nobody knows who had seen it there."
    return " ".join(filter(None, (told, unknown if counted.unknown else "")))


def render_leaver(person: str, seen: LeaverList) -> Rendered:
    """What a leaver has seen and is still current: what they know for the longest time first."""
    told = f"{mention(person)} has left, and has seen {_values(seen.total)} still current"
    lines = [f":door: *{told}.*", *(f"• {_exposed(one)}" for one in seen.found)]
    left = seen.total - len(seen.found)
    rest = f"{left} more: " if left > 0 else "All of it: "
    whole = f"{rest}{code(f'envaccess exposure --leaver {person}', 200)} on the host."
    do = "Please change them, so that what was seen works no longer."
    return Rendered(told, [*map(section, chunks(lines)), context(f"{do} {whole}")])


def _values(number: int) -> str:
    return "1 value that is" if number == 1 else f"{number} values that are"


def _exposed(one: Exposure) -> str:
    process = ", by a process of theirs" if one.seen.seer.kind is SeerKind.PROCESS else ""
    last = f"last {when(one.seen.last)}; current as of {when(one.current.as_of)}"
    return f"{code(one.variable.label, 160)}{process}, {last}"
