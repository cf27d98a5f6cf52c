"""Sessions: sign a terminal in, say who is, sign it out."""

from typing import Literal, cast

from envaccess.application.gate import refuse_pressed
from envaccess.application.people.sessions import Client, end_session, offer_login, poll_login
from envaccess.domain.limits import Act
from envaccess.domain.receipt import clean_receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import LoginState, PolledLogin, SessionEnd
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.models import (
    AllQuery,
    EndedInfo,
    LoginInfo,
    LoginInput,
    OfferedInfo,
    PressQuery,
    SessionInfo,
    SignedInInfo,
    WhoamiInfo,
)
from envaccess.http.api.problems import HttpFault, fault_problem
from envaccess.http.api.views import names_of

_Kind = Literal["person", "machine", "agent"]


async def offer(api: ApiContext, asked: CheckedCall) -> Reply:
    """Offer keys under a code; the key that was proven is the one that is offered."""
    body = asked.read(LoginInput, asked.body)
    if body.sign_key != asked.sign_key:
        return Refusal(Reason.BAD_PROOF)
    receipt = clean_receipt(body.host, body.user, body.program, asked.address)
    offered = await offer_login(api.verbs, body.code, Client(body.sign_key, body.seal_key, receipt))
    if isinstance(offered, Refusal):
        return offered
    return Answered(
        201,
        OfferedInfo(
            id=offered.id,
            state=LoginState.OFFERED,
            server_key=offered.server_key,
            workspace=api.verbs.directory.workspace,
            workspace_name=api.workspace_name,
            expires_in=int(offered.expires_in),
        ),
    )


async def poll(api: ApiContext, asked: CheckedCall) -> Reply:
    """How one's own login stands, as soon as somebody has picked."""
    wait, login = asked.read(PressQuery, asked.query).wait, asked.path["login"]
    with api.polls.one_of(f"login:{asked.sign_key}") as may_wait, api.watches.watch(login) as watch:
        if not may_wait:
            return fault_problem(HttpFault.POLLS)
        found = await _read(api, login, asked.sign_key)
        if wait and isinstance(found, PolledLogin) and found.login.state is LoginState.OFFERED:
            left = max(0, found.login.expires_at - api.verbs.clock.now()) / 1_000
            await watch.changed(min(wait, left + 1))
            found = await _read(api, login, asked.sign_key)
    return found if isinstance(found, Refusal) else await _told(api, found)


async def _read(api: ApiContext, login: str, sign_key: str) -> PolledLogin | Refusal:
    async with api.turns.polls:
        return await poll_login(api.verbs, login, sign_key)


async def _told(api: ApiContext, found: PolledLogin) -> Reply:
    session, told = found.login.session, None
    if session and found.login.state is LoginState.CONFIRMED:
        person = session.principal.person
        called = await names_of(api.verbs, [person])
        left = max(0, session.ends_at - api.verbs.clock.now()) // 1_000
        told = SignedInInfo(id=session.id, person=person, name=called.get(person, person), ends_in=left)
    return Answered(
        200, LoginInfo(id=found.login.id, state=found.login.state, session=told, token=found.token or None)
    )


async def end(api: ApiContext, asked: CheckedCall) -> Reply:
    """Sign out here, or everywhere."""
    call = asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "session", Act.ENDING):
        return refusal
    every = asked.read(AllQuery, asked.query).all
    ended = await end_session(api.verbs, call, "" if every else asked.who.id, SessionEnd.LOGOUT)
    return ended if isinstance(ended, Refusal) else Answered(200, EndedInfo(ended=ended))


async def whoami(api: ApiContext, asked: CheckedCall) -> Reply:
    """Whose session this is."""
    session, principal = asked.who, asked.who.principal
    called = await names_of(api.verbs, [principal.person])
    left = max(0, session.ends_at - api.verbs.clock.now()) // 1_000
    return Answered(
        200,
        WhoamiInfo(
            principal=str(principal),
            kind=cast("_Kind", str(principal.kind)),
            person=principal.person,
            name=called.get(principal.person, principal.person or principal.id),
            workspace=api.verbs.directory.workspace,
            workspace_name=api.workspace_name,
            session=SessionInfo(id=session.id, host=session.host, user=session.user, ends_in=left),
            server_key=api.boxes.server_key,
            server_version=api.server_version,
        ),
    )
