"""Every address of the API, in one table: what it takes, what it answers, and who may use it.

Machines and agents come with addresses of their own (`POST /v1/token`); what they may do with these here, the
verbs say, since a call names its principal.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Final

from envaccess.http.api import agents, grants, pipelines, requests, services, sessions, variables
from envaccess.http.api.context import ApiContext, CheckedCall, Reply
from envaccess.http.api.models import (
    AgentInfo,
    AgentInput,
    AgentsInfo,
    AllQuery,
    ApiAnswer,
    ApiInput,
    EndedInfo,
    FilingInput,
    GrantInfo,
    LoginInfo,
    LoginInput,
    NoQuery,
    OfferedInfo,
    PressQuery,
    ReplaceQuery,
    RequestInfo,
    RequestsInfo,
    SetValueInfo,
    StartedAgentInfo,
    TapInfo,
    ValueInput,
    ValuesInfo,
    ValuesInput,
    VariablesInfo,
    WaitQuery,
    WhoamiInfo,
)
from envaccess.http.api.pipeline_models import ExchangedInfo, TokenInput
from envaccess.http.api.service_models import (
    CallsInput,
    NotedInfo,
    SealedServiceInfo,
    ServicesInfo,
    UseServiceInput,
)

Handle = Callable[[ApiContext, CheckedCall], Awaitable[Reply]]


class Proves(Enum):
    """What a call has to prove."""

    KEY = auto()
    """A key, of which nobody knows yet whose it is."""
    SESSION = auto()
    """A token, and the key of its session."""


@dataclass(frozen=True)
class Route:
    """One address with one method.

    Attributes:
        path: a part in braces stands for any text of `_PART`.
        name: the `operationId`, which is stable.
        says: one line for people.
        answers: the models of what is answered, by status; None for an answer without a body.
        keyed: whether it needs an Idempotency-Key, because it changes something.
    """

    method: str
    path: str
    name: str
    says: str
    handle: Handle
    answers: Mapping[int, type[ApiAnswer] | None]
    body: type[ApiInput] | None = None
    query: type[ApiInput] = NoQuery
    proves: Proves = Proves.SESSION
    keyed: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a path as it is sent: none of ours needs an escape."""
        return re.compile(_BRACED.sub(rf"(?P<\1>{_PART})", self.path))


_PART: Final = r"[A-Za-z0-9_.-]{1,128}"
_BRACED: Final = re.compile(r"\{([a-z]+)\}")

ROUTES: Final = (
    Route(
        "POST",
        "/v1/logins",
        "offerLogin",
        "Offer this terminal's keys under a code that somebody was given in Slack.",
        sessions.offer,
        {201: OfferedInfo},
        body=LoginInput,
        proves=Proves.KEY,
    ),
    Route(
        "GET",
        "/v1/logins/{login}",
        "getLogin",
        "Say how one's own login stands, or wait until that changes; a confirmed one gives a token.",
        sessions.poll,
        {200: LoginInfo},
        query=PressQuery,
        proves=Proves.KEY,
    ),
    Route(
        "POST",
        "/v1/token",
        "exchangeToken",
        "Exchange a pipeline's identity token for a session (RFC 8693); the same key goes on with its own.",
        pipelines.exchange,
        {201: ExchangedInfo},
        body=TokenInput,
        proves=Proves.KEY,
    ),
    Route(
        "DELETE",
        "/v1/session",
        "endSession",
        "End this session, or all of the person's.",
        sessions.end,
        {200: EndedInfo},
        query=AllQuery,
        keyed=True,
    ),
    Route(
        "POST",
        "/v1/agents",
        "startAgent",
        "Ask the person in Slack whether an agent of theirs may begin.",
        agents.offer,
        {202: AgentInfo},
        body=AgentInput,
        keyed=True,
    ),
    Route(
        "GET",
        "/v1/agents/{id}",
        "getAgent",
        "Say how an agent stands, or wait until that changes; once it may begin, this gives its token.",
        agents.poll,
        {200: StartedAgentInfo},
        query=PressQuery,
        proves=Proves.KEY,
    ),
    Route("GET", "/v1/agents", "listAgents", "List one's own agents.", agents.list_own, {200: AgentsInfo}),
    Route(
        "POST",
        "/v1/agents/{id}/end",
        "endAgent",
        "End one of one's own agents, and what it holds.",
        agents.end,
        {200: EndedInfo},
        keyed=True,
    ),
    Route("GET", "/v1/whoami", "whoami", "Say who is signed in.", sessions.whoami, {200: WhoamiInfo}),
    Route(
        "GET",
        "/v1/variables",
        "listVariables",
        "List what can be asked for; never a value.",
        variables.list_all,
        {200: VariablesInfo},
    ),
    Route(
        "PUT",
        "/v1/variables/{environment}/{name}",
        "setValue",
        "Set a variable's value, as one of its owners; it comes in a box and is never shown in Slack.",
        variables.set_one,
        {200: SetValueInfo},
        body=ValueInput,
        query=ReplaceQuery,
        keyed=True,
    ),
    Route(
        "GET",
        "/v1/requests",
        "listRequests",
        "List one's own requests: what waits, what is live, and what ended in the last day.",
        requests.list_own,
        {200: RequestsInfo},
    ),
    Route(
        "POST",
        "/v1/requests",
        "fileRequest",
        "Ask for access. Where the same is pending already, that is answered, with 200; what an agent wants "
        "to ask for, with 202: its person is asked first.",
        requests.file,
        {201: RequestInfo, 200: RequestInfo, 202: RequestInfo},
        body=FilingInput,
        keyed=True,
    ),
    Route(
        "GET",
        "/v1/requests/{id}",
        "getRequest",
        "Say how one's own request stands, or wait until it changes.",
        requests.show,
        {200: RequestInfo},
        query=WaitQuery,
    ),
    Route(
        "POST",
        "/v1/requests/{id}/cancel",
        "cancelRequest",
        "Withdraw a request that waits for a decision.",
        requests.cancel,
        {200: RequestInfo},
        keyed=True,
    ),
    Route(
        "GET",
        "/v1/grants/{id}",
        "getGrant",
        "Say how the access stands that a request became, or wait until that changes.",
        grants.show,
        {200: GrantInfo},
        query=WaitQuery,
    ),
    Route(
        "POST",
        "/v1/grants/{id}/values",
        "useGrant",
        "Use the access: its values, sealed to the key that the session was opened with.",
        grants.values,
        {200: ValuesInfo, 202: TapInfo},
        body=ValuesInput,
        query=PressQuery,
        keyed=True,
    ),
    Route(
        "POST",
        "/v1/grants/{id}/uses/{use}/end",
        "endUse",
        "End the logins that were made for one use of access, since whatever had them is over.",
        grants.end_use,
        {200: EndedInfo},
        keyed=True,
    ),
    Route(
        "GET",
        "/v1/services",
        "listServices",
        "List the services that agents' brokers may call; never a value.",
        services.list_all,
        {200: ServicesInfo},
    ),
    Route(
        "POST",
        "/v1/grants/{id}/services/{name}",
        "useService",
        "Use the access of an agent for one service, sealed to the agent's key.",
        services.use,
        {200: SealedServiceInfo},
        body=UseServiceInput,
        keyed=True,
    ),
    Route(
        "POST",
        "/v1/calls",
        "reportCalls",
        "Report what an agent's broker called, folded by minute.",
        services.report,
        {200: NotedInfo},
        body=CallsInput,
        keyed=True,
    ),
    Route(
        "POST",
        "/v1/grants/{id}/end",
        "endGrant",
        "End access before its time.",
        grants.end,
        {200: GrantInfo},
        keyed=True,
    ),
)
