"""`status` and `list`: what somebody holds, and what may be asked for."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby

from envaccess.domain.call import CLI
from envaccess.domain.outcome import Holdings
from envaccess.domain.policy.variable_sets import VariableSet
from envaccess.domain.request import Request, State
from envaccess.domain.text import count
from envaccess.domain.variable import DEFAULT_ENVIRONMENT, Variable, typed
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import Block, Rendered, code, context, say, section, when
from envaccess.slack.render.locks import ASK_SECURITY, tell_lock
from envaccess.slack.render.outcome import is_short, tell_end, tell_state
from envaccess.slack.render.programs import own_program
from envaccess.slack.render.proposal import tell_proposal
from envaccess.slack.render.refusals import tell_unreadable
from envaccess.slack.render.terminal import tell_terminal
from envaccess.slack.render.wanted import wanted
from envaccess.slack.render.words import capital, chunks, names, span

_ANSWER_IT = "It waits for your answer in your direct messages."
PROGRAMS = "Your agents and pipeline runs"
_NAMES_ROOM = 6_000
"""Characters of names in one list: as much as somebody scrolls through."""
_LINES_ROOM = 2_800
"""Characters of each kind in a status: the newest ones are what it is for."""
_PROGRAMS_ROOM = 1_200
_NAMES_SHOWN = 2
_NAMES_OF_SET = 5
_SETS_SHOWN = 20
_SETS_ROOM = 2_000


def render_status(holdings: Holdings) -> Rendered:
    """Pending requests with their ids, live grants with the time left, and what ended lately."""
    blocks = [
        *tell_unreadable(holdings.refused),
        *_part("Waiting for a decision", [*map(_pending_line, holdings.pending)]),
        *_part("Live access", [*map(_live_line, holdings.live)]),
        *_part("Ended lately", [*map(_ended_line, holdings.ended)]),
        *_part(PROGRAMS, _program_lines(holdings), _PROGRAMS_ROOM),
    ]
    if holdings.lock:
        blocks.insert(0, section(f":lock: {tell_lock(holdings.lock)}. {ASK_SECURITY}"))
    if not blocks:
        return say(f"You have asked for nothing lately. To ask, type {code(COMMAND)} alone, or {_HELP}.")
    told = f"{count(len(holdings.pending), 'request')} waiting, {count(len(holdings.live), 'grant')} live"
    return Rendered(f"Yours: {told}.", blocks)


_HELP = code(f"{COMMAND} help")


def _part(title: str, told: Sequence[str], room: int = _LINES_ROOM) -> list[Block]:
    if not told:
        return []
    lines = _within(room, [f"• {line}" for line in told])
    older = len(told) - len(lines)
    more = [f"• and {older} older"] if older else []
    return [section(chunk) for chunk in chunks([f"*{title}*", *lines, *more])]


def _within(room: int, lines: Sequence[str]) -> list[str]:
    """The first lines for which there is room."""
    ends = accumulate(len(line) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= room]


def _pending_line(request: Request) -> str:
    cancel = code(f"{COMMAND} cancel {request.id}")
    return f"{_wanted(request)}, lapses: {when(request.deadline_at, left=True)} · withdraw: {cancel}"


def _live_line(request: Request) -> str:
    if not request.live:
        end = code(f"{COMMAND} revoke {request.id}")
        told = tell_end(request)
        return f"{_wanted(request)}, {told[:1].lower()}{told[1:]} · end it: {end}"
    until = when(request.expires_at, seconds=is_short(request), left=True)
    show = code(f"{COMMAND} show {typed(request.variables[:1])}")
    end = code(f"{COMMAND} revoke {request.id}")
    return f"{_wanted(request)}, ends: {until} · see it: {show} · end it: {end}"


def _program_lines(holdings: Holdings) -> list[str]:
    """What waits for the person's own press first."""
    proposed = [f"{tell_proposal(one)}. {_ANSWER_IT}" for one in holdings.proposals]
    return [*proposed, *map(_program_line, holdings.programs)]


def _program_line(request: Request) -> str:
    if request.state is State.PENDING:
        return f"{capital(own_program(request))}: {_pending_line(request)}"
    until = f"ends: {when(request.expires_at, seconds=is_short(request), left=True)}"
    told = until if request.live else tell_end(request)
    end = code(f"{COMMAND} revoke {request.id}")
    return (
        f"{capital(own_program(request))}: {_wanted(request)}, {told[:1].lower()}{told[1:]} · end it: {end}"
    )


def _ended_line(request: Request) -> str:
    at = request.ended_at or request.decided_at
    return f"{_wanted(request)}: {tell_state(request).lower()}{f' ({when(at)})' if at else ''}"


def _wanted(request: Request) -> str:
    told = f"{wanted(request, _NAMES_SHOWN)} for {span(request.duration)}"
    host = request.receipt.host if request.receipt else ""
    return f"{told} (from {tell_terminal(host)})" if request.surface == CLI else told


def render_list(variables: Sequence[Variable], sets: Sequence[VariableSet] = ()) -> Rendered:
    """The sets, and the names by environment; a long list says how many are left out and where to search."""
    if not variables:
        return say(
            "There are no variables yet. Whoever runs envaccess adds them with `envaccess secrets set NAME`."
        )
    told_sets = _sets_line(sets)
    shown = _fitting(variables, _NAMES_ROOM - sum(map(len, told_sets)))
    lines = [
        _environment_line(environment, held) for environment, held in groupby(shown, lambda v: v.environment)
    ]
    left = len(variables) - len(shown)
    search = f"…and {left} more: type {code(COMMAND)} alone to search." if left else ""
    ask = f"To ask for one, type {code(f'{COMMAND} NAME 1h')} and why. {search}"
    lines = [*told_sets, *lines]
    blocks = [section(chunk) for line in lines for chunk in chunks(line.split("\n"))]
    return Rendered(
        f"{count(len(variables), 'variable')} may be asked for.", [*blocks[:_BLOCKS], context(ask.strip())]
    )


_BLOCKS = 45


def _fitting(variables: Sequence[Variable], room: int) -> list[Variable]:
    kept: list[Variable] = []
    for variable in sorted(variables):
        room -= len(variable.label) + 3
        if room < 0:
            break
        kept.append(variable)
    return kept


def _sets_line(sets: Sequence[VariableSet]) -> list[str]:
    """Names that stand for several, a few of which are told of each."""
    told = [f"{code(str(one))}: {names(one.variables, _NAMES_OF_SET)}" for one in sets[:_SETS_SHOWN]]
    told = _within(_SETS_ROOM, told)
    rest = len(sets) - len(told)
    more = [f"and {rest} more"] if rest > 0 else []
    title = f"*Sets* ({code(f'{COMMAND} @NAME 1h')} and why asks for all of one)"
    return ["\n".join([title, *told, *more])] if told else []


def _environment_line(environment: str, held: Iterable[Variable]) -> str:
    title = "*Variables*" if environment == DEFAULT_ENVIRONMENT else f"*{environment}*"
    return "\n".join([title, *(code(variable.label) for variable in held)])
