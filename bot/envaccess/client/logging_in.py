"""The terminal's half of a login: keys are made, bound to the code, and kept once Slack's half says yes."""

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from envaccess.client.answers import Fields, tell_workspace
from envaccess.client.api import WAIT_SECONDS
from envaccess.client.calls import Calls, ServerCall, not_known
from envaccess.client.errors import RefusedError
from envaccess.client.patience import Patience
from envaccess.client.session import ClientSettings, make_calls
from envaccess.client.session_file import StoredSession
from envaccess.crypto.boxes import BoxKey, is_public_key, open_box, token_info
from envaccess.crypto.login_codes import LoginCode, login_number, make_offer, read_code, secret_hash
from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind, token_kind
from envaccess.domain.errors import BoxError
from envaccess.domain.receipt import Receipt

__all__ = ["LoginCode", "OfferedLogin", "check_server", "offer_login", "read_code", "wait_confirmed"]

_OPEN: Final = frozenset({"asked", "offered"})
_DOCUMENT: Final = "/v1/openapi.json"
_CONFIRMED: Final = "confirmed"
_ENDS: Final = {
    "refused": "The login was refused in Slack; nothing was opened.",
    "expired": "Nobody picked the number in time; nothing was opened.",
}
_AGAIN: Final = "In Slack, `/envaccess login` gives a new code."


@dataclass(frozen=True, slots=True)
class OfferedLogin:
    """A login that waits for somebody to pick the number in Slack.

    Attributes:
        id: of the login.
        number: what this terminal shows, 10 to 99.
        expires_in: seconds.
        session: its keys, without a token yet.
        calls: asks how it stands.
    """

    id: str
    number: int
    expires_in: int
    session: StoredSession
    calls: Calls


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
    return OfferedLogin(fields.text("id"), number, fields.number("expires_in", 120), session, calls)


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
    patience = Patience(math.inf, tell)
    while True:
        call = ServerCall("GET", f"/v1/logins/{login.id}", f"wait={WAIT_SECONDS}", wait=WAIT_SECONDS)
        _, told = login.calls.make(call, patience)
        state = Fields(told).text("state")
        if state == _CONFIRMED:
            return _confirmed(login, told, now())
        if state in _ENDS:
            raise RefusedError(f"login_{state}", _ENDS[state], _AGAIN)
        if state not in _OPEN:
            raise not_known("a state of a login")


def _confirmed(login: OfferedLogin, told: dict[str, Any], now: float) -> StoredSession:
    """The session with its token, which only these keys open."""
    fields, session = Fields(told), Fields(told.get("session"))
    try:
        token = open_box(login.session.seal_key, fields.exact("token"), token_info(login.id)).decode("ascii")
    except (BoxError, UnicodeDecodeError):
        token = ""
    if token_kind(token) is not TokenKind.PERSON:
        raise not_known("a token")
    return replace(
        login.session,
        token=token,
        id=session.text("id"),
        person=session.text("person", ""),
        name=session.text("name", ""),
        ends_at=now + session.number("ends_in", 0),
    )
