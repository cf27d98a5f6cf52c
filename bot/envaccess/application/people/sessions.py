"""Sign in at a terminal, beginning in Slack; see and end one's sessions.

A code that a stranger sends starts nothing: it is given in Slack, to its person alone, and the terminal that
knows it shows a number that the person has to pick among three.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.application.people.lock import lock_on
from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.lock import locked_out
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import (
    CodeDigest,
    Login,
    LoginState,
    NewLogin,
    Offer,
    Offered,
    PolledLogin,
    Session,
    SessionEnd,
)

_LOGIN, _SESSION = "login", "session"
_TRIES: Final = 20
"""Codes that are made until one's look-up part is free."""


@dataclass(frozen=True, slots=True)
class Client:
    """A terminal that wants to sign somebody in.

    Attributes:
        sign_key: the public key that it proved.
        seal_key: the public key that values are to be sealed to.
        receipt: what it says of itself, and its address.
    """

    sign_key: str
    seal_key: str
    receipt: Receipt


async def start_login(context: ServiceContext, call: Call) -> NewLogin | Refusal:
    """Give somebody a code, to be shown to nobody else.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    if refusal := await _refuse(context, call, _LOGIN):
        return refusal
    for _ in range(_TRIES):
        code, login = await context.login_secrets.make_code(), f"se_{context.ids.request()}"
        expires = await context.sessions.start(call.op, call.principal, login, code.stored)
        if expires is not None:
            return expires if isinstance(expires, Refusal) else NewLogin(login, code.text, expires)
    return Refusal(Reason.STORE_FULL)


async def offer_login(context: ServiceContext, offered: str, client: Client) -> Offered | Refusal:
    """A terminal offers its keys, bound to a code; the person of that code is asked in Slack.

    What is no offer takes the same way as one of a wrong code, and is told the same.

    Args:
        context: the ports.
        offered: what it sends in the place of the code (`crypto.login_codes.make_offer`).
        client: the terminal, whose proof was checked.

    Raises:
        StoreError: the store did not answer.
    """
    secrets, keys = context.login_secrets, (client.sign_key, client.seal_key)
    if not secrets.are_keys(*keys):
        return Refusal(Reason.BAD_PROOF)
    lookup = secrets.lookup(offered)
    secret = await context.sessions.secret_of(lookup)
    known = secrets.holds(offered, secret, *keys)
    number = secrets.number(secret, *keys, secrets.server_key)
    offer = Offer(client.receipt, *keys, secrets.server_key, number, secrets.choices(number), "")
    login = await context.sessions.offer(CodeDigest(lookup, secret if known else ""), offer)
    if isinstance(login, Refusal):
        return login
    assert login.offer
    left = max(login.expires_at - context.clock.now(), 0) / 1_000
    return Offered(login.id, login.offer.server_key, left)


async def pick_login(
    context: ServiceContext, call: Call, login: str, offer: str, choice: int
) -> Login | Refusal:
    """The person picks one of the numbers that they were shown: the right one signs the terminal in.

    Args:
        context: the ports.
        call: whose pick.
        login: its id.
        offer: the MAC of the offer that they were shown, with those numbers.
        choice: which of them; what is none of them declines.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    if refusal := await _refuse(context, call, _LOGIN):
        return refusal
    found = await context.sessions.get(login)
    if found is None:
        return await refuse(context, call, _LOGIN, Refusal(Reason.LOGIN_UNKNOWN))
    if found.person != call.by:
        return await refuse(context, call, _LOGIN, Refusal(Reason.LOGIN_NOT_YOURS))
    if found.state is not LoginState.OFFERED or found.offer is None or found.offer.mac != offer:
        return Refusal(Reason.LOGIN_OVER, state=found.state)
    choices = found.offer.choices
    picked = choices[choice] if 0 <= choice < len(choices) else 0
    return await context.sessions.pick(call.op, call.principal, found, picked, call.origin.message)


async def poll_login(context: ServiceContext, login: str, sign_key: str) -> PolledLogin | Refusal:
    """How a login stands, for whoever proved the key that it was offered with; a token once it is confirmed.

    Each call gives a token anew, in the place of the last, until one was used.

    Raises:
        StoreError: the store did not answer.
    """
    found = await context.sessions.get(login)
    if found is None or found.offer is None or found.offer.sign_key != sign_key:
        return Refusal(Reason.LOGIN_UNKNOWN)
    if found.state is not LoginState.CONFIRMED or await context.ended.saw_end(login):
        return PolledLogin(found)
    digest, sealed = context.login_secrets.make_token(found.offer.seal_key, login)
    return PolledLogin(found, sealed if await context.sessions.bind(found, digest) else "")


async def own_sessions(context: ServiceContext, call: Call) -> Sequence[Session] | Refusal:
    """Where somebody is signed in, their agents, and the runs that they started; the newest first.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    reason = await refuse_ineligible(context, call.principal.person)
    if reason:
        return await refuse(context, call, _SESSION, Refusal(reason))
    return await sessions_of(context, call.by)


async def sessions_of(context: ServiceContext, person: str) -> Sequence[Session]:
    """The live sessions of somebody, and of the programs that they are behind; the newest first."""
    return [login.session for login in await context.sessions.live(person) if login.session]


async def session_lives(context: ServiceContext, session: Session) -> bool:
    """Whether a session still opens anything; for a call that has waited since it was let in.

    Raises:
        StoreError: the store did not answer.
    """
    found = await context.sessions.get(session.id)
    current = found.session if found and found.state is LoginState.CONFIRMED else None
    if current is None or context.clock.now() >= current.ends_at:
        return False
    held = (current.principal, current.sign_key, current.seal_key)
    if held != (session.principal, session.sign_key, session.seal_key):
        return False
    return not await context.ended.saw_end(session.id)


async def end_session(
    context: ServiceContext, call: Call, session: str, how: SessionEnd = SessionEnd.BUTTON
) -> int | Refusal:
    """End one of one's own sessions, or all (`session` is empty); returns how many. Nobody has to agree."""
    if refusal := await refuse_other_workspace(context, call, _SESSION):
        return refusal
    return await context.sessions.end(
        call.op, call.principal.acting, call.by, session, how, call.origin.message
    )


async def _refuse(context: ServiceContext, call: Call, tried: str) -> Refusal | None:
    """Why this person may not sign in: the store looks at locks again."""
    refusal = await refuse_program(context, call, tried)
    refusal = refusal or await refuse_other_workspace(context, call, tried)
    if refusal:
        return refusal
    reason = await refuse_ineligible(context, call.by)
    if reason:
        return await refuse(context, call, tried, Refusal(reason))
    lock = await lock_on(context, call.by)
    return await refuse(context, call, tried, locked_out(lock)) if lock else None
