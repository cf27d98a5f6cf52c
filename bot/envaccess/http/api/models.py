"""What the API takes and answers, as models: they check the input, and OpenAPI is made from them.

Times are RFC 3339 in UTC, for people; what a program waits for is in whole seconds from now (`..._in`), so
that no client's clock matters.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from envaccess.domain.end_reasons import EndReason
from envaccess.domain.receipt import SAID_MAX
from envaccess.domain.request import GrantState, State
from envaccess.domain.session import AGENT_LEAST, AGENT_NAME, AGENT_SECONDS, LoginState

WAIT_MOST: Final = 25
"""Seconds that an answer may wait for a change; proxies usually give up after 60."""
REASON_TYPED_MAX: Final = 2_000
_ID: Final = r"^[0-9a-z]{8}$"
_ENDED_WHY: Final = f"Why it ended early: {', '.join(EndReason)}; or empty, and later versions have more."

PublicKey = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="32 bytes in base64url: Ed25519, or X25519.")
]
AgentId = Annotated[str, Field(pattern=r"^ag_[0-9a-z]{8}$")]
LoginId = Annotated[str, Field(pattern=r"^se_[0-9a-z]{8}$")]
Names = list[Annotated[str, Field(min_length=1, max_length=160)]]
RequestId = Annotated[str, Field(pattern=_ID, description="Eight letters and digits.")]
Said = Annotated[str, Field(max_length=SAID_MAX, description="As the client says; nobody relies on it.")]
Wait = Annotated[
    int, Field(ge=0, le=WAIT_MOST, description="How many seconds the answer may wait for a change.")
]


class ApiInput(BaseModel):
    """Something that a client sends: nothing unknown, nothing of another type, and nothing printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ApiAnswer(BaseModel):
    """Something that the API answers; clients take fields that they do not know as they come."""

    model_config = ConfigDict(frozen=True)


class NoQuery(ApiInput):
    """No parameter."""


class NoBody(ApiInput):
    """Nothing is sent, or an object without members."""


class WaitQuery(ApiInput):
    """How long an answer waits, and for what."""

    wait: Wait = 0
    version: int | None = Field(
        None, ge=0, le=2**53, description="The version that the client knows: any other is answered at once."
    )


class PressQuery(ApiInput):
    """How long an answer waits until the person has pressed in Slack."""

    wait: Wait = 0


class AllQuery(ApiInput):
    """Whether all sessions are meant."""

    all: bool = Field(False, description="1: all sessions of the person, not this one alone.")


class ReceiptInput(ApiInput):
    """From where somebody acts, as their client says."""

    host: Said = ""
    user: Said = ""
    program: Said = ""


class FilingInput(ApiInput):
    """What is asked for."""

    variables: Names = Field(
        min_length=1,
        max_length=50,
        description="Names, as `STRIPE_KEY` or `staging/DB_URL`, or of a set, as `@shop`.",
        examples=[["STRIPE_KEY"]],
    )
    duration: str = Field(
        max_length=40, description="`45s`, `30m`, `1h`, `1h30m`, `2d`, or `once`.", examples=["1h"]
    )
    reason: str = Field(
        max_length=REASON_TYPED_MAX,
        description="Why, for whoever decides.",
        examples=["debugging a failed refund"],
    )
    start: str = Field(
        "",
        alias="from",
        max_length=20,
        description="A time of day in the person's own time zone, to begin later.",
        examples=["22:00"],
    )
    receipt: ReceiptInput = ReceiptInput()


class NewClientInput(ApiInput):
    """Keys of a client that nobody knows yet, and what it says of itself."""

    sign_key: PublicKey
    seal_key: PublicKey
    host: Said = ""
    user: Said = ""
    program: Said = ""


class LoginInput(NewClientInput):
    """A terminal that wants to sign somebody in."""

    code: str = Field(
        max_length=64,
        description="The first four characters of the code, a dot, and a MAC over both keys under what the "
        "whole code gives; the code itself is never sent.",
    )


class AgentInput(NewClientInput):
    """An agent that somebody wants to start."""

    name: str = Field(pattern=f"^{AGENT_NAME}$", description="What the agent is called.", examples=["review"])
    seconds: int = Field(AGENT_SECONDS, ge=AGENT_LEAST, le=AGENT_SECONDS, description="How long it may live.")


class PersonInfo(ApiAnswer):
    """Somebody in Slack."""

    id: str
    name: str = Field(description="What they are called in Slack; their id where that is not known.")


class ApprovalInfo(ApiAnswer):
    """One person's yes."""

    step: int
    by: PersonInfo


class GrantSummary(ApiAnswer):
    """The access that a request became."""

    state: GrantState
    ends_in: int = Field(description="Seconds until it ends; 0 where it is over.")
    expires_at: str = ""
    ended_why: str = Field("", description=_ENDED_WHY)


class RequestInfo(ApiAnswer):
    """A request, and how it stands."""

    id: RequestId
    version: int = Field(description="Another number whenever something has changed; it counts nothing.")
    state: State | Literal["proposed", "declined"] = Field(
        description="Of what an agent wants to ask for: `proposed` while its person is asked, `declined` "
        "where it became no request."
    )
    grant: GrantSummary | None
    variables: list[str]
    duration: str
    once: bool
    reason: str
    requester: str
    surface: str
    created_at: str
    deadline_in: int
    step: int = Field(description="The step that is awaited, counted from 1; 0 where none is.")
    steps: int
    waiting_for: list[PersonInfo] = Field(description="Who can decide now, at most twenty; empty if unknown.")
    approvals: list[ApprovalInfo]
    decided_by: PersonInfo | None
    decision_reason: str
    starts_in: int
    request: str = Field("", description="Of what an agent wanted to ask for: the request that it became.")


class RequestsInfo(ApiAnswer):
    """A person's own requests: what waits, what is live, and what ended in the last day."""

    requests: list[RequestInfo]


class ValuesInput(ApiInput):
    """A use of a grant."""

    variables: Names = Field([], max_length=50, description="Some of its variables; all where none is named.")
    receipt: ReceiptInput = ReceiptInput()


class ValuesInfo(ApiAnswer):
    """Values, for nobody but the session that asked."""

    grant: RequestId
    operation: str = Field(description="The Idempotency-Key, for which the box is sealed, too.")
    values: str = Field(description="A box (HPKE) with an object of values by `environment/NAME`.")
    once: bool
    expires_at: str
    ends_in: int = Field(description="Seconds that whatever uses the values may go on.")
    use: int = Field(description="The how manieth use of this access it is.")
    leased: list[str] = Field(
        description="Which of them are logins made for this use alone: they end with the access, or with "
        "`endUse`, whatever comes first."
    )


class ReplaceQuery(ApiInput):
    """Whether a value that is there is meant."""

    replace: bool = Field(False, description="1: a value that is there already is replaced.")


class ValueInput(ApiInput):
    """A value that an owner sets."""

    value: str = Field(
        min_length=1,
        max_length=60_000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="A box (HPKE) sealed to the server's key, for this variable and this Idempotency-Key.",
    )


class SetValueInfo(ApiAnswer):
    """What setting a value came to."""

    variable: str
    state: Literal["created", "changed"]


class TapInfo(ApiAnswer):
    """The release waits for the person's own press in Slack: the same call again, under the same key."""

    state: Literal["tap"] = "tap"
    tap: str = Field(description="The Idempotency-Key of the call that waits.")
    expires_in: int


class GrantInfo(ApiAnswer):
    """A grant, and how it stands; its id is its request's."""

    id: RequestId
    request: RequestId
    version: int
    state: GrantState
    once: bool
    ends_in: int = Field(
        description="Seconds until it ends; of a single use that is made, until its process must."
    )
    ended_by: PersonInfo | None
    ended_why: str = Field(description=_ENDED_WHY)


class VariableInfo(ApiAnswer):
    """A variable that can be asked for; never its value."""

    name: str
    environment: str
    label: str
    live_until_in: int | None = Field(description="Seconds that the person's own access to it lasts.")


class SetInfo(ApiAnswer):
    """Variables that the policy gives one name, to ask for them together."""

    name: str = Field(examples=["@shop"])
    variables: list[str]


class VariablesInfo(ApiAnswer):
    """Every variable that exists, and every set."""

    variables: list[VariableInfo]
    sets: list[SetInfo]


class SessionInfo(ApiAnswer):
    """The session that asks."""

    id: str
    host: str
    user: str
    ends_in: int


class OfferedInfo(ApiAnswer):
    """The offer stands; the person is asked in Slack which number the terminal shows."""

    id: LoginId
    state: LoginState
    server_key: str
    workspace: str
    workspace_name: str
    expires_in: int


class SignedInInfo(ApiAnswer):
    """The session that a login became."""

    id: LoginId
    person: str
    name: str
    ends_in: int


class LoginInfo(ApiAnswer):
    """A login, and how it stands."""

    id: LoginId
    state: LoginState
    session: SignedInInfo | None
    token: str | None = Field(description="Sealed to the terminal's key, for this login, until it was used.")


class AgentInfo(ApiAnswer):
    """An agent, and how it stands; its person is asked in Slack before it begins."""

    id: AgentId
    name: str
    state: LoginState
    host: str
    expires_in: int = Field(description="Seconds until the question in Slack is over; 0 once it is answered.")
    ends_in: int = Field(description="Seconds until its session ends; 0 where it has none.")


class StartedAgentInfo(AgentInfo):
    """The same for whoever proves the agent's key."""

    person: str
    server_key: str
    workspace: str
    workspace_name: str
    token: str | None = Field(description="Sealed to the agent's key, for this agent, until it was used.")


class AgentsInfo(ApiAnswer):
    """A person's agents, the newest first."""

    agents: list[AgentInfo]


class EndedInfo(ApiAnswer):
    """What was ended."""

    ended: int


class WhoamiInfo(ApiAnswer):
    """Who asks, and whom."""

    principal: str
    kind: Literal["person", "machine", "agent"]
    person: str = Field(description="The Slack user who counts for it; empty where nobody is known.")
    name: str = Field(description="What that person is called, or the machine.")
    workspace: str
    workspace_name: str
    session: SessionInfo
    server_key: str
    server_version: str


class InputFault(ApiAnswer):
    """What is wrong with one part of the input."""

    field: str
    problem: str


class ProblemInfo(ApiAnswer):
    """Why not (RFC 9457): `detail` is the sentence that Slack would show, `hint` what to do."""

    type: str = Field(examples=["urn:envaccess:refusal:no_rule"])
    title: str
    status: int
    detail: str
    hint: str = ""
    reason: str
    request: str | None = None
    retry_in: int | None = Field(None, description="Seconds after which it may be tried again.")
    errors: list[InputFault] | None = None
