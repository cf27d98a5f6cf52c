"""The API's endpoints, each as one method. Synchronous: where two things wait at once, each has a thread.

All methods raise the faults of `client/errors.py`. `Patience` says how long a call is tried again; a method
that is given none has the usual one.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self
from urllib.parse import quote

from envaccess.client.answers import (
    Fields,
    GrantAnswer,
    RequestAnswer,
    ValuesAnswer,
    VariablesAnswer,
    WhoamiAnswer,
    read_grant,
    read_request,
    read_variables,
    read_whoami,
)
from envaccess.client.calls import Calls, ServerCall, new_operation, not_known
from envaccess.client.errors import RefusedError
from envaccess.client.patience import USUAL_SECONDS, Patience
from envaccess.client.session_file import StoredSession
from envaccess.client.transport import VALUES_MAX
from envaccess.crypto.boxes import open_box, seal_to, values_info, variable_info
from envaccess.domain.errors import BoxError
from envaccess.domain.receipt import Receipt

WAIT_SECONDS: Final = 25
"""Of a long poll, as the server allows."""
_FOUND: Final = 200
_ACCEPTED: Final = 202
_UNOPENED: Final = "not_opened"
_SENT_ALREADY: Final = "repeated"


class ApiClient:
    """One session with one server; it may be used by several threads.

    Args:
        tell: told, once, that the server does not answer, and that it does again.
    """

    def __init__(
        self, session: StoredSession, calls: Calls, tell: Callable[[str], object] = lambda _: None
    ) -> None:
        self.session = session
        self._calls, self._tell = calls, tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._calls.close()

    def keep_open(self) -> None:
        """Something is left that waits for this session; a person's stays open anyway."""

    def tell(self, sentence: str) -> None:
        """Tell somebody what happens meanwhile."""
        self._tell(sentence)

    def tell_by(self, tell: Callable[[str], object]) -> None:
        """Tell it elsewhere from now on."""
        self._tell = tell

    def patience(self, seconds: float = USUAL_SECONDS) -> Patience:
        """Bears that the server does not answer for so many seconds, and tells."""
        return Patience(seconds, self._tell)

    def whoami(self) -> WhoamiAnswer:
        """Whose session this is."""
        return read_whoami(self._get("/v1/whoami"))

    def variables(self) -> VariablesAnswer:
        """What can be asked for."""
        return read_variables(self._get("/v1/variables"))

    def requests(self) -> tuple[RequestAnswer, ...]:
        """The person's own requests: what waits, what is live, and what ended in the last day."""
        found = self._get("/v1/requests").get("requests")
        if not isinstance(found, list):
            raise not_known("requests")
        return tuple(map(read_request, found))

    def file(
        self, names: Iterable[str], duration: str, reason: str, start: str, receipt: Receipt, op: str
    ) -> RequestAnswer:
        """File a request, or get the one that waits already.

        Args:
            names: as people type them; `@NAME` for a set, alone.
            duration: such as `1h`, or `once`.
            reason: why.
            start: a time of day, to begin later; else empty.
            receipt: from where.
            op: the operation id: the same for the same request, however often it is sent.
        """
        body: dict[str, Any] = {"variables": list(names), "duration": duration, "reason": reason}
        if start:
            body["from"] = start
        call = ServerCall("POST", "/v1/requests", body={**body, "receipt": _said(receipt)}, op=op)
        status, told = self._calls.make(call, self.patience())
        return read_request(told)._replace(repeated=status == _FOUND)

    def request(
        self, id_: str, wait: int = 0, version: int | None = None, patience: Patience | None = None
    ) -> RequestAnswer:
        """A request, as soon as its version is another than this one."""
        return read_request(self._poll(f"/v1/requests/{_part(id_)}", wait, version, patience))

    def cancel(self, id_: str, op: str) -> RequestAnswer:
        """Withdraw a request that waits."""
        return read_request(self._post(f"/v1/requests/{_part(id_)}/cancel", {}, op))

    def grant(
        self, id_: str, wait: int = 0, version: int | None = None, patience: Patience | None = None
    ) -> GrantAnswer:
        """A grant, as soon as its version is another than this one."""
        return read_grant(self._poll(f"/v1/grants/{_part(id_)}", wait, version, patience))

    def agents(self) -> list[dict[str, Any]]:
        """The person's own agents, the newest first: id, name, state, host, seconds until they end."""
        return list(Fields(self._get("/v1/agents")).each("agents", _read_agent))

    def end_agent(self, id_: str, op: str) -> None:
        """End one of the person's own agents."""
        self._post(f"/v1/agents/{_part(id_)}/end", {}, op)

    def end(self, id_: str, op: str) -> GrantAnswer:
        """End a grant of one's own."""
        return read_grant(self._post(f"/v1/grants/{_part(id_)}/end", {}, op))

    def values(
        self,
        grant: str,
        op: str,
        receipt: Receipt,
        variables: Iterable[str] = (),
        on_tap: Callable[[int], object] = lambda _: None,
    ) -> ValuesAnswer:
        """The values of a grant, or of some of its variables; each new operation id is a use of its own.

        Args:
            grant: its id.
            op: the operation id, sent as Idempotency-Key; a repeat under it gets the same use, and the answer
                is sealed for it and for the grant.
            receipt: from where.
            variables: `environment/NAME`; all where none is named.
            on_tap: told, with the seconds that are left, while the person has still to press in Slack.
        """
        body: dict[str, Any] = {"receipt": _said(receipt)}
        if wanted := list(variables):
            body["variables"] = wanted
        try:
            return self._claim(grant, op, body, on_tap)
        except RefusedError as error:
            if error.reason != _SENT_ALREADY:
                raise
        # The first answer was lost. A timed grant gives its values again; a single use is used, and says so.
        return self._claim(grant, new_operation(), body, on_tap)

    def _claim(
        self, grant: str, op: str, body: Mapping[str, Any], on_tap: Callable[[int], object]
    ) -> ValuesAnswer:
        call = ServerCall("POST", f"/v1/grants/{_part(grant)}/values", body=body, op=op, limit=VALUES_MAX)
        patience = self.patience()
        while True:
            status, told = self._calls.make(call, patience)
            if status != _ACCEPTED:
                return self._opened(grant, op, told)
            on_tap(Fields(told).number("expires_in", 0))
            call = dataclasses.replace(call, query=f"wait={WAIT_SECONDS}", wait=WAIT_SECONDS)

    def end_use(self, grant: str, use: int, op: str) -> None:
        """End the logins that were made for one use; nobody is told that the server does not answer."""
        call = ServerCall("POST", f"/v1/grants/{_part(grant)}/uses/{use}/end", body={}, op=op)
        self._calls.make(call, Patience(0))

    def set_value(self, variable: str, value: str, op: str, *, replace: bool) -> str:
        """Set a variable's value, as one of its owners.

        Args:
            variable: `environment/NAME`.
            value: sealed to the server's key that was pinned at the login.
            op: the operation id.
            replace: whether an earlier value may be replaced.

        Returns:
            What was done: `created` or `changed`.
        """
        key = self.session.server_key.rpartition(".")[2]
        body = {"value": seal_to(key, value.encode(), variable_info(variable, op))}
        environment, _, name = variable.partition("/")
        path = f"/v1/variables/{_part(environment)}/{_part(name)}"
        call = ServerCall("PUT", path, "replace=1" if replace else "", body, op)
        _, told = self._calls.make(call, self.patience())
        return Fields(told).text("state")

    def start_agent(self, wanted: Mapping[str, Any], op: str) -> dict[str, Any]:
        """Have oneself asked in Slack whether an agent of one's own may start; what the server said."""
        return self._post("/v1/agents", wanted, op)

    def log_out(self, op: str, *, everywhere: bool) -> None:
        """End this session, or all of the person's."""
        self._calls.make(
            ServerCall("DELETE", "/v1/session", "all=1" if everywhere else "", op=op), self.patience(5)
        )

    def _get(self, path: str) -> dict[str, Any]:
        return self._calls.make(ServerCall("GET", path), self.patience())[1]

    def _post(self, path: str, body: Mapping[str, Any], op: str) -> dict[str, Any]:
        return self._calls.make(ServerCall("POST", path, body=body, op=op), self.patience())[1]

    def _poll(self, path: str, wait: int, version: int | None, patience: Patience | None) -> dict[str, Any]:
        query = f"wait={wait}" if wait else ""
        if version is not None:
            query += f"&version={version}" if query else f"version={version}"
        return self._calls.make(ServerCall("GET", path, query, wait=wait), patience or self.patience())[1]

    def _opened(self, grant: str, op: str, told: Mapping[str, Any]) -> ValuesAnswer:
        sealed, ends_in = told.get("values"), told.get("ends_in")
        if not isinstance(sealed, str) or not isinstance(ends_in, (int, float)):
            raise not_known("values")
        values = _unsealed(self.session, sealed, grant, op)
        if values is None:
            raise RefusedError(
                _UNOPENED,
                "What came is not sealed to this session's key for this call, so it is not used.",
                "Tell whoever runs envaccess: something between here and the bot changes what it answers.",
            )
        fields = Fields(told)
        return ValuesAnswer(values, int(ends_in), fields.number("use", 0), fields.each("leased", str))


def _unsealed(session: StoredSession, sealed: str, grant: str, op: str) -> dict[str, str] | None:
    """What was sealed to a session for this very call; None for anything else, such as an older answer."""
    try:
        values = json.loads(open_box(session.seal_key, sealed, values_info(grant, op)))
    except (BoxError, ValueError):
        return None
    fits = isinstance(values, dict) and all(isinstance(value, str) for value in values.values())
    return values if fits else None


def _said(receipt: Receipt) -> dict[str, str]:
    return {"host": receipt.host, "user": receipt.user, "program": receipt.program}


def _read_agent(told: object) -> dict[str, Any]:
    """One agent, with words and whole seconds only."""
    found = Fields(told if isinstance(told, dict) else {})
    texts = {name: found.text(name) for name in ("id", "name", "state", "host")}
    return {**texts, "ends_in": found.number("ends_in", 0)}


def _part(text: str) -> str:
    """A part of a path: nothing in it is a slash or a `?`."""
    return quote(text, safe="")


__all__ = ["WAIT_SECONDS", "ApiClient", "new_operation"]
