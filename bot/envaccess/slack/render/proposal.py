"""What an agent wants to ask for, in words: the question to its person, and what became of it.

Why is what the agent wrote: it stands in plain text, where nothing is a mention, a link or a button.
"""

from typing import Final

from envaccess.domain.proposal import DeclinedHow, Proposal, ProposalState
from envaccess.domain.receipt import SAID_MAX
from envaccess.slack.names import LET_ASK, NOT_ASK
from envaccess.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    button,
    code,
    context,
    fit,
    quote,
    section,
    when,
)
from envaccess.slack.render.refusals import tell_refusal
from envaccess.slack.render.wanted import tell_wanted
from envaccess.slack.render.words import names, people, span

_FEW: Final = 10
_HOW: Final = {
    DeclinedHow.BUTTON: "You said no",
    DeclinedHow.UNANSWERED: "You did not answer in time",
    DeclinedHow.WITHDRAWN: "The agent took it back",
    DeclinedHow.ENDED: "The agent has ended",
    DeclinedHow.REFUSED: "It could not be filed",
}


def render_proposal(proposal: Proposal) -> Rendered:
    """The message about what an agent wants to ask for, drawn from its seal."""
    if proposal.state is ProposalState.DECLINED:
        return _over(proposal, "*Nothing was asked.*", _how(proposal))
    if proposal.state is ProposalState.FILED:
        return _over(proposal, "*You let it ask.*", f"Request {code(proposal.request)} tells how it stands")
    return _question(proposal)


def brief_proposal(proposal: Proposal) -> Rendered:
    """The same in words that are ours alone."""
    return Rendered(f"{_text(proposal)} · {code(proposal.id)}", [])


def _text(proposal: Proposal) -> str:
    asks = proposal.is_open
    return (
        "May an agent of yours ask for access?" if asks else "About what an agent of yours wanted to ask for"
    )


def ask_person(proposal: Proposal) -> list[Block]:
    """The question in a list, with its buttons."""
    until = f"Asked until {when(proposal.expires_at)} · {code(proposal.id)}"
    return [
        section(f"{tell_proposal(proposal)}.\n{until}"),
        quote("Why, as the agent says:", proposal.reason),
        _buttons(proposal),
    ]


def tell_proposal(proposal: Proposal) -> str:
    """What an agent of theirs wants, to its person: a sentence without its end."""
    return f"{_agent(proposal)} wants to ask for {_wanted(proposal)}"


def _buttons(proposal: Proposal) -> Block:
    value = f"{proposal.id}:{proposal.mac}"
    return actions(
        button(LET_ASK, "Let it ask", value, "primary"),
        button(NOT_ASK, "No", value, "danger"),
    )


def _question(proposal: Proposal) -> Rendered:
    blocks = [
        section(f"{tell_proposal(proposal)}."),
        *_every_name(proposal),
        quote("Why, as the agent says:", proposal.reason),
        *_client(proposal),
        context(_deciders(proposal)),
        _buttons(proposal),
        context(
            f"Asked until {when(proposal.expires_at)}. Nothing is filed before you press, and you cannot "
            "approve it yourself.",
            f"Agent {code(proposal.agent.id)} · {code(proposal.id)}",
        ),
    ]
    return Rendered(_text(proposal), fit(blocks))


def _over(proposal: Proposal, head: str, told: str) -> Rendered:
    blocks = [
        section(f"{_agent(proposal)} wanted to ask for {_wanted(proposal)}."),
        quote("Why, as the agent says:", proposal.reason),
        section(f"{head} {told}."),
        *_refusal(proposal),
    ]
    return Rendered(_text(proposal), fit(blocks))


def _agent(proposal: Proposal) -> str:
    name, host = proposal.session.name, proposal.session.host
    return f"Your agent {code(name, SAID_MAX)} on {code(host or 'a host', SAID_MAX)}"


def _wanted(proposal: Proposal) -> str:
    later = f", from {proposal.start // 60:02d}:{proposal.start % 60:02d}" if proposal.start >= 0 else ""
    return f"{tell_wanted(proposal.variables, proposal.named)} for {span(proposal.duration)}{later}"


def _every_name(proposal: Proposal) -> list[Block]:
    if not proposal.named and len(proposal.variables) <= _FEW:
        return []
    return [section(f"*All of it:* {names(proposal.variables, len(proposal.variables))}")]


def _client(proposal: Proposal) -> list[Block]:
    """What its program says about itself, and its address."""
    said = proposal.receipt
    told = [
        f"{word} {code(text, SAID_MAX)}"
        for word, text in (("host", said.host), ("program", said.program))
        if text
    ]
    told = [f"The agent says: {', '.join(told)}"] if told else []
    address = [f"Its address: {code(said.address, SAID_MAX)}"] if said.address else []
    return [context(*told, *address)] if told or address else []


def _deciders(proposal: Proposal) -> str:
    if proposal.automatic:
        return "If you let it ask, the policy lets this through alone: nobody else is asked."
    who = people(proposal.deciders) if proposal.deciders else "whoever the policy names"
    return f"If you let it ask, {who} can decide."


def _how(proposal: Proposal) -> str:
    how = DeclinedHow(proposal.how) if proposal.how in set(DeclinedHow) else None
    return f"{_HOW[how] if how else 'It is over'}: {when(proposal.closed_at)}"


def _refusal(proposal: Proposal) -> list[Block]:
    """Why it could not be filed, in the words that the agent reads."""
    refusal = proposal.refusal
    return [context(f"Why, as the agent is told: {tell_refusal(refusal)}")] if refusal else []
