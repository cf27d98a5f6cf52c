"""What the API's endpoints act through, and what they are asked and answer."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import BaseModel

from envaccess.application.ports.sessions import TokenReader
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import SURFACES, Call, Origin
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Session
from envaccess.http.api.models import ApiAnswer
from envaccess.http.api.polls import Polls, Turns
from envaccess.http.api.problems import ApiProblem
from envaccess.identity.authenticate import Authenticator
from envaccess.identity.boxes import ClientBoxes

Model = TypeVar("Model", bound=BaseModel)


class Watch(Protocol):
    """Waits for changes since it was made."""

    @property
    def over(self) -> bool:
        """Whether nobody is told of changes any more, because the process ends."""
        ...

    async def changed(self, seconds: float) -> bool:
        """Whether something may have changed: as soon as it may; False after so many seconds."""
        ...


class Watches(Protocol):
    """Makes watches."""

    def watch(self, *ids: str) -> AbstractContextManager[Watch]:
        """Notice every change of these requests, logins and sessions from now on."""
        ...


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The verbs' context, and what the API has besides.

    Attributes:
        url: ENVACCESS_API_URL, without a slash at its end.
        boxes: what values leave and come in.
        server_version: our own version.
        workspace_name: what people call the workspace.
        tokens: reads pipelines' tokens.
        polls: who waits.
        turns: who is worked on.
    """

    verbs: ServiceContext
    authenticator: Authenticator
    watches: Watches
    url: str
    boxes: ClientBoxes
    server_version: str
    workspace_name: str
    tokens: TokenReader
    polls: Polls = field(default_factory=Polls)
    turns: Turns = field(default_factory=Turns)


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A call that was checked: what it asks, and whose it is.

    Attributes:
        session: None where an address needs none.
        sign_key: the key that the call proved.
        key: the Idempotency-Key; empty where there is none, as `op` is.
        op: the operation id.
        address: where it came from, as we saw it.
        gone: whether the client has hung up since.
    """

    path: Mapping[str, str]
    query: BaseModel
    body: BaseModel | None = field(repr=False)
    session: Session | None
    sign_key: str
    key: str
    op: str
    address: str
    gone: Callable[[], bool]

    @property
    def who(self) -> Session:
        """The session of a call that was let in with one."""
        assert self.session
        return self.session

    def call(self, spare_op: str = "", receipt: Receipt | None = None) -> Call:
        """The same for the verbs; what changes nothing has an operation id of its own."""
        origin = Origin(
            surface=SURFACES[self.who.principal.kind],
            session=self.who.id,
            seal_key=self.who.seal_key,
            receipt=receipt,
            pipeline=self.who.pipeline,
            agent=self.who.agent,
        )
        return Call(self.op or spare_op, self.who.principal, origin)

    def read(self, kind: type[Model], of: BaseModel | None) -> Model:
        """A part of the input as the model that the route has for it."""
        assert isinstance(of, kind)
        return of


@dataclass(frozen=True, slots=True)
class Answered:
    """What was asked for."""

    status: int
    body: ApiAnswer | None
    headers: Mapping[str, str] = field(default_factory=dict)


Reply = Answered | Refusal | ApiProblem
