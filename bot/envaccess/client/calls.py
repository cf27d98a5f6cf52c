"""Calls of the API: each proves the key anew, and is repeated under one operation id.

What a server says is shown to a person, so all of it is cleaned: no answer moves a cursor or rings a bell.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from envaccess.client.errors import (
    HOW_TO_SIGN_IN,
    AnswerUnknownError,
    NotSignedInError,
    RefusedError,
    UnreachableError,
    WrongServerError,
)
from envaccess.client.patience import Patience
from envaccess.client.transport import ANSWER_MAX, ANSWER_SECONDS, HttpAnswer, HttpRequest, HttpTransport
from envaccess.crypto.proofs import ProofKey, make_proof
from envaccess.domain.text import clean

_UNAUTHORIZED, _FAULT = 401, 500
_NOT_SERVED: Final = frozenset({502, 503, 504})
_NONCES: Final = 3
"""A nonce may be over by the time it is used; more than twice in one call it is not."""
_SOON: Final = 5.0
"""Seconds; a server that asks for so little is busy, one that asks for more says no."""
_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class ServerCall:
    """One call.

    Attributes:
        path: below the server's URL, without a query.
        query: after the `?`; may be empty.
        body: what is sent as JSON.
        op: the operation id (law 10), the same when the call is repeated; empty where nothing is changed.
        wait: seconds that the server may take besides.
        limit: bytes that the answer may have.
        anonymous: whether it goes without the token: only the key is proven.
    """

    method: str
    path: str
    query: str = ""
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    op: str = ""
    wait: int = 0
    limit: int = ANSWER_MAX
    anonymous: bool = False


def new_operation() -> str:
    """A new operation id: 128 random bits."""
    return secrets.token_urlsafe(16)


class Calls:
    """Makes calls for one session.

    Args:
        url: the server, in its one writing.
        key: proves each call.
        token: says whose it is; empty while a login is under way.
        nonce: the last that the server gave, from an earlier process.
        keep_nonce: told each new one.
        now: seconds since the epoch; no server relies on it.
    """

    signed_out = f"You are not signed in any more: {HOW_TO_SIGN_IN}."
    """What is said where the server does not know the session."""

    def __init__(
        self,
        transport: HttpTransport,
        url: str,
        key: ProofKey,
        token: str = "",
        nonce: str = "",
        keep_nonce: Callable[[str], object] = lambda _: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._transport, self._url, self._key, self._token = transport, url, key, token
        self._nonce, self._keep_nonce, self._now = nonce, keep_nonce, now
        self._closed = False

    def make(self, call: ServerCall, patience: Patience) -> tuple[int, dict[str, Any]]:
        """Make a call, again while the server does not answer and patience lasts.

        Returns:
            The status, below 300, and what was answered.

        Raises:
            UnreachableError: patience is over.
            NotSignedInError: the session is over.
            RefusedError: the server says no.
            WrongServerError: what answers is no envaccess.
        """
        fresh = True
        while True:
            try:
                found = self._once(call)
            except UnreachableError as error:
                if self._closed:
                    raise
                if not (error.stale and fresh):
                    patience.bear(error)
                    call = _without_wait(call)
                fresh = False
            else:
                patience.worked()
                return found

    def close(self) -> None:
        """Close all connections; a call that another thread waits for is not made again."""
        self._closed = True
        self._transport.close()

    def _once(self, call: ServerCall) -> tuple[int, dict[str, Any]]:
        for _ in range(_NONCES):
            answer = self._transport.send(self._request(call))
            nonce = answer.headers.get("dpop-nonce", "")
            if nonce and nonce != self._nonce:
                self._nonce = nonce
                self._keep_nonce(nonce)
            if answer.status != _UNAUTHORIZED or "use_dpop_nonce" not in answer.headers.get(
                "www-authenticate", ""
            ):
                break
        return self._read(answer, "" if call.anonymous else self.signed_out)

    def _request(self, call: ServerCall) -> HttpRequest:
        jti, now = new_operation(), int(self._now())
        token = "" if call.anonymous else self._token
        proof = make_proof(
            self._key,
            call.method,
            self._url + call.path,
            now=now,
            jti=jti,
            nonce=self._nonce,
            token=token,
        )
        headers = {"DPoP": proof, "Accept": "application/json, application/problem+json"}
        if token:
            headers["Authorization"] = f"DPoP {token}"
        if call.op:
            headers["Idempotency-Key"] = call.op
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        body = None if call.body is None else json.dumps(call.body).encode()
        target = f"{call.path}?{call.query}" if call.query else call.path
        return HttpRequest(call.method, target, headers, body, ANSWER_SECONDS + call.wait, call.limit)

    def _read(self, answer: HttpAnswer, signed_out: str) -> tuple[int, dict[str, Any]]:
        told = _json(answer)
        if answer.status in range(200, 300) and (told is not None or not answer.body):
            return answer.status, told or {}
        if answer.status in range(400, 600) and told is not None and isinstance(told.get("reason"), str):
            raise _problem(answer.status, told, signed_out)
        if answer.status in _NOT_SERVED or answer.status == _FAULT:
            raise UnreachableError(f"{self._url} cannot serve now ({answer.status}).")
        if answer.status in range(300, 400):
            raise WrongServerError(
                f"{self._url} sends elsewhere ({answer.status}), and is not followed: is this the API's URL?"
            )
        raise WrongServerError(
            f"What answers at {self._url} is no envaccess ({answer.status}): is this the API's URL?"
        )


def _without_wait(call: ServerCall) -> ServerCall:
    """The same call, which a server that is back answers at once, so that it can be told."""
    parts = (part for part in call.query.split("&") if not part.startswith("wait="))
    return replace(call, query="&".join(parts), wait=0)


def shown(text: object) -> str:
    """A text of the server's as it may be written on a terminal."""
    return clean(text)[:_SHOWN] if isinstance(text, str) else ""


def _json(answer: HttpAnswer) -> dict[str, Any] | None:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", "application/problem+json"}:
        return None
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _problem(status: int, told: dict[str, Any], signed_out: str) -> Exception:
    """What a problem of RFC 9457 means for whoever called."""
    reason, detail, hint = (shown(told.get(name)) for name in ("reason", "detail", "hint"))
    if faults := _input_faults(told.get("errors")):
        detail, hint = faults, ""
    found = told.get("retry_in")
    retry_in = float(found) if isinstance(found, (int, float)) else 0.0
    if status == _UNAUTHORIZED and signed_out:
        return NotSignedInError(signed_out)
    refused = RefusedError(reason, detail or reason, hint, status=status, retry_in=retry_in)
    if status == _FAULT or (refused.is_passing and 0 < retry_in <= _SOON):
        return UnreachableError(detail or "The server cannot serve now.", retry_in=retry_in)
    return refused


def _input_faults(errors: object) -> str:
    """What is wrong with the input, field by field; empty where nothing is said of it."""
    found = errors if isinstance(errors, list) else []
    told = [
        (shown(each.get("field")), shown(each.get("problem"))) for each in found if isinstance(each, dict)
    ]
    return " ".join(f"{name}: {problem}" for name, problem in told if problem)


def not_known(what: str) -> AnswerUnknownError:
    """An answer that a later version of the server gives."""
    return AnswerUnknownError(
        f"The server answered with {what} that this version does not know: update envaccess."
    )
