"""A session of a pipeline's run: opened by the platform's token, in memory alone, renewed before it ends."""

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from envaccess.client.answers import Fields, tell_workspace
from envaccess.client.api import ApiClient
from envaccess.client.calls import Calls, ServerCall, new_operation, not_known
from envaccess.client.errors import (
    ClientError,
    NotSignedInError,
    PlatformTokenError,
    RefusedError,
    UnreachableError,
)
from envaccess.client.job_key import open_job_key
from envaccess.client.offered import open_token
from envaccess.client.patience import USUAL_SECONDS, Patience
from envaccess.client.pipeline import PlatformToken, TokenSource, read_token
from envaccess.client.server_url import read_server_url
from envaccess.client.session import ClientSettings
from envaccess.client.session_file import StoredSession
from envaccess.client.transport import HttpTransport
from envaccess.crypto.boxes import BoxKey, is_public_key
from envaccess.crypto.job_keys import sign_job
from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind
from envaccess.domain.receipt import Receipt

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:jwt"  # noqa: S105 - a name of RFC 8693
_MARGIN: Final = 120.0
"""Seconds before the end from which a session is renewed; GitHub's tokens last five minutes."""
_PAUSE: Final = 10.0
"""Seconds between two attempts to renew it."""
_SHORT: Final = 4.0
"""Seconds that an attempt may take, since what it is for waits."""
_SLACK: Final = 5.0
"""Seconds by which the server's clock and the way of its answer may let a session end earlier."""
_OVER: Final = "The session of this run is over"
_CHANGED: Final = "machine_changed"
"""Why the server wants the token again: the policy says something else of the machine."""


class PipelineCalls(Calls):
    """Calls of a run's session; each looks first whether the session has to be renewed.

    Args:
        url: the server, in its one writing.
        source: gives the platform's tokens.
        receipt: where this runs.
        settings: the proxy.
        clock: seconds of a clock that never goes back.
        job: the key that the commands of this job share; None where each token is shown by one command.
    """

    signed_out = f"{_OVER}: somebody ended it, or its token has ended."

    def __init__(
        self,
        url: str,
        source: TokenSource,
        receipt: Receipt,
        settings: ClientSettings,
        clock: Callable[[], float] = time.monotonic,
        job: ProofKey | None = None,
    ) -> None:
        self._sign, self._seal = ProofKey.generate(), BoxKey.generate()
        super().__init__(HttpTransport(url, settings.proxy, settings.no_proxy), url, self._sign)
        self._source, self._receipt, self._clock, self._job = source, receipt, clock, job
        self._tell: Callable[[str], object] = lambda _: None
        self._lock = threading.Lock()
        self._ends_at = self._renew_at = 0.0
        self._used = ""
        self._fault: ClientError | None = None

    def tell_by(self, tell: Callable[[str], object]) -> None:
        """Tell there what becomes of the session."""
        self._tell = tell

    def open(self, token: PlatformToken, patience: Patience) -> StoredSession:
        """Exchange a token of the platform; the same keys get the same session.

        Raises:
            RefusedError: the server knows no such machine, or does not take the token.
            ClientError: as every call.
        """
        body = {
            "grant_type": GRANT_TYPE,
            "subject_token": token.text,
            "subject_token_type": TOKEN_TYPE,
            "sign_key": self._sign.public,
            "seal_key": self._seal.public,
            "host": self._receipt.host,
            "user": self._receipt.user,
            "program": self._receipt.program,
            **self._job_members(token),
        }
        call = ServerCall("POST", "/v1/token", body=body, anonymous=True)
        _, told = super().make(call, patience)
        session = self._read_session(told)
        self._token, self._used = session.token, token.text
        lasts = Fields(told.get("session")).number("ends_in", 0)
        self._ends_at = self._clock() + lasts
        self._renew_at = self._ends_at - min(_MARGIN, lasts / 2)
        return session

    def _job_members(self, token: PlatformToken) -> dict[str, str]:
        """What the job's key says of this process, where there is one."""
        if self._job is None:
            return {}
        signature = sign_job(self._job, token.text, self._sign.public, self._seal.public)
        return {"job_key": self._job.public, "job_signature": signature}

    def make(self, call: ServerCall, patience: Patience) -> tuple[int, dict[str, Any]]:
        """Make a call; a session whose time is over is as a server that does not answer."""
        again = False
        while True:
            self._renew_when_due()
            try:
                return super().make(call, patience)
            except RefusedError as refused:
                if refused.reason != _CHANGED or again:
                    raise
                again = True
                self.open(read_token(self._source, self._url, patience), patience)
            except NotSignedInError:
                if self._closed or self._clock() < self._ends_at - _SLACK:
                    raise
                if not _is_passing(self._fault):
                    raise self._fault or NotSignedInError(self.signed_out) from None
                patience.bear(UnreachableError(f"{_OVER}, and is not renewed: {self._fault}"))

    def _renew_when_due(self) -> None:
        if self._clock() < self._renew_at or not self._lock.acquire(blocking=False):
            return
        try:
            self._renew()
        finally:
            self._lock.release()

    def _renew(self) -> None:
        """Try once; what goes wrong is said once, and tried again a little later."""
        self._renew_at = self._clock() + _PAUSE
        try:
            token = read_token(self._source, self._url, Patience(_SHORT))
            if token.text == self._used:
                self._fault = None
                return  # the platform has no newer one: the session ends with it
            self.open(token, Patience(_SHORT))
        except ClientError as error:
            if self._fault is None:
                self._tell(f"The session of this run could not be renewed yet: {error}")
            self._fault = error
        else:
            if self._fault is not None:
                self._tell("The session of this run is renewed.")
            self._fault = None

    def _read_session(self, told: dict[str, Any]) -> StoredSession:
        fields, session = Fields(told), Fields(told.get("session"))
        id_, server_key = session.text("id"), fields.exact("server_key")
        token = open_token(self._seal, id_, told, TokenKind.MACHINE)
        if not is_public_key(server_key.rpartition(".")[2]):
            raise not_known("a key")
        principal = fields.text("principal")
        return StoredSession(
            self._url, token, self._sign, self._seal, id_, principal, "", tell_workspace(fields), server_key
        )


class RunSettings(ClientSettings, Protocol):
    """What the environment of a pipeline's run says."""

    @property
    def job_key(self) -> Path | None:
        """The file of the key that its job's commands share; None where each has its own."""
        ...


class RunClient(ApiClient):
    """A client for a run's session, which ends with it: a run may have few at once."""

    _kept = False

    def keep_open(self) -> None:
        """Let the session last as long as its token, for a request that waits is withdrawn with it."""
        self._kept = True

    def close(self) -> None:
        """End the session, where the server answers at once."""
        if not self._kept:
            with contextlib.suppress(ClientError):
                self._calls.make(ServerCall("DELETE", "/v1/session", op=new_operation()), Patience(0))
        super().close()


def _is_passing(fault: ClientError | None) -> bool:
    """Whether a later attempt may well renew the session."""
    return isinstance(fault, UnreachableError) or (isinstance(fault, RefusedError) and fault.is_passing)


def server_of_run(settings: ClientSettings) -> str:
    """The server that a run speaks to, in its one writing.

    Raises:
        PlatformTokenError: none is named.
        ServerUrlError: what is named is none.
    """
    if not settings.url:
        raise PlatformTokenError("Set ENVACCESS_URL: a pipeline has no login that could say which server.")
    return read_server_url(settings.url)


def open_run(
    settings: RunSettings,
    source: TokenSource,
    receipt: Receipt,
    tell: Callable[[str], object],
    token: PlatformToken | None = None,
) -> ApiClient:
    """A client for a new session of this run.

    Args:
        settings: the server, the proxy, and the job's key.
        source: gives the platform's tokens.
        receipt: where this runs.
        tell: told what is slow.
        token: one that was had already.

    Raises:
        PlatformTokenError: the platform gives no token.
        JobKeyError: the file of the job's key cannot be used.
        RefusedError: the server does not take it.
        ClientError: as every call.
    """
    url = server_of_run(settings)
    job = open_job_key(settings.job_key) if settings.job_key else None
    calls = PipelineCalls(url, source, receipt, settings, job=job)
    patience = Patience(USUAL_SECONDS, tell)
    try:
        session = calls.open(token or read_token(source, url, patience), patience)
    except BaseException:
        calls.close()
        raise
    client = RunClient(session, calls, tell)
    calls.tell_by(client.tell)
    return client
