"""The terminal's half of a login: keys are made, bound to the code, and kept once Slack's half says yes."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from envaccess.client.answers import Fields, tell_workspace
from envaccess.client.calls import ServerCall, not_known
from envaccess.client.offered import Awaited, OfferedSession, wait_for_yes
from envaccess.client.patience import Patience
from envaccess.client.session import ClientSettings, make_calls
from envaccess.client.session_file import StoredSession
from envaccess.crypto.boxes import BoxKey, is_public_key
from envaccess.crypto.login_codes import LoginCode, login_number, make_offer, read_code, secret_hash
from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind
from envaccess.domain.receipt import Receipt

__all__ = ["LoginCode", "OfferedLogin", "check_server", "offer_login", "read_code", "wait_confirmed"]

_DOCUMENT: Final = "/v1/openapi.json"
_LOGIN: Final = Awaited(
    name="login",
    path="/v1/logins",
    kind=TokenKind.PERSON,
    waits=frozenset({"asked", "offered"}),
    ends={
        "refused": "The login was refused in Slack; nothing was opened.",
        "expired": "Nobody picked the number in time; nothing was opened.",
    },
    again="In Slack, `/envaccess login` gives a new code.",
)


@dataclass(frozen=True, slots=True)
class OfferedLogin(OfferedSession):
    """A login that waits for somebody to pick the number in Slack.

    Attributes:
        number: what this terminal shows, 10 to 99.
    """

    number: int


def check_server(settings: ClientSettings, url: str, patience: Patience) -> None:
    """Have the API answer, before a person types anything for it.

    Raises:
        UnreachableError: patience is over.
        WrongServerError: what answers is no envaccess.
    """
    with contextlib.closing(make_calls(settings, _new_session(url))) as calls:
        calls.make(ServerCall("GET", _DOCUMENT), patience)


def _new_session(url: str) -> StoredSession:
    """Keys of which the server knows nothing yet."""
    return StoredSession(url, "", ProofKey.generate(), BoxKey.generate())


def offer_login(
    settings: ClientSettings, url: str, code: LoginCode, receipt: Receipt, patience: Patience
) -> OfferedLogin:
    """Make keys, and offer them under the code.

    Raises:
        RefusedError: the code is none, or over.
        ClientError: as every call.
    """
    session = _new_session(url)
    sign, seal = session.sign_key.public, session.seal_key.public
    body = {
        "code": make_offer(code, sign, seal).text,
        "sign_key": sign,
        "seal_key": seal,
        "host": receipt.host,
        "user": receipt.user,
        "program": receipt.program,
    }
    calls = make_calls(settings, session)
    try:
        _, told = calls.make(ServerCall("POST", "/v1/logins", body=body), patience)
    except BaseException:
        calls.close()
        raise
    fields = Fields(told)
    server_key = fields.exact("server_key")
    if not is_public_key(server_key.rpartition(".")[2]):
        raise not_known("a key")
    session = replace(session, server_key=server_key, workspace=tell_workspace(fields))
    number = login_number(secret_hash(code), sign, seal, server_key)
    return OfferedLogin(fields.text("id"), fields.number("expires_in", 120), session, calls, number)


def wait_confirmed(
    login: OfferedLogin,
    tell: Callable[[str], object],
    now: Callable[[], float] = time.time,
) -> StoredSession:
    """The session, once somebody has picked the number.

    Raises:
        RefusedError: refused, or nobody picked it in time.
        ClientError: as every call.
    """
    token, told = wait_for_yes(login, _LOGIN, tell)
    session = Fields(told.get("session"))
    return replace(
        login.session,
        token=token,
        id=session.text("id"),
        person=session.text("person", ""),
        name=session.text("name", ""),
        ends_at=now() + session.number("ends_in", 0),
    )
