"""Refusals that are about signing in at a terminal, and about who is signed in."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Words, by_state
from envaccess.domain.refusal.reason import Reason
from envaccess.domain.session import LoginState

_ANOTHER: Final = "For another code, type {type:login}."

SESSIONS: Final[Mapping[Reason, Entry]] = {
    Reason.NO_API: Words(
        "Terminals cannot reach envaccess here, so there is nothing to sign in to.",
        "Whoever runs envaccess can change that: {code:ENVACCESS_API_URL} in its settings.",
    ),
    Reason.LOGIN_SHOWN: Words("The code for this was shown already, and is shown only once.", _ANOTHER),
    Reason.LOGIN_CODE: Words(
        "That is no code that is good now: it was mistyped, used, or its two minutes are over. Nobody was "
        "signed in.",
        "In Slack, {type:login} gives another one.",
    ),
    Reason.LOGIN_UNKNOWN: Words("There is no such login, or not any more. Nobody was signed in.", _ANOTHER),
    Reason.LOGIN_NOT_YOURS: Words(
        "That is somebody else's login, so nothing was done. Only they can pick its number."
    ),
    Reason.LOGIN_OVER: by_state(
        {
            LoginState.CONFIRMED: Words("The number was picked already: the terminal is signed in."),
            LoginState.ENDED: Words("The number was picked, and the session has ended since."),
            LoginState.REFUSED: Words("This login was refused already, so nobody was signed in.", _ANOTHER),
            LoginState.EXPIRED: Words("Nobody picked the number in time, so nobody was signed in.", _ANOTHER),
        },
        Words("This is about an earlier look of the message. Nobody was signed in.", _ANOTHER),
    ),
    Reason.TOO_MANY_SESSIONS: Words(
        "You are signed in at {limit} terminals already, which is the most. Nobody was signed in.",
        "{type:sessions} lists them; end one that you do not need.",
    ),
    Reason.SESSION_UNKNOWN: Words(
        "You have no such session, or not any more, so nothing was changed.", "{type:sessions} lists yours."
    ),
    Reason.NO_SESSION: Words(
        "You are not signed in, or not any more.",
        "In Slack, {type:login} gives a code; then run {host:envaccess login}.",
    ),
    Reason.BAD_PROOF: Words(
        "This call does not prove the key of its session, so nothing was done.",
        "Sign in again with {host:envaccess login}.",
    ),
    Reason.USE_NONCE: Words("This call has to be proved with the nonce that comes with this answer."),
    Reason.PROOF_USED: Words(
        "The proof of this call was used before, so nothing was done.", "Each call needs a proof of its own."
    ),
    Reason.IDEMPOTENCY_BODY: Words(
        "Another call was made under the same key, with other content, so nothing was done.",
        "Each operation needs a key of its own.",
    ),
}
