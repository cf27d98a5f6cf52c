"""What became of each request, read from its events in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.audit import ActorKind, Event, Tag, read_person
from envaccess.domain.text import whole_number

_KEPT: Final = 24 * 3600 * 1000
"""For so many milliseconds after its end a request is still remembered: a use may be given back meanwhile."""

_ENDS: Final[Mapping[str, str]] = {
    Tag.GRANT_EXPIRED: "expired",
    Tag.GRANT_LAPSED: "never used",
    Tag.GRANT_REVOKED: "ended early",
    Tag.GRANT_USED_UP: "used up",
}
_SUBJECTS: Final = frozenset({"request", "grant", "emergency", "broker"})
"""Tags of requests begin so; others name a request that they are only about."""
_PROPOSALS: Final = frozenset({Tag.REQUEST_PROPOSED, Tag.REQUEST_CONSENTED, Tag.REQUEST_DECLINED})
"""What an agent wants to ask for is no request yet."""
_CLOSED: Final[Mapping[str, str]] = {
    Tag.REQUEST_DENIED: "denied",
    Tag.REQUEST_CANCELLED: "withdrawn",
    Tag.REQUEST_TIMED_OUT: "not decided in time",
}


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """One person's yes or no.

    Attributes:
        by: who decided, as events name actors.
        behalf: whose duty it was done for; empty for their own.
        yes: whether it was an approval.
        waited: milliseconds since that step began; None where its beginning is not there.
    """

    by: str
    at: int
    yes: bool
    step: str = ""
    behalf: str = ""
    why: str = ""
    waited: int | None = None


@dataclass(slots=True)
class RequestLife:
    """What became of a request. Times are milliseconds since the epoch, 0 for what was not.

    Attributes:
        requester: a Slack user id, `machine:NAME` or `agent:ID`.
        behind: the person behind a program; empty for none.
        whole: whether its filing is among the events.
        outcome: how it was decided, in a word; empty while it waits.
        until: when its access ends by itself.
        ended: how its access ended; empty while it lives.
        uses: times that its values went to somebody.
        taken: how it was allowed: by people, by the policy, or as an emergency.
    """

    id: str
    requester: str = ""
    behind: str = ""
    variables: tuple[str, ...] = ()
    whole: bool = False
    asked_at: int = 0
    duration: str = ""
    reason: str = ""
    rules: str = ""
    extends: str = ""
    surface: str = ""
    step_at: int = 0
    outcome: str = ""
    taken: str = ""
    decisions: list[DecisionMade] = field(default_factory=list)
    begun_at: int = 0
    until: int = 0
    ended: str = ""
    ended_at: int = 0
    ended_by: str = ""
    ended_why: str = ""
    uses: int = 0
    first_use: int = 0
    last_use: int = 0
    calls: int = 0
    extended: int = 0
    reviewed_by: str = ""
    reviewed_at: int = 0
    note: str = ""

    @property
    def responsible(self) -> str:
        """Who answers for it: the person behind a program, else who asked."""
        return self.behind or self.requester

    @property
    def over_at(self) -> int:
        """Since when it gives no access; 0 while it may. Time ends access before anybody writes it down."""
        if self.ended:
            return min(self.ended_at, self.until) if self.until else self.ended_at
        return 0

    def lives_at(self, moment: int) -> bool:
        """Whether it gave access then."""
        over = min((end for end in (self.over_at, self.until) if end), default=0)
        return bool(self.begun_at) and self.begun_at <= moment < (over or moment + 1)

    def touches(self, start: int, end: int) -> bool:
        """Whether it gave access at any moment from `start` on and before `end`."""
        over = min((one for one in (self.over_at, self.until) if one), default=end)
        return bool(self.begun_at) and self.begun_at < end and over > start


class RequestLives:
    """Every request that is not over for long."""

    def __init__(self) -> None:
        self._lives: dict[str, RequestLife] = {}
        self._over: dict[str, int] = {}

    def feed(self, event: Event) -> RequestLife | None:
        """Take the next event; what became of its request, or None for an event of none."""
        if not event.request or event.event.partition(".")[0] not in _SUBJECTS:
            return None
        if event.event in _PROPOSALS:
            return None
        life = self._lives.setdefault(event.request, RequestLife(event.request))
        _take(life, event)
        return life

    def forget(self, now: int) -> Iterator[RequestLife]:
        """Those that were over long before, in the order of their ends; they are remembered no longer."""
        while self._over:
            request, at = next(iter(self._over.items()))
            if at + _KEPT > now:
                return
            del self._over[request]
            yield self._lives.pop(request)

    def note(self, life: RequestLife, at: int) -> None:
        """Remember since when a request is over."""
        if _is_over(life):
            self._over.setdefault(life.id, at)
        else:
            self._over.pop(life.id, None)

    def rest(self) -> Iterator[RequestLife]:
        """All that are remembered."""
        yield from self._lives.values()


def _is_over(life: RequestLife) -> bool:
    if life.taken == EMERGENCY and not life.reviewed_at:
        return False
    return bool(life.ended) or life.outcome not in {"", APPROVED} or bool(life.extends and life.outcome)


APPROVED: Final = "approved"
EMERGENCY: Final = "emergency"
AUTOMATIC: Final = "policy"
PEOPLE: Final = "people"


def _take(life: RequestLife, event: Event) -> None:
    life.requester = life.requester or (read_person(event.requester) or event.requester)
    life.behind = life.behind or event.behind
    life.variables = event.variables or life.variables
    tag, detail = event.event, event.detail
    if tag == Tag.REQUEST_CREATED:
        life.whole, life.asked_at, life.step_at = True, event.at, event.at
        life.duration, life.reason = detail.get("duration", ""), detail.get("reason", "")
        life.rules, life.extends = detail.get("rules", ""), detail.get("extends", "")
        life.surface = detail.get("surface", "slack")
    elif tag in {Tag.REQUEST_STEP_APPROVED, Tag.REQUEST_APPROVED, Tag.REQUEST_DENIED}:
        _decide(life, event)
    elif tag in {Tag.REQUEST_STEP_SKIPPED, Tag.REQUEST_ESCALATED, Tag.REQUEST_STEP_REOPENED}:
        life.step_at = event.at
    elif tag == Tag.EMERGENCY_USED:
        life.outcome, life.taken = APPROVED, EMERGENCY
        life.reason = detail.get("reason", "") or life.reason
    elif tag == Tag.EMERGENCY_REVIEWED:
        life.reviewed_by, life.reviewed_at = str(event.actor), event.at
        life.note = detail.get("note", "")
    if tag in _CLOSED:
        life.outcome = _CLOSED[tag]
        life.ended_why = detail.get("why", "")
    _use(life, event)


def _decide(life: RequestLife, event: Event) -> None:
    if event.event == Tag.REQUEST_APPROVED:
        life.outcome = APPROVED
        life.taken = life.taken or (AUTOMATIC if event.actor.kind == ActorKind.POLICY else PEOPLE)
    if event.actor.kind == ActorKind.POLICY:
        return
    waited = event.at - life.step_at if life.step_at else None
    life.decisions.append(
        DecisionMade(
            by=str(event.actor),
            at=event.at,
            yes=event.event != Tag.REQUEST_DENIED,
            step=event.detail.get("step", ""),
            behalf=event.detail.get("behalf", ""),
            why=event.detail.get("reason", ""),
            waited=waited,
        )
    )
    life.step_at = event.at


def _use(life: RequestLife, event: Event) -> None:
    tag, detail = event.event, event.detail
    if tag == Tag.GRANT_ACTIVATED:
        life.begun_at, life.until = event.at, number_of(detail.get("expires_at", ""))
    elif tag == Tag.GRANT_EXTENDED:
        life.until, life.extended = number_of(detail.get("expires_at", "")), life.extended + 1
    elif tag == Tag.GRANT_REVEALED:
        life.uses, life.last_use = life.uses + 1, event.at
        life.first_use = life.first_use or event.at
    elif tag == Tag.GRANT_REVEAL_FAILED:
        life.uses = max(0, life.uses - 1)
        if life.ended == _ENDS[Tag.GRANT_USED_UP]:
            life.ended, life.ended_at = "", 0
    elif tag == Tag.BROKER_CALLED:
        life.calls += number_of(detail.get("times", "1")) or 1
    elif tag in _ENDS:
        life.ended, life.ended_at, life.ended_by = _ENDS[tag], event.at, str(event.actor)
        life.ended_why = detail.get("why", "") or detail.get("early", "")


def number_of(text: str) -> int:
    """A number in an event's details; 0 for what is none."""
    return whole_number(text) or 0
