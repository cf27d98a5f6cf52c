"""Refusals that are about agents: their sessions, what they ask for, and what they call."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.proposal import ProposalState
from envaccess.domain.refusal.entry import Entry, Words, by_state
from envaccess.domain.refusal.reason import Reason
from envaccess.domain.session import LoginState

_LISTS: Final = "{host:envaccess agent list} lists yours."
_START: Final = "{host:envaccess agent start} asks for another one."

AGENTS: Final[Mapping[Reason, Entry]] = {
    Reason.AGENT_UNKNOWN: Words("There is no such agent, or not any more, so nothing was done.", _LISTS),
    Reason.AGENT_NOT_YOURS: Words(
        "That is somebody else's agent, so nothing was done. Only its own person starts or ends it.", _LISTS
    ),
    Reason.AGENT_OVER: by_state(
        {
            LoginState.CONFIRMED: Words("This agent was started already; nothing was changed."),
            LoginState.ENDED: Words("This agent was started, and has ended since.", _START),
            LoginState.REFUSED: Words("This agent was refused already, so it was not started.", _START),
            LoginState.EXPIRED: Words("Nobody pressed in time, so the agent was not started.", _START),
        },
        Words("This is about an earlier look of the message. No agent was started.", _START),
    ),
    Reason.PROPOSAL_UNKNOWN: Words("No agent waits for your answer to this any more, so nothing was filed."),
    Reason.PROPOSAL_NOT_YOURS: Words(
        "That is somebody else's agent, so nothing was done. Only its own person lets it ask."
    ),
    Reason.PROPOSAL_OVER: by_state(
        {
            ProposalState.FILED: Words("You let the agent ask already: its request is filed."),
            ProposalState.DECLINED: Words("This is over: nothing was filed, and the agent knows."),
        },
        Words("This is about an earlier look of the message. Nothing was filed."),
    ),
    Reason.TOO_MANY_PROPOSALS: Words(
        "{limit} things that this agent wants to ask for wait for its person already, which is the most. "
        "Nothing was asked.",
        "Wait until they have pressed in Slack, or withdraw one.",
    ),
    Reason.NOT_FOR_AGENTS: Words(
        "Agents get no values, so nothing was handed over.",
        "Use a service of the policy through the broker that {host:envaccess agent start} runs.",
    ),
    Reason.NO_SERVICE: Words(
        "The policy has no such service for this access, so nothing was handed over.",
        "GET /v1/services lists them, with the variable that each one needs.",
    ),
    Reason.AGENTS_ONLY: Words(
        "Only an agent's broker uses services, so nothing was handed over.",
        "{host:envaccess agent start} starts one.",
    ),
    Reason.TOO_MANY_AGENTS: Words(
        "You have {limit} agents already, which is the most. No other one was started.",
        "{host:envaccess agent list} lists them; end one that you do not need.",
    ),
}
