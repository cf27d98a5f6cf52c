"""What the API answers, as frozen values. Fields that are not known here are passed over.

A field that is missing or of another kind is an answer of something else, or of a later version: `not_known`.
A state that this version does not know is kept as text; who acts on it asks `known`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from envaccess.client.calls import not_known, shown

PENDING, APPROVED, DENIED, CANCELLED, TIMED_OUT = "pending", "approved", "denied", "cancelled", "timed_out"
WAITING, ACTIVE, EXPIRED, REVOKED, USED_UP, LAPSED = (
    "waiting",
    "active",
    "expired",
    "revoked",
    "used_up",
    "lapsed",
)
REQUEST_STATES: Final = frozenset({PENDING, APPROVED, DENIED, CANCELLED, TIMED_OUT})
GRANT_STATES: Final = frozenset({WAITING, ACTIVE, EXPIRED, REVOKED, USED_UP, LAPSED})

T = TypeVar("T")


class Fields:
    """The fields of a JSON object, read by kind."""

    def __init__(self, told: object) -> None:
        if not isinstance(told, dict):
            raise not_known("something")
        self._told: Mapping[str, Any] = told

    def text(self, name: str, default: str | None = None) -> str:
        """A text, cleaned for a terminal."""
        found = self._told.get(name, default)
        if found is None and default is not None:
            return default
        if not isinstance(found, str):
            raise not_known(f"a `{name}`")
        return shown(found)

    def exact(self, name: str) -> str:
        """A text as it is, which nobody is shown."""
        found = self._told.get(name)
        if not isinstance(found, str):
            raise not_known(f"a `{name}`")
        return found

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number; where another is allowed, that for nothing."""
        found = self._told.get(name)
        if found is None and default is not None:
            return default
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise not_known(f"a `{name}`")
        return int(found)

    def flag(self, name: str) -> bool:
        """Yes or no; no where nothing is said."""
        return self._told.get(name) is True

    def each(self, name: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        """Every item of a list; none where there is no list."""
        found = self._told.get(name)
        if found is not None and not isinstance(found, list):
            raise not_known(f"a `{name}`")
        return tuple(read(item) for item in found or ())

    def maybe(self, name: str, read: Callable[[Any], T]) -> T | None:
        """Something that may not be there."""
        found = self._told.get(name)
        return None if found is None else read(found)


class PersonAnswer(NamedTuple):
    """Somebody in Slack; the name is what people call them."""

    id: str
    name: str

    @property
    def mention(self) -> str:
        """As a terminal writes it."""
        return f"@{self.name or self.id}"


class GrantPart(NamedTuple):
    """The access that a request became.

    Attributes:
        ends_in: seconds; 0 where it is over.
    """

    state: str
    ends_in: int
    ended_why: str = ""


class RequestAnswer(NamedTuple):
    """A request, and how it stands; all times are seconds from the answer.

    Attributes:
        version: another whenever something has changed.
        waiting_for: who can decide now; empty if unknown.
        repeated: it waited already when it was asked for, so that nothing new was filed.
    """

    id: str
    version: int
    state: str
    grant: GrantPart | None
    variables: tuple[str, ...]
    duration: str
    once: bool
    reason: str
    deadline_in: int
    step: int
    steps: int
    waiting_for: tuple[PersonAnswer, ...]
    decided_by: PersonAnswer | None
    decision_reason: str
    starts_in: int
    raw: Mapping[str, Any]
    repeated: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether somebody is still to decide."""
        return self.state == PENDING

    @property
    def is_live(self) -> bool:
        """Whether its values may be had, now or once it begins."""
        return self.grant is not None and self.grant.state in {WAITING, ACTIVE}


class GrantAnswer(NamedTuple):
    """A grant, and how it stands.

    Attributes:
        ends_in: seconds until it ends; of a single use that was made, until its process must.
    """

    id: str
    version: int
    state: str
    once: bool
    ends_in: int
    ended_by: PersonAnswer | None
    ended_why: str


@dataclass(frozen=True, slots=True)
class ValuesAnswer:
    """Values, by `environment/NAME`; they are in no `repr`.

    Attributes:
        ends_in: seconds until the grant ends; of a single use, until its process must.
        use: the how manieth use it is; 0 where the server does not say.
        leased: which of them are logins that were made for this use alone.
    """

    values: Mapping[str, str] = field(repr=False)
    ends_in: int
    use: int = 0
    leased: tuple[str, ...] = ()


class VariableAnswer(NamedTuple):
    """A variable that can be asked for.

    Attributes:
        live_until_in: seconds that the person's own access to it lasts; None for none.
    """

    name: str
    environment: str
    label: str
    live_until_in: int | None


class SetAnswer(NamedTuple):
    """Variables that are asked for together, as `@NAME`."""

    name: str
    variables: tuple[str, ...]


class VariablesAnswer(NamedTuple):
    """What can be asked for."""

    variables: tuple[VariableAnswer, ...]
    sets: tuple[SetAnswer, ...]
    raw: Mapping[str, Any]


class WhoamiAnswer(NamedTuple):
    """Whose session this is.

    Attributes:
        principal: such as `person:U0ALICE`, or `machine:deploy`.
        workspace: its name, with its id.
        ends_in: seconds until it ends at the latest.
    """

    person: str
    name: str
    workspace: str
    session: str
    host: str
    user: str
    ends_in: int
    raw: Mapping[str, Any]
    principal: str = ""


def read_person(told: object) -> PersonAnswer:
    """Somebody in Slack."""
    fields = Fields(told)
    return PersonAnswer(fields.text("id"), fields.text("name", ""))


def _read_part(told: object) -> GrantPart:
    fields = Fields(told)
    return GrantPart(fields.text("state"), fields.number("ends_in", 0), fields.text("ended_why", ""))


def read_request(told: dict[str, Any]) -> RequestAnswer:
    """A request."""
    fields = Fields(told)
    return RequestAnswer(
        id=fields.text("id"),
        version=fields.number("version"),
        state=fields.text("state"),
        grant=fields.maybe("grant", _read_part),
        variables=fields.each("variables", shown),
        duration=fields.text("duration", ""),
        once=fields.flag("once"),
        reason=fields.text("reason", ""),
        deadline_in=fields.number("deadline_in", 0),
        step=fields.number("step", 0),
        steps=fields.number("steps", 0),
        waiting_for=fields.each("waiting_for", read_person),
        decided_by=fields.maybe("decided_by", read_person),
        decision_reason=fields.text("decision_reason", ""),
        starts_in=fields.number("starts_in", 0),
        raw=told,
    )


def read_grant(told: dict[str, Any]) -> GrantAnswer:
    """A grant."""
    fields = Fields(told)
    return GrantAnswer(
        id=fields.text("id"),
        version=fields.number("version"),
        state=fields.text("state"),
        once=fields.flag("once"),
        ends_in=fields.number("ends_in", 0),
        ended_by=fields.maybe("ended_by", read_person),
        ended_why=fields.text("ended_why", ""),
    )


def read_variables(told: dict[str, Any]) -> VariablesAnswer:
    """What can be asked for."""
    fields = Fields(told)
    return VariablesAnswer(fields.each("variables", _read_variable), fields.each("sets", _read_set), told)


def _read_variable(told: object) -> VariableAnswer:
    fields = Fields(told)
    live = fields.number("live_until_in", -1)
    return VariableAnswer(
        fields.text("name"), fields.text("environment"), fields.text("label"), live if live >= 0 else None
    )


def _read_set(told: object) -> SetAnswer:
    fields = Fields(told)
    return SetAnswer(fields.text("name").removeprefix("@"), fields.each("variables", shown))


def tell_workspace(fields: Fields) -> str:
    """`Acme (T0ACME123)`, or the id alone where no name is said."""
    id_, name = fields.text("workspace", ""), fields.text("workspace_name", "")
    return f"{name} ({id_})" if name else id_


def read_whoami(told: dict[str, Any]) -> WhoamiAnswer:
    """Whose session this is."""
    fields, session = Fields(told), Fields(told.get("session"))
    return WhoamiAnswer(
        person=fields.text("person", ""),
        name=fields.text("name", ""),
        workspace=tell_workspace(fields),
        session=session.text("id"),
        host=session.text("host", ""),
        user=session.text("user", ""),
        ends_in=session.number("ends_in", 0),
        raw=told,
        principal=fields.text("principal", ""),
    )
