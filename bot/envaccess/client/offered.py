"""A session that waits for somebody's yes in Slack: a terminal's, or an agent's."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from envaccess.client.answers import Fields
from envaccess.client.api import WAIT_SECONDS
from envaccess.client.calls import Calls, ServerCall, not_known
from envaccess.client.errors import RefusedError
from envaccess.client.patience import Patience
from envaccess.client.session_file import StoredSession
from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.tokens import TokenKind, token_kind
from envaccess.domain.errors import BoxError

_CONFIRMED: Final = "confirmed"


@dataclass(frozen=True, slots=True)
class OfferedSession:
    """What waits.

    Attributes:
        id: of the login, or of the agent.
        expires_in: seconds until the question is over.
        session: its keys, without a token yet.
        calls: asks how it stands.
    """

    id: str
    expires_in: int
    session: StoredSession
    calls: Calls


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is waited for, and in which words its end is told.

    Attributes:
        name: what it is called in reasons: `login`, `agent`.
        path: below which it is asked after.
        kind: whose token it brings.
        waits: states in which nobody has answered yet.
        ends: states in which it came to nothing, with what is told of each.
        again: what to do then.
    """

    name: str
    path: str
    kind: TokenKind
    waits: frozenset[str]
    ends: Mapping[str, str]
    again: str


def wait_for_yes(
    offered: OfferedSession, awaited: Awaited, tell: Callable[[str], object]
) -> tuple[str, dict[str, Any]]:
    """The session's token, and the whole answer, once somebody has said yes.

    Raises:
        RefusedError: somebody said no, or nobody answered in time.
        ClientError: as every call.
    """
    patience = Patience(math.inf, tell)
    path = f"{awaited.path}/{offered.id}"
    while True:
        call = ServerCall("GET", path, f"wait={WAIT_SECONDS}", wait=WAIT_SECONDS)
        _, told = offered.calls.make(call, patience)
        state = Fields(told).text("state")
        if state == _CONFIRMED:
            return open_token(offered.session.seal_key, offered.id, told, awaited.kind), told
        if state in awaited.ends:
            raise RefusedError(f"{awaited.name}_{state}", awaited.ends[state], awaited.again)
        if state not in awaited.waits:
            raise not_known(f"a state of {awaited.name}")


def open_token(key: BoxKey, id_: str, told: Mapping[str, Any], kind: TokenKind) -> str:
    """The token that an answer brings in a box, which only the key of its session opens.

    Raises:
        WrongServerError: there is none in it.
    """
    try:
        token = open_box(key, Fields(told).exact("token"), token_info(id_)).decode("ascii")
    except (BoxError, UnicodeDecodeError):
        token = ""
    if token_kind(token) is not kind:
        raise not_known("a token")
    return token
