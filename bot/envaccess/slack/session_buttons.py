"""Buttons about logins, agents and sessions: opaque ids; all else is loaded and checked again (law 8)."""

import re
from typing import Final

from envaccess.application.agents.propose import answer_proposal
from envaccess.application.agents.start import pick_agent
from envaccess.application.people.sessions import end_session, pick_login
from envaccess.domain.refusal import Reason, Refusal
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.names import END_SESSION, END_TERMINAL, LET_ASK, NO_AGENT, NOT_ASK, PICK, START_AGENT
from envaccess.slack.payload import ButtonPress
from envaccess.slack.render.sessions import NONE_OF_THESE, render_session_ended

_SESSION: Final = re.compile(r"(?:se|ag)_[0-9a-z]{1,20}", re.ASCII)
_PICK: Final = re.compile(rf"(se_[0-9a-z]{{1,20}}):([0-9]|{NONE_OF_THESE}):([0-9a-f]{{32}})", re.ASCII)
_AGENT: Final = re.compile(r"(ag_[0-9a-z]{1,20}):([0-9a-f]{32})", re.ASCII)
_AGENTS: Final = frozenset({START_AGENT, NO_AGENT})
_PROPOSAL: Final = re.compile(r"([0-9a-z]{1,20}):([0-9a-f]{32})", re.ASCII)
_PROPOSALS: Final = frozenset({LET_ASK, NOT_ASK})
_NO_CHOICE: Final = -1


def is_about_session(press: ButtonPress) -> bool:
    """Whether a button is one of these."""
    known = press.action in {END_SESSION, END_TERMINAL, *_AGENTS, *_PROPOSALS}
    return known or press.action.partition(":")[0] == PICK


async def press_about_session(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    """What it came to; the message itself shows it."""
    if press.action in _PROPOSALS:
        return await _answer(handler, press)
    if press.action in _AGENTS:
        return await _start(handler, press)
    return await (_pick if press.action.partition(":")[0] == PICK else _end)(handler, press)


async def _pick(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    found = _PICK.fullmatch(press.value)
    if found is None:
        return Refusal(Reason.LOGIN_UNKNOWN)
    choice = _NO_CHOICE if found[2] == NONE_OF_THESE else int(found[2])
    outcome = await pick_login(handler.context, press.call, found[1], found[3], choice)
    return outcome if isinstance(outcome, Refusal) else HandlerReply()


async def _start(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    found = _AGENT.fullmatch(press.value)
    if found is None:
        return Refusal(Reason.AGENT_UNKNOWN)
    start = press.action == START_AGENT
    outcome = await pick_agent(handler.context, press.call, found[1], found[2], start=start)
    return outcome if isinstance(outcome, Refusal) else HandlerReply()


async def _answer(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    found = _PROPOSAL.fullmatch(press.value)
    if found is None:
        return Refusal(Reason.PROPOSAL_UNKNOWN)
    let = press.action == LET_ASK
    outcome = await answer_proposal(handler.context, press.call, found[1], found[2], let=let)
    return outcome if isinstance(outcome, Refusal) else HandlerReply()


async def _end(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    if not _SESSION.fullmatch(press.value):
        return Refusal(Reason.SESSION_UNKNOWN)
    # Elsewhere than on the session's own message, that message is another's, and must stay.
    call = press.call if press.action == END_SESSION else press.who.call
    ended = await end_session(handler.context, call, press.value)
    return ended if isinstance(ended, Refusal) else HandlerReply(render_session_ended(ended))
