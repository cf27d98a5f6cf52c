"""What an agent asks of the API: its own start, services with their values, and what became of its calls.

An agent has a session of its own, which its person opens in Slack. It gets no values as they are: a service
comes as a whole, in one box for the agent's key, so that nothing between can lead the value elsewhere.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from envaccess.client.answers import Fields
from envaccess.client.api import ApiClient
from envaccess.client.calls import Calls, new_operation
from envaccess.client.errors import RefusedError
from envaccess.client.offered import Awaited, OfferedSession, wait_for_yes
from envaccess.client.session_file import StoredSession
from envaccess.crypto.boxes import BoxKey, open_box, service_info
from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind
from envaccess.domain.errors import BoxError
from envaccess.domain.policy.services import AllowedCall
from envaccess.domain.receipt import Receipt

_AGENT: Final = Awaited(
    name="agent",
    path="/v1/agents",
    kind=TokenKind.AGENT,
    waits=frozenset({"offered"}),
    ends={
        "refused": "The agent was refused in Slack; nothing was opened.",
        "expired": "Nobody pressed Start in Slack in time; nothing was opened.",
        "ended": "The agent's session was ended; nothing is opened.",
    },
    again="Start it again to ask again.",
)
_SPENT: Final = "repeated"
_TEXTS: Final = ("value", "base", "header", "format")


class ListedService(NamedTuple):
    """A service that the policy names.

    Attributes:
        variable: the label of the variable that it needs.
        allow: what may be called, such as `GET /repos/**`.
    """

    name: str
    variable: str
    base: str
    allow: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedService:
    """A service as the server sealed it for this agent.

    Attributes:
        once: whether that was the grant's single use.
        ends_in: seconds until the grant ends; of a single use, until whatever it is for must end.
        leased: whether the value was made for this use: it works as long as the grant lasts, and each further
            use makes another one.
        value: in no `repr`.
    """

    name: str
    grant: str
    base: str
    header: str
    format: str
    allow: tuple[AllowedCall, ...]
    once: bool
    ends_in: int
    leased: bool
    value: str = field(repr=False)


class AgentApiClient(ApiClient):
    """One agent's session; it may be used by several threads."""

    def services(self) -> tuple[ListedService, ...]:
        """The services that the policy names."""
        return Fields(self._get("/v1/services")).each("services", _read_service)

    def open_service(self, grant: str, name: str, receipt: Receipt) -> OpenedService:
        """A service with its value: one use of the grant, whose answer is sealed for it.

        Raises:
            RefusedError: no live grant, another variable's, or a box that does not open.
        """
        try:
            return self._opened_service(grant, name, receipt, new_operation())
        except RefusedError as error:
            if error.reason != _SPENT:
                raise
        return self._opened_service(grant, name, receipt, new_operation())

    def report(self, grant: str, service: str, calls: Iterable[Mapping[str, Any]], op: str) -> None:
        """Report calls, folded: each with method, host, path, status, why it was blocked, and how often."""
        body = {"grant": grant, "service": service, "calls": list(calls)}
        self._post("/v1/calls", body, op)

    def _opened_service(self, grant: str, name: str, receipt: Receipt, op: str) -> OpenedService:
        said = {"host": receipt.host, "user": receipt.user, "program": receipt.program}
        path = f"/v1/grants/{quote(grant, safe='')}/services/{quote(name, safe='')}"
        told = Fields(self._post(path, {"receipt": said}, op))
        once, ends_in = told.flag("once"), told.number("ends_in")
        try:
            box = open_box(self.session.seal_key, told.exact("service"), service_info(grant, name, op))
            found = json.loads(box)
        except (BoxError, ValueError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(found.get(text), str) for text in _TEXTS):
            raise RefusedError(
                "not_opened",
                "What came is not sealed to this agent's key for this call, so it is not used.",
                "Tell whoever runs envaccess: something between here and the bot changes what it answers.",
            )
        texts = {text: found[text] for text in _TEXTS}
        leased = found.get("leased") is True
        return OpenedService(
            name=name, grant=grant, allow=_allowed(found), once=once, ends_in=ends_in, leased=leased, **texts
        )


def offer_agent(
    person: ApiClient, make: Callable[[StoredSession], Calls], name: str, seconds: int, receipt: Receipt
) -> OfferedSession:
    """Make keys for an agent, and have its person asked in Slack whether it may start.

    Args:
        person: the session of the person that it belongs to.
        make: makes calls for a session.
        name: what the agent is called.
        seconds: how long its session shall last.
        receipt: where it runs.

    Raises:
        ClientError: as every call.
    """
    session = StoredSession(person.session.url, "", ProofKey.generate(), BoxKey.generate())
    body = {
        "name": name,
        "seconds": seconds,
        "sign_key": session.sign_key.public,
        "seal_key": session.seal_key.public,
        "host": receipt.host,
        "user": receipt.user,
        "program": receipt.program,
    }
    told = Fields(person.start_agent(body, new_operation()))
    return OfferedSession(told.text("id"), told.number("expires_in", 120), session, make(session))


def wait_started(
    agent: OfferedSession, tell: Callable[[str], object], now: Callable[[], float]
) -> StoredSession:
    """The agent's session, once its person has pressed.

    Raises:
        RefusedError: refused, or nobody pressed in time.
        ClientError: as every call.
    """
    token, told = wait_for_yes(agent, _AGENT, tell)
    fields = Fields(told)
    return replace(
        agent.session,
        token=token,
        id=agent.id,
        person=fields.text("person", ""),
        ends_at=now() + fields.number("ends_in", 0),
    )


def _read_service(told: object) -> ListedService:
    fields = Fields(told)
    return ListedService(
        fields.text("name"), fields.text("variable"), fields.text("base", ""), fields.each("allow", str)
    )


def _allowed(found: Mapping[str, Any]) -> tuple[AllowedCall, ...]:
    """What may be called; what is no call of this version allows nothing."""
    listed = found.get("allow")
    calls = [call.split(" ") for call in listed if isinstance(call, str)] if isinstance(listed, list) else []
    return tuple(AllowedCall(*call) for call in calls if len(call) == 2)  # noqa: PLR2004 - a method and a path
