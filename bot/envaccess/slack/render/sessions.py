"""Signing in at a terminal, in words: the code, the question which number it shows, and who is signed in."""

from collections.abc import Sequence
from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.programs import AgentSession
from envaccess.domain.receipt import SAID_MAX
from envaccess.domain.session import Login, LoginState, NewLogin, Offer, Session, SessionEnd
from envaccess.domain.text import count
from envaccess.slack.names import COMMAND, END_SESSION, END_TERMINAL, PICK
from envaccess.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    ask_first,
    button,
    code,
    context,
    escape,
    section,
    when,
)
from envaccess.slack.render.programs import short_facts
from envaccess.slack.render.session_ends import why_terminal_ended
from envaccess.slack.render.words import actor_of, actor_told

_WORD_LIMIT: Final = SAID_MAX
_SHOWN: Final = 8
"""Sessions in one message: Slack takes no more of them as long as they may be."""
_TITLES: Final = {
    ActorKind.PERSON: "You are signed in at {}",
    ActorKind.AGENT: "You have {}",
    ActorKind.MACHINE: "You started {}",
}
_COUNTED: Final = {
    ActorKind.PERSON: "terminal",
    ActorKind.AGENT: "agent",
    ActorKind.MACHINE: "pipeline run",
}
NONE_OF_THESE: Final = "none"


def render_code(login: NewLogin, url: str) -> Rendered:
    """A code, to whoever asked for it and nobody else."""
    blocks = [
        section(f"Run this in your terminal:\n{code(f'envaccess login {url}')}\nand type this code there:"),
        section(f"```{escape(login.code)}```"),
        context(
            f"It is good until {when(login.expires_at, seconds=True)}, for one terminal.",
            "It is yours alone: whoever sends you a code, or asks for yours, wants to be you.",
        ),
    ]
    return Rendered("Your code for signing in at a terminal", blocks)


def render_login(login: Login) -> Rendered:
    """The message about a terminal, from the question to the end of its session."""
    assert login.offer
    if login.state is LoginState.OFFERED:
        return _question(login, login.offer)
    if login.state is LoginState.CONFIRMED and login.session:
        return _signed_in(login, login.session)
    return _over(login, login.offer)


def brief_login(login: Login) -> Rendered:
    """The same in words that are ours alone."""
    text = "A terminal wants to sign in as you" if login.state is LoginState.OFFERED else "About a terminal"
    return Rendered(text, [])


def render_sessions(sessions: Sequence[Session]) -> Rendered:
    """Where somebody is signed in, their agents, and the pipeline runs that they started; to them alone."""
    if not sessions:
        return Rendered(
            "You are signed in at no terminal.",
            [section(f"You are signed in at no terminal. {code(f'{COMMAND} login')} gives a code for one.")],
        )
    told, drawn, shown = [], [], 0
    for kind, title in _TITLES.items():
        own = [one for one in sessions if one.principal.kind is kind]
        if not own:
            continue
        told.append(title.format(count(len(own), _COUNTED[kind])))
        some = own[: max(_SHOWN - shown, 0)]
        shown += len(some)
        drawn += [section(f"*{told[-1]}*"), *(block for one in some for block in draw_session(one))]
    left = len(sessions) - shown
    more = [context(f"…and {left} more: the *Home* tab has them all.")] if left > 0 else []
    return Rendered("; ".join(told), [*drawn, *more])


def draw_session(session: Session) -> list[Block]:
    """One session in a list, with its button; a run's has none, for it ends with the run."""
    used = f"used {when(session.last_used_at)}" if session.last_used_at else "not used yet"
    since = f"Since {when(session.opened_at)}, {used}"
    latest = f"ends {when(session.ends_at)} at the latest"
    match session.principal.kind:
        case ActorKind.MACHINE:
            return [section(f"{name_run(session)}\n{since}; {latest}")]
        case ActorKind.AGENT:
            told = f"{name_agent(session)}\n{since}; {latest}"
            return [section(told), actions(_end_button(session.id, END_TERMINAL, _END_AGENT))]
        case _:
            told = f"{_at(session.host, session.user, session.address)}\n{since}; "
            told += f"ends {when(session.idle_at)} unless it is used, {when(session.ends_at)} at the latest"
            return [section(told), actions(_end_button(session.id, END_TERMINAL))]


def name_agent(session: Session) -> str:
    """`code-review` on `lenovo-7`, with the id by which it is locked."""
    agent = session.agent or AgentSession(session.principal.id)
    where = f" on {code(agent.host, _WORD_LIMIT)}" if agent.host else ""
    return f"{code(agent.name, _WORD_LIMIT)}{where} ({code(str(session.principal.actor), _WORD_LIMIT)})"


def name_run(session: Session) -> str:
    """`deploy` (pipeline): repository `acme/shop`, branch `main`, and its page."""
    told = actor_told(session.principal.actor)
    facts = short_facts(session.pipeline, session.principal.issuer) if session.pipeline else ""
    return f"{told}: {facts}" if facts else told


def render_session_ended(number: int) -> Rendered:
    """To whoever pressed *End it* where the pressed message cannot show it."""
    text = "The session has ended." if number else "That session had ended already; nothing was changed."
    return Rendered(text, [section(text)])


def _question(login: Login, offer: Offer) -> Rendered:
    client = offer.client
    picks = [
        button(f"{PICK}:{place}", str(number), f"{login.id}:{place}:{offer.mac}")
        for place, number in enumerate(offer.choices)
    ]
    none = button(
        f"{PICK}:{NONE_OF_THESE}", "None of these", f"{login.id}:{NONE_OF_THESE}:{offer.mac}", "danger"
    )
    text = f"A terminal on {escape(client.host or 'a host', _WORD_LIMIT)} wants to sign in as you"
    blocks = [
        section(f"*A terminal wants to sign in as you:* {_at(client.host, client.user, client.address)}"),
        section("Which number does *your* terminal show?"),
        actions(*picks, none),
        context(
            f"Asked until {when(login.expires_at, seconds=True)}.",
            "If you are not signing in right now, press *None of these*: somebody else has your code.",
            "Host and user are what the terminal says; the address is what we see.",
        ),
    ]
    return Rendered(text, blocks)


def _signed_in(login: Login, session: Session) -> Rendered:
    text = f"Signed in as you from {escape(session.host or 'a host', _WORD_LIMIT)}"
    latest = f"It ends 12 hours after its last use, and {when(session.ends_at)} at the latest."
    blocks = [
        section(f":white_check_mark: *Signed in as you:* {_at(session.host, session.user, session.address)}"),
        actions(_end_button(login.id)),
        context(f"Since {when(session.opened_at)}. {latest} {code(f'{COMMAND} sessions')} lists all."),
    ]
    return Rendered(text, blocks)


def _over(login: Login, offer: Offer) -> Rendered:
    where, at = _at(offer.client.host, offer.client.user, offer.client.address), when(login.ended_at)
    why = why_terminal_ended(login.ended_how)
    if login.state is LoginState.ENDED:
        by = f" by {actor_of(login.ended_by)}" if login.ended_how == SessionEnd.LOCKED else ""
        told = f"*No longer signed in:* {where}\n{why}{by}: {at}"
        return Rendered("A terminal is no longer signed in as you", [section(told)])
    told = f"*Nobody was signed in:* {where}\n{why}: {at}"
    again = f"For another code, type {code(f'{COMMAND} login')}."
    return Rendered("Nobody was signed in as you", [section(told), context(again)])


def _at(host: str, user: str, address: str) -> str:
    """`alice on lenovo-7 (203.0.113.9)`; the first two are what the terminal says."""
    named = f"{code(user or 'somebody', _WORD_LIMIT)} on {code(host or 'a host', _WORD_LIMIT)}"
    return f"{named} ({code(address, _WORD_LIMIT)})" if address else named


_END_TERMINAL: Final = (
    "End this session?",
    "The terminal is signed out at once. Live access stays, and can be used from elsewhere.",
)
_END_AGENT: Final = (
    "End this agent?",
    "It is ended at once, with all access that it has. What it asked for is withdrawn.",
)


def _end_button(session: str, action: str = END_SESSION, question: tuple[str, str] = _END_TERMINAL) -> Block:
    return ask_first(button(action, "End it", session, "danger"), *question, "End it", "Keep it")
