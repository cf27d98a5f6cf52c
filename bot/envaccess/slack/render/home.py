"""The Home tab: what I hold and asked, what waits for me, what is mine; paged, within Block Kit's limits."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from envaccess.application.home import Home
from envaccess.domain.audit import ActorKind
from envaccess.domain.lock import Lock
from envaccess.domain.request import Request
from envaccess.domain.session import Session
from envaccess.domain.text import count
from envaccess.domain.variable import Variable
from envaccess.slack.names import (
    AGAIN,
    ANSWER,
    APPROVE,
    BULK,
    CANCEL,
    COMMAND,
    DENY,
    END,
    EXTEND,
    NEW,
    REVEAL,
    REVIEW,
    UNLOCK,
)
from envaccess.slack.render.blocks import (
    Block,
    actions,
    ask_first,
    button,
    code,
    context,
    mention,
    plain,
    section,
    when,
)
from envaccess.slack.render.card import may_reveal
from envaccess.slack.render.chain import tell_principals
from envaccess.slack.render.listing import PROGRAMS
from envaccess.slack.render.locks import ASK_SECURITY, tell_lock
from envaccess.slack.render.outcome import is_short, tell_end, tell_state
from envaccess.slack.render.paging import turner
from envaccess.slack.render.programs import own_program, tell_run
from envaccess.slack.render.proposal import ask_person
from envaccess.slack.render.refusals import tell_unreadable
from envaccess.slack.render.request import ask_button
from envaccess.slack.render.rotations import draw_rotations
from envaccess.slack.render.seen import draw_known
from envaccess.slack.render.sessions import draw_session
from envaccess.slack.render.terminal import asker_through, tell_terminal
from envaccess.slack.render.wanted import every_name, wanted
from envaccess.slack.render.watch import GRANTS, draw_watch
from envaccess.slack.render.words import capital, names, span

_Listed = TypeVar("_Listed")
_SIZES = (5, 3, 2, 1)
"""How many of a kind a page shows: the first with which the whole tab stays within Slack's limit."""
_BLOCKS = 100
_DUTIES = 5
_NAMES_SHOWN = 40
_REASON_SHOWN = 200
_PAGE = re.compile("[0-9]{1,4}")

HELD, ASKED, WAITING, REVIEWS, OWNED, LOCKS = "held", "asked", "waiting", "reviews", "owned", "locks"
SESSIONS, AGENTS, RUNS = "sessions", "agents", "runs"
PROGRAMS_ASK, PROPOSALS = "programs", "proposals"
PARTS = (HELD, ASKED, WAITING, REVIEWS, OWNED, LOCKS, SESSIONS, AGENTS, RUNS, PROGRAMS_ASK, PROPOSALS, GRANTS)
"""The lists that have pages."""


@dataclass(frozen=True, slots=True)
class _Paging:
    """Which page of each list is shown, and how many of it."""

    numbers: Mapping[str, int]
    size: int

    def of(self, part: str, length: int, size: int = 0) -> tuple[int, int]:
        """The page that is shown, and the last: one that is not there any more is the last."""
        last = max(0, (length - 1) // (size or self.size))
        return min(self.numbers.get(part, 0), last), last


def render_home(home: Home, pages: Mapping[str, int]) -> Block:
    """The whole view; a page that is not there any more shows the last one."""
    blocks = _drawn(home, _Paging(pages, _SIZES[0]))
    for size in _SIZES[1:]:
        if len(blocks) > _BLOCKS:
            blocks = _drawn(home, _Paging(pages, size))
    if len(blocks) == len(_head(home)):
        shown = code(f"{COMMAND} help")
        blocks.append(section(f"Nothing waits for you, and you hold nothing. {shown} shows the rest."))
    return {"type": "home", "blocks": blocks, "private_metadata": dump_pages(pages)}


def _drawn(home: Home, pages: _Paging) -> list[Block]:
    asked = [*home.holdings.pending, *home.holdings.ended]
    return [
        *_head(home),
        *_locks(home, pages),
        *tell_unreadable(home.holdings.refused),
        *_part("Waits for you", WAITING, home.waiting, pages, _to_decide),
        *_bulk(home.waiting),
        *_part("Your agents want to ask", PROPOSALS, home.holdings.proposals, pages, ask_person),
        *_part("Emergencies to review", REVIEWS, home.reviews, pages, _to_review),
        *_part("You hold", HELD, home.holdings.live, pages, _held),
        *_part("You asked", ASKED, asked, pages, _asked),
        *_part(f"{PROGRAMS} ask or hold", PROGRAMS_ASK, home.holdings.programs, pages, _of_program),
        *draw_watch(home.watch),
        *_owned(home.owned, pages),
        *draw_known(home.known),
        *draw_rotations(home.rotations),
        *_sessions(home.sessions, pages),
    ]


def dump_pages(pages: Mapping[str, int]) -> str:
    """`waiting:2,asked:1`; carries nothing else."""
    return ",".join(f"{part}:{pages[part]}" for part in PARTS if pages.get(part))


def read_pages(text: str) -> dict[str, int]:
    """The inverse; what cannot be read is the first page."""
    found = (piece.partition(":") for piece in text.split(",")[: len(PARTS)])
    numbers = {part: page_number(number) for part, _, number in found if part in PARTS}
    return {part: number for part, number in numbers.items() if number is not None}


def page_number(text: str) -> int | None:
    """A page's number as a button carries it; None when it is none, or longer than any."""
    return int(text) if _PAGE.fullmatch(text) else None


def _head(home: Home) -> list[Block]:
    duties = [
        f"{mention(duty.taker)} decides in your place until {when(duty.until)}"
        if duty.giver == home.person
        else f"You decide in the place of {mention(duty.giver)} until {when(duty.until)}"
        for duty in home.duties[:_DUTIES]
    ]
    new = actions(button(NEW, "Ask for access", "-", "primary"))
    return [new, *([context(" · ".join(duties))] if duties else [])]


def _locks(home: Home, pages: _Paging) -> list[Block]:
    """The one on this person; for security people, all that hold."""
    if home.lock:
        return [section(f":lock: {tell_lock(home.lock)}. {ASK_SECURITY}")]
    if not home.locks:
        return []
    page, last = pages.of(LOCKS, len(home.locks))
    head: Block = {"type": "header", "text": {"type": "plain_text", "text": f"Locked ({len(home.locks)})"}}
    drawn = [
        block for lock in home.locks[page * pages.size : (page + 1) * pages.size] for block in _lock(lock)
    ]
    return [head, *drawn, *turner(LOCKS, page, last)]


def _lock(lock: Lock) -> list[Block]:
    undo = ask_first(
        button(UNLOCK, "Unlock", lock.id),
        "Unlock?",
        "Access can be asked for, approved and revealed again. What the lock ended stays ended.",
        "Unlock",
        "Keep it locked",
    )
    return [section(f":lock: {tell_lock(lock)}"), actions(undo)]


def _part(
    title: str,
    part: str,
    listed: Sequence[_Listed],
    pages: _Paging,
    draw: Callable[[_Listed], list[Block]],
) -> list[Block]:
    if not listed:
        return []
    page, last = pages.of(part, len(listed))
    shown = listed[page * pages.size : (page + 1) * pages.size]
    head: Block = {"type": "header", "text": {"type": "plain_text", "text": f"{title} ({len(listed)})"}}
    blocks = [block for one in shown for block in draw(one)]
    return [head, *blocks, *turner(part, page, last)]


_SESSIONS = {
    ActorKind.PERSON: ("Signed in", SESSIONS),
    ActorKind.AGENT: ("Your agents", AGENTS),
    ActorKind.MACHINE: ("Pipeline runs that you started", RUNS),
}


def _sessions(sessions: Sequence[Session], pages: _Paging) -> list[Block]:
    """Terminals, agents and runs, each as a list of its own."""
    return [
        block
        for kind, (title, part) in _SESSIONS.items()
        for block in _part(
            title, part, [one for one in sessions if one.principal.kind is kind], pages, draw_session
        )
    ]


def _line(request: Request, told: str) -> Block:
    held = f"{wanted(request, 3)} for {span(request.duration)}"
    if not request.principal.is_person:
        return section(f"{capital(own_program(request))}: {held}\n{told} · {code(request.id)}")
    asked = f" · from {tell_terminal(request.receipt.host)}" if request.receipt else ""
    return section(f"{held}\n{told} · {code(request.id)}{asked}")


def _of_program(request: Request) -> list[Block]:
    """What an agent of theirs, or a run that they started, waits for or has: they may end it."""
    return _held(request) if request.held else _asked(request)


def _held(request: Request) -> list[Block]:
    if request.live:
        told = f"Ends: {when(request.expires_at, seconds=is_short(request), left=True)}"
    else:
        told = tell_end(request)
    shown = request.live or request.waits_for_use
    reveal = [button(REVEAL, "Reveal", request.id, "primary")] if shown and may_reveal(request) else []
    may_extend = request.live and not request.duration.once and request.principal.is_person
    extend = [button(EXTEND, "Extend", request.id)] if may_extend else []
    return [_line(request, told), actions(*reveal, *extend, button(END, "End now", request.id, "danger"))]


def _asked(request: Request) -> list[Block]:
    if request.step is None:
        at = request.ended_at or request.decided_at
        told = f"{tell_state(request)}{f': {when(at)}' if at else ''}"
        again = [] if request.extended else [actions(button(AGAIN, "Ask again", request.id))]
        return [_line(request, told), *again]
    principals = tell_principals(request.awaited.without(request.principal.person))
    waits = f"Waits for {principals}, lapses: {when(request.deadline_at, left=True)}"
    answer = [button(ANSWER, "Answer", request.id, "primary")] if request.progress.open_question else []
    return [_line(request, waits), actions(*answer, button(CANCEL, "Cancel request", request.id))]


def _to_decide(request: Request) -> list[Block]:
    asks = f"{capital(asker_through(request))} asks for {wanted(request, 3)} for {span(request.duration)}"
    told = f"{asks}\nLapses: {when(request.deadline_at, left=True)} · {code(request.id)}"
    told += f"\n:lock: {tell_lock(request.lock)}" if request.lock else ""
    why: Block = {"type": "section", "text": plain(f"Why: {request.reason}", _REASON_SHOWN)}
    buttons = (
        *([] if request.lock else [button(APPROVE, "Approve", request.id, "primary")]),
        *ask_button(request),
        button(DENY, "Deny", request.id, "danger"),
    )
    return [section(told), *every_name(request), why, *tell_run(request), actions(*buttons)]


def _bulk(waiting: Sequence[Request]) -> list[Block]:
    return [actions(button(BULK, "Deny old ones…", "-", "danger"))] if len(waiting) > 1 else []


def _to_review(request: Request) -> list[Block]:
    told = f"{capital(asker_through(request))} took {wanted(request, 3)}: {when(request.created_at)}"
    return [
        section(f"{told} · {code(request.id)}"),
        actions(button(REVIEW, "Close review", request.id, "primary")),
    ]


def _owned(owned: Sequence[Variable], pages: _Paging) -> list[Block]:
    if not owned:
        return []
    page, last = pages.of(OWNED, len(owned), _NAMES_SHOWN)
    shown = owned[page * _NAMES_SHOWN : (page + 1) * _NAMES_SHOWN]
    title = f"Yours: {count(len(owned), 'variable')}"
    head: Block = {"type": "header", "text": {"type": "plain_text", "text": title}}
    return [head, *_names(shown), *turner(OWNED, page, last)]


def _names(shown: Sequence[Variable]) -> list[Block]:
    """Twenty names at most are 20 x 150 characters: what one section holds."""
    chunks = [shown[start : start + 20] for start in range(0, len(shown), 20)]
    return [section(names(chunk, 20)) for chunk in chunks]
