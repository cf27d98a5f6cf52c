"""What the services need of the world, as small Protocols.

Adapters fit them without importing them: `store` (Redis), `sources` (values), `slack` (people, messages).
Every store method may raise `StoreUnavailableError` (nothing changed) or `StoreUncertainError` (it may
have). Times are milliseconds since the epoch as Redis tells them, unless a name says seconds. `op` is an
operation id: repeating a call with it changes nothing and returns the first outcome (law 10).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from envaccess.domain.approval_progress import Delegation
from envaccess.domain.audit import Actor, Event, Tag
from envaccess.domain.due import Due
from envaccess.domain.limits import Act
from envaccess.domain.lock import Locks, Target
from envaccess.domain.outcome import (
    Attempt,
    Cancelled,
    Claim,
    Decided,
    Ended,
    Filed,
    Holdings,
    Locked,
    NewRequest,
    Said,
    Vote,
)
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, Verb
from envaccess.domain.variable import Variable


class Requests(Protocol):
    """Requests and grants: every method that changes something is one atomic step with its event.

    `ts` is the message whose button was pressed: one that is not the remembered message is a stray,
    which the relay then deletes.
    """

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        """File a request, or return the pending one for the same variables."""
        ...

    async def decide(
        self, op: str, request: str, actor: str, verb: Verb, why: str, ts: str, vote: Vote = ...
    ) -> Decided | Refusal:
        """Approve or deny; refused as `MOVED_ON`, and not remembered, if the vote is about an older state."""
        ...

    async def cancel(self, op: str, request: str, actor: Actor, ts: str = "") -> Cancelled | Refusal:
        """Withdraw a pending request; its requester may, and the bot for somebody who left."""
        ...

    async def revoke(self, op: str, request: str, actor: Actor, ts: str = "") -> Ended | Refusal:
        """End a live grant. The service has ruled that the actor may."""
        ...

    async def ask(self, op: str, request: str, actor: str, text: str, ts: str) -> Said | Refusal:
        """Ask the requester something. The service has ruled that the actor may."""
        ...

    async def answer(self, op: str, request: str, actor: str, text: str, ts: str) -> Said | Refusal:
        """Answer the open question; only the requester."""
        ...

    async def review(self, op: str, request: str, actor: str, note: str, ts: str) -> Said | Refusal:
        """Close an emergency's review. The service has ruled that the actor may."""
        ...

    async def escalate(self, op: str, request: Request, why: str) -> None:
        """Do at once what the end of this step's time would do, unless the request has moved on."""
        ...

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        ...

    async def undecided(self, limit: int = 100) -> Sequence[Request]:
        """Pending requests, the oldest first."""
        ...

    async def unreviewed(self, limit: int = 100) -> Sequence[Request]:
        """Emergencies whose review is open, the oldest first."""
        ...

    async def held_by(self, person: str, most: int = 20) -> Holdings:
        """What a person has, at most so many of each kind, newest first."""
        ...

    async def holders(self) -> Collection[str]:
        """Everybody with a pending request or a live grant."""
        ...


class Reveals(Protocol):
    """Uses of a grant."""

    async def claim(self, op: str, request: str, actor: str, ts: str = "", how: str = "") -> Claim | Refusal:
        """Claim one use of exactly this grant and write the event (law 2).

        `how` stands in the event, where the actor did not do it themselves.
        """
        ...

    async def claim_named(
        self, op: str, variable: Variable, actor: str, barred: Collection[str] = ()
    ) -> Claim | Refusal:
        """The same by name: the timed grant that ends last, else the `once` grant that ends first.

        `barred` are requests whose grants may not be used now.
        """
        ...

    async def still(self, claim: Claim) -> bool:
        """Whether what was claimed may be shown now: nobody and nothing has ended it since."""
        ...

    async def give_back(self, claim: Claim, why: str) -> None:
        """Write `grant.reveal_failed` and return the use: nothing left this process."""
        ...


class Delegations(Protocol):
    """Approvers' duties that are in other hands."""

    async def standing(self) -> Sequence[Delegation]:
        """All that hold now."""
        ...

    async def give(self, op: str, giver: str, taker: str, seconds: int) -> int | Refusal:
        """Hand one's duty over; returns until when. It takes the place of an earlier one."""
        ...

    async def take_back(self, op: str, giver: str) -> bool | Refusal:
        """End one's delegation; False when there is none."""
        ...


class LockRegistry(Protocol):
    """Locks on people and variables. The scripts of the other ports check them too."""

    async def standing(self) -> Locks:
        """All that hold now."""
        ...

    async def lock(self, op: str, target: Target, actor: Actor, why: str) -> Locked | Refusal:
        """Lock, and end live grants in the same step. The service has ruled that the actor may."""
        ...

    async def unlock(
        self, op: str, target: Target, actor: Actor, why: str = "", lock: str = ""
    ) -> Locked | Refusal:
        """Lift the lock; with `lock`, only the one of this id."""
        ...


class Trail(Protocol):
    """The audit stream as the verbs write it."""

    async def append(self, op: str, tag: Tag, actor: Actor, detail: Mapping[str, str]) -> None:
        """An event that changes no state."""
        ...

    async def refuse(self, op: str, attempt: Attempt, why: Reason) -> None:
        """`access.refused`: the first per person and reason each minute in full, the rest counted."""
        ...

    async def count_bad_signature(self) -> None:
        """Count a request that failed the signature: one event a minute for all."""
        ...


class Stream(Protocol):
    """The audit stream as the workers read it."""

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        """Events after a stream id (`0` for all), oldest first."""
        ...

    async def last(self) -> str:
        """The newest event's id; `0-0` in an empty stream."""
        ...

    async def wait(self, last: str, seconds: float) -> str:
        """Return the newest event's id when one after `last` comes, or `last` when the time is over."""
        ...

    async def trim(self, keep_after: str) -> int:
        """Drop what is older than the retention and not after this id; returns how many."""
        ...

    async def holds(self, event: str) -> bool:
        """Whether an event is there."""
        ...


class Throttle(Protocol):
    """Law 12's limit."""

    async def allow(self, op: str, person: str, act: Act = ...) -> bool:
        """Count an act; False above what a minute may have of it (`domain.limits`).

        A repeat of `op` is not counted, and gets the first answer.
        """
        ...


class Secrets(Protocol):
    """Names of variables that exist; never a value."""

    async def names(self) -> Sequence[Variable]:
        """All of them, sorted."""
        ...


class Source(Protocol):
    """Where values live."""

    async def read(self, variable: Variable) -> str:
        """The current value. Raises `SourceError`, `ValueMissingError`, `SealError`."""
        ...


class Directory(Protocol):
    """People and channels as Slack knows them, at most ten seconds ago. Raises `DirectoryError`."""

    @property
    def workspace(self) -> str:
        """The team id that `auth.test` gave."""
        ...

    async def person(self, user: str) -> Person | None:
        """Who this is; None when Slack knows nobody of that id."""
        ...

    async def members(self, channel: str) -> frozenset[str]:
        """A channel's members without the bot itself; empty when the bot cannot see it."""
        ...

    async def group(self, group: str) -> frozenset[str] | None:
        """Members of the user group with this id (`S...`); None when there is none, or it is disabled."""
        ...

    def forget(self, user: str) -> None:
        """Drop what is remembered of somebody, because an event says that it changed."""
        ...


class Messages(Protocol):
    """Slack's messages. Raises `MessageRefusedError`, `MessageDelayedError`, `MessageUncertainError`."""

    async def post_request(self, request: Request) -> str:
        """Post to the approvers channel; returns `ts`."""
        ...

    async def update_request(self, request: Request) -> None:
        """Redraw that message."""
        ...

    def known_dm(self, user: str) -> str:
        """The direct-message channel with somebody, if it is known without asking; else nothing."""
        ...

    async def dm(self, user: str) -> str:
        """The direct-message channel with somebody."""
        ...

    async def dm_in_time(self, user: str) -> str:
        """The same, in the time that a handler has before its ack; raises none but the first two."""
        ...

    async def post_notification(self, request: Request) -> None:
        """Call those who are awaited, in the thread under the request's message."""
        ...

    async def post_call(self, dm: str, request: Request) -> None:
        """Tell somebody who is not in the channel that they are awaited."""
        ...

    async def post_card(self, request: Request) -> str:
        """Post the requester's card to `request.surfaces.dm`; returns `ts`."""
        ...

    async def update_card(self, request: Request) -> None:
        """Redraw the card."""
        ...

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        ...

    async def post_lines(self, events: Sequence[Event], thread: str) -> tuple[str, int]:
        """Post the audit lines of these events, in a request's thread where there is one.

        Returns `ts`, and how many of them the message holds: the first, at least one.
        """
        ...

    async def post_digest(self, events: Sequence[Event]) -> int:
        """Post what stands for many lines, with every name; returns for how many of the events."""
        ...

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        """Show values to the requester alone, ephemerally, in the direct messages that the claim names."""
        ...


class Outbox(Protocol):
    """What the relay has still to show, shared by all replicas."""

    async def lead(self) -> bool:
        """Take or keep the lease; False while another process has it."""
        ...

    async def resign(self) -> None:
        """Give the lease up."""
        ...

    async def due(self, limit: int, posts: int) -> Due:
        """Whose turn it is: at most `limit` requests of each kind, of which `posts` may post a message."""
        ...

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        ...

    async def shown(self, request: str, **surfaces: str | int) -> None:
        """Store what was shown; clears the mark if nothing is left to show.

        The surfaces are fields of `domain.request.Surfaces`. A message in another's place makes the other a
        stray, to be deleted.
        """
        ...

    async def forget_orphan(self, request: str, mark: str) -> None:
        """Forget a stray message that is deleted."""
        ...

    async def delay(self, request: str, seconds: float, *, posts: bool = True) -> None:
        """Try this one again later; without `posts`, its message in the channel keeps its turn."""
        ...

    async def cursor(self) -> str:
        """The last event whose line is in the audit channel."""
        ...

    async def move_cursor(self, event: str) -> None:
        """That line is posted."""
        ...


class Deadlines(Protocol):
    """What time alone brings about."""

    async def settle(self, limit: int) -> float:
        """Run what is overdue; returns seconds until the next deadline, at most one, zero if more waits."""
        ...


class Journal(Protocol):
    """The process's log: a tag and ids, never what a person typed."""

    def fault(self, what: str, **facts: str) -> None:
        """An expected fault, one line without a traceback."""
        ...

    def crash(self, what: str, error: BaseException) -> None:
        """A fault nobody expected, with its scrubbed traceback."""
        ...


class Clock(Protocol):
    """The time of day, for working hours and for `from 22:00`; never for deadlines, which are Redis' own."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        ...


class Ids(Protocol):
    """Randomness."""

    def request(self) -> str:
        """A new request id."""
        ...

    def operation(self) -> str:
        """A new operation id."""
        ...
