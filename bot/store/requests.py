"""Requests and the grants they become: fits `services.ports.Requests`."""

import json
import secrets as randomness
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from bot.domain.audit import Actor
from bot.domain.ids import make_id
from bot.domain.outcome import Cancelled, Decided, Ended, Filed, Holdings, NewRequest
from bot.domain.refusal import Reason, Refusal
from bot.domain.request import GrantState, Request, State, Verb
from bot.domain.text import printable
from bot.store.client import ours
from bot.store.records import load, read_duration, read_variables
from bot.store.runner import Runner

_PAGE = 20
_DEADLINES = 500


def read_refusal(outcome: Mapping[str, Any], request: str = "") -> Refusal | None:
    """The refusal in a script's outcome, if it is one."""
    if "refused" not in outcome:
        return None
    return Refusal(
        Reason(outcome["refused"]),
        request=str(outcome.get("id", request)),
        state=str(outcome.get("state", "")),
        by=str(outcome.get("by", "")),
        at=int(outcome.get("at") or 0),
        names=tuple(name for name in str(outcome.get("names", "")).split(",") if name),
    )


class RedisRequests:
    """One workspace's requests.

    Args:
        runner: the workspace's scripts.
        full: says whether Redis is nearly out of memory, when nothing new may be filed.
    """

    def __init__(self, runner: Runner, full: Callable[[], bool] = lambda: False) -> None:
        self._runner = runner
        self._full = full

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        """File a request, or return the pending one for the same variables."""
        if self._full():
            return Refusal(Reason.STORE_FULL)
        outcome = await self._runner.outcome(
            "open_request",
            op=op,
            id=new.id,
            requester=new.requester,
            variables=",".join(map(str, new.variables)),
            sorted=",".join(map(str, sorted(new.variables))),
            printable=",".join(printable(str(variable)) for variable in new.variables),
            seconds=new.duration.seconds,
            once=str(int(new.duration.once)),
            duration=str(new.duration),
            reason=new.reason,
            ruling=json.dumps(asdict(new.ruling), separators=(",", ":")),
            pending_seconds=new.ruling.pending_seconds,
        )
        if "taken" in outcome:  # 40 random bits met twice
            return await self.open(op, replace(new, id=make_id(randomness.token_bytes(5))))
        return read_refusal(outcome) or Filed(
            id=outcome["id"],
            variables=new.variables,
            duration=read_duration(outcome),
            deadline_at=int(outcome["deadline_at"]),
            repeated="repeated" in outcome,
        )

    async def decide(
        self, op: str, request: str, actor: str, verb: Verb, why: str, ts: str
    ) -> Decided | Refusal:
        """Approve or deny."""
        outcome = await self._runner.outcome(
            "decide", op=op, id=request, actor=actor, verb=verb, why=why, ts=ts
        )
        return read_refusal(outcome, request) or Decided(
            id=request,
            state=State(outcome["state"]),
            requester=outcome["requester"],
            variables=read_variables(outcome["variables"]),
            duration=read_duration(outcome),
            expires_at=int(outcome.get("expires_at") or 0),
        )

    async def cancel(self, op: str, request: str, actor: Actor, ts: str = "") -> Cancelled | Refusal:
        """Withdraw a pending request."""
        outcome = await self._runner.outcome("cancel", op=op, id=request, actor=str(actor), ts=ts)
        return read_refusal(outcome, request) or Cancelled(request, read_variables(outcome["variables"]))

    async def revoke(self, op: str, request: str, actor: Actor, ts: str = "") -> Ended | Refusal:
        """End a live grant."""
        outcome = await self._runner.outcome("revoke", op=op, id=request, actor=str(actor), ts=ts)
        return read_refusal(outcome, request) or Ended(
            request, outcome["requester"], read_variables(outcome["variables"]), GrantState(outcome["grant"])
        )

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        found = await load(self._runner, [request])
        return found[0] if found else None

    async def held_by(self, person: str) -> Holdings:
        """What a person has."""
        key = self._runner.key
        pipe = self._runner.client.pipeline(transaction=False)
        pipe.hvals(key("pending", person))
        pipe.zrange(key("held", person), 0, -1)
        pipe.zrange(key("asked", person), 0, 2 * _PAGE, desc=True)
        async with ours():
            answers = await pipe.execute()
        requests = await load(self._runner, dict.fromkeys(id_ for answer in answers for id_ in answer))
        requests = sorted(requests, key=lambda request: -request.created_at)
        pending = [r for r in requests if r.state is State.PENDING]
        live = [r for r in requests if r.live]
        ended = [r for r in requests if not r.live and r.state is not State.PENDING]
        return Holdings(tuple(pending[:_PAGE]), tuple(live[:_PAGE]), tuple(ended[:_PAGE]))

    async def holders(self) -> Collection[str]:
        """Everybody with a pending request or a live grant: whoever a deadline waits for.

        ZSCAN returns whatever is there all the while, also where workers remove entries beside it.
        """
        key, client = self._runner.key, self._runner.client
        people: set[str] = set()
        cursor = 0
        while True:
            async with ours():
                cursor, page = await client.zscan(key("deadlines"), cursor, count=_DEADLINES)
                pipe = client.pipeline(transaction=False)
                for entry, _ in page:
                    kind, _, request = entry.partition(":")
                    if kind != "count":
                        pipe.hget(key("request", request), "requester")
                people.update(person for person in await pipe.execute() if person)
            if not cursor:
                return people
