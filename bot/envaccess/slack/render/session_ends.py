"""How logins, sessions and what agents wanted to ask for ended: to the person, and in audit lines."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.proposal import DeclinedHow
from envaccess.domain.session import SessionEnd

_LEFT: Final = "Slack says that you are no full member any more"
_TERMINAL: Final[Mapping[SessionEnd, str]] = {
    SessionEnd.LOGOUT: "It was signed out at a terminal",
    SessionEnd.BUTTON: "You ended it",
    SessionEnd.LEFT: _LEFT,
    SessionEnd.LOCKED: "Your access was locked",
    SessionEnd.EXPIRED: "Its time was over",
    SessionEnd.UNUSED: "The terminal did not use it in time",
    SessionEnd.UNANSWERED: "Nobody picked the number in time",
    SessionEnd.DECLINED: "You said that it shows none of the numbers",
    SessionEnd.WRONG_NUMBER: "You picked a number that the terminal does not show",
    SessionEnd.WRONG_CODES: "Wrong codes were typed too often",
    SessionEnd.UPGRADED: "A backup was restored, or envaccess was updated",
}
_AGENT: Final[Mapping[SessionEnd, str]] = {
    **_TERMINAL,
    SessionEnd.LOGOUT: "It was ended at a terminal",
    SessionEnd.LOCKED: "Access was locked",
    SessionEnd.UNUSED: "It was not used in time",
    SessionEnd.UNANSWERED: "Nobody pressed in time",
    SessionEnd.DECLINED: "You refused it",
}
_AUDIT: Final[Mapping[str, str]] = {
    SessionEnd.LOGOUT: "it was ended at a terminal",
    SessionEnd.BUTTON: "its person ended it in Slack",
    SessionEnd.LEFT: "its person is no full member any more",
    SessionEnd.LOCKED: "it was locked",
    SessionEnd.EXPIRED: "its time was over",
    SessionEnd.UNUSED: "it was not used in time",
    SessionEnd.UNANSWERED: "nobody answered in time",
    SessionEnd.DECLINED: "its person said no",
    SessionEnd.WRONG_NUMBER: "a wrong number was picked",
    SessionEnd.WRONG_CODES: "wrong codes were typed too often",
    SessionEnd.UPGRADED: "the store was restored or upgraded",
}
_NEVER_BEGAN: Final = frozenset(
    {SessionEnd.UNANSWERED, SessionEnd.DECLINED, SessionEnd.WRONG_NUMBER, SessionEnd.WRONG_CODES}
)
_DECLINED: Final[Mapping[str, str]] = {
    DeclinedHow.BUTTON: "",
    DeclinedHow.UNANSWERED: "",
    DeclinedHow.WITHDRAWN: "",
    DeclinedHow.ENDED: "the agent's session is over",
    DeclinedHow.REFUSED: "it could not be filed",
}


def why_terminal_ended(how: str) -> str:
    """How a login or a terminal's session ended, as its person is told: a sentence without its end.

    Args:
        how: `SessionEnd`; of a later version's word nothing is said.
    """
    return _TERMINAL[SessionEnd(how)] if how in set(SessionEnd) else "It is over"


def why_agent_ended(how: str) -> str:
    """The same of an agent."""
    return _AGENT[SessionEnd(how)] if how in set(SessionEnd) else "It is over"


def never_began(how: str) -> bool:
    """Whether what ended so was only asked for, and no session yet."""
    return how in _NEVER_BEGAN


def session_end_told(how: str) -> str | None:
    """How a session ended, in an audit line: what comes after `because`; None for a later version's word."""
    return _AUDIT.get(how)


def declined_told(how: str) -> str | None:
    """Why what an agent wanted to ask for became no request; empty where the line says so already."""
    return _DECLINED.get(how)
