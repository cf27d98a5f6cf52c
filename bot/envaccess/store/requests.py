"""Requests and the grants they become: fits `ports.requests.Requests`."""

import asyncio
import secrets as randomness
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from envaccess.domain.approval_progress import QUESTIONS_MAX
from envaccess.domain.audit import Actor
from envaccess.domain.ids import make_id
from envaccess.domain.outcome import Cancelled, Decided, Ended, Filed, Holdings, NewRequest, Recorded, Vote
from envaccess.domain.policy.book import BUILT_IN
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State, Verb
from envaccess.domain.screening import printable
from envaccess.domain.signals.observing import Observing, Remembered
from envaccess.store.archived_refusals import unless_archived
from envaccess.store.baselines import MINUTE, UNOBSERVED, Observed, looked_again, observed, remembered
from envaccess.store.client import ours
from envaccess.store.holders import holders_of
from envaccess.store.records import read_duration, read_variables
from envaccess.store.request_reader import RequestReader
from envaccess.store.runner import Runner
from envaccess.store.script_arguments import Argument

_PAGE = 20
_PAGES = 10
"""Pages of a list that are looked through for requests that can be read."""
_SIMPLE = Vote()
_LOOKS = 10
"""How often what is remembered of somebody may change before their request is filed in any case."""


def _arguments(new: NewRequest) -> dict[str, str | int]:
    """What the filing script is given; what does not apply is left out."""
    ruling, ordered = new.ruling, ",".join(map(str, sorted(new.variables)))
    same = f"extend:{new.extends}" if new.extends else ordered
    more: dict[str, str | int] = {"extends": new.extends, "starts_at": new.starts_at, "behind": new.behind}
    if new.origin.pipeline or new.origin.agent:
        more["session"] = new.origin.session
    if ruling.policy != BUILT_IN:
        more |= {"policy": ruling.policy[:12], "rules": ", ".join(ruling.rules)}
    return {
        "id": new.id,
        "requester": new.requester,
        "variables": ",".join(map(str, new.variables)),
        "incarnations": ",".join(new.incarnations),
        "same": same,
        "printable": ",".join(printable(str(variable)) for variable in new.variables),
        "seconds": new.duration.seconds,
        "once": str(int(new.duration.once)),
        "duration": str(new.duration),
        "reason": new.reason,
        "pending_seconds": ruling.pending_seconds,
        "emergency": str(int(ruling.emergency is not None)),
        "marks": "".join(f"\x1f{name}\x1f" for name in ruling.rules),
        **{name: value for name, value in more.items() if value},
    }


def read_reason(word: str) -> Reason:
    """A reason; one that another version remembered, and that this one does not know, says just that."""
    return Reason(word) if word in set(Reason) else Reason.RECORD_REFUSED


def read_refusal(outcome: Mapping[str, Any], request: str = "") -> Refusal | None:
    """The refusal in a script's outcome, if it is one."""
    if "refused" not in outcome:
        return None
    return Refusal(
        read_reason(outcome["refused"]),
        request=str(outcome.get("id", request)),
        state=str(outcome.get("state", "")),
        by=str(outcome.get("by", "")),
        at=int(outcome.get("at") or 0),
        names=tuple(name for name in str(outcome.get("names", "")).split(",") if name),
        limit=int(outcome.get("limit") or 0),
        hint=str(outcome.get("hint", "")),
        target=str(outcome.get("target", "")),
    )


class RedisRequests:
    """One workspace's requests.

    Args:
        runner: the workspace's scripts.
        reader: reads records, and tells of those that it refuses.
        full: says whether Redis is nearly out of memory, when nothing new may be filed.
    """

    def __init__(
        self, runner: Runner, reader: RequestReader, full: Callable[[], bool] = lambda: False
    ) -> None:
        self._runner = runner
        self._reader = reader
        self._sealing = reader.sealing
        self._full = full
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        """File a request, or return the pending one for the same variables."""
        if self._full():
            return Refusal(Reason.STORE_FULL)
        if new.observing is None:
            outcome = await self._file(op, new, UNOBSERVED)
        else:
            async with self._turns.setdefault(new.observing.who, asyncio.Lock()):
                outcome = await self._file_observed(op, new, new.observing)
        if "moved" in outcome:
            return Refusal(Reason.MOVED_ON)
        if "taken" in outcome:  # the id is taken: 40 random bits
            return await self.open(op, replace(new, id=make_id(randomness.token_bytes(5))))
        if outcome.get("automatic") and (filed := await self._reader.get(outcome["id"])):
            await self.seal_automatic(filed)
        return read_refusal(outcome) or Filed(
            id=outcome["id"],
            variables=new.variables,
            duration=read_duration(outcome),
            deadline_at=int(outcome["deadline_at"]),
            repeated="repeated" in outcome,
            state=State(outcome["state"]),
            expires_at=int(outcome.get("expires_at") or 0),
            emergency=new.ruling.emergency is not None,
            extends=new.extends,
            starts_at=new.starts_at,
            named=new.named,
        )

    async def _file_observed(self, op: str, new: NewRequest, observing: Observing) -> Mapping[str, Any]:
        """File it with what is unusual about it: right after what its requester asked for before.

        Whatever lies in Redis, a request is filed in the end, with what was known last.
        """
        minute = self._sealing.clock() // MINUTE
        for compared in (*[True] * _LOOKS, False):
            seen = observed(new, observing, minute, compared=compared)
            outcome = await self._file(op, new, seen)
            if "observed" not in outcome:
                break
            observing, minute = looked_again(observing, outcome), int(outcome["minute"])
        return outcome

    async def _file(self, op: str, new: NewRequest, seen: Observed) -> Mapping[str, Any]:
        sealed = self._sealing.filing(new, seen.noticed)
        return await self._runner.outcome(
            "open_request", op=op, **_arguments(new), **seen.arguments, **sealed
        )

    async def remembered(self, who: str) -> Remembered:
        """What is usual for somebody, as far as it is remembered."""
        return await remembered(self._runner, who)

    async def decide(
        self, op: str, request: str, actor: str, verb: Verb, why: str, message: str, vote: Vote = _SIMPLE
    ) -> Decided | Refusal:
        """Approve or deny."""
        outcome = await self._runner.outcome(
            "decide",
            op=op,
            id=request,
            actor=actor,
            verb=verb,
            why=why,
            ts=message,
            step=vote.step,
            checked=vote.checked,
            lost=",".join(vote.lost),
            behalf=vote.behalf,
            seconds=vote.seconds,
            variables=",".join(map(str, vote.variables)),
            **(self._sealing.approval(actor, vote) if verb is Verb.APPROVE else {}),
        )
        if "moved" in outcome:
            return Refusal(Reason.MOVED_ON, request=request)
        grant = outcome.get("grant")
        if refusal := read_refusal(outcome, request):
            return await unless_archived(self._reader, refusal, Reason.NOT_PENDING)
        return Decided(
            id=request,
            state=State(outcome["state"]),
            requester=outcome["requester"],
            variables=read_variables(outcome["variables"]),
            duration=read_duration(outcome),
            expires_at=int(outcome.get("expires_at") or 0),
            grant=GrantState(grant) if grant else None,
            behind=outcome.get("behind", ""),
        )

    async def cancel(
        self, op: str, request: str, actor: Actor, message: str = "", behind: str = ""
    ) -> Cancelled | Refusal:
        """Withdraw a pending request."""
        more = {"behind": behind} if behind else {}
        outcome = await self._runner.outcome(
            "cancel", op=op, id=request, actor=str(actor), ts=message, **more
        )
        if refusal := read_refusal(outcome, request):
            return await unless_archived(self._reader, refusal, Reason.NOT_PENDING)
        return Cancelled(request, read_variables(outcome["variables"]))

    async def revoke(self, op: str, request: str, actor: Actor, message: str = "") -> Ended | Refusal:
        """End a live grant."""
        outcome = await self._runner.outcome("revoke", op=op, id=request, actor=str(actor), ts=message)
        if refusal := read_refusal(outcome, request):
            return await unless_archived(self._reader, refusal, Reason.ENDED)
        return Ended(
            request,
            outcome["requester"],
            read_variables(outcome["variables"]),
            GrantState(outcome["grant"]),
            outcome.get("behind", ""),
        )

    async def ask(self, op: str, request: str, actor: str, text: str, message: str) -> Recorded | Refusal:
        """Ask the requester something."""
        sealed = self._sealing.talk(request, actor, text)
        more = {"verb": "ask", "text": text, "ts": message, "most": QUESTIONS_MAX, **sealed}
        return await self._say("question", op, request, actor, more)

    async def answer(self, op: str, request: str, actor: str, text: str, message: str) -> Recorded | Refusal:
        """Answer the open question."""
        found = await self._reader.all_of([request])
        question = found[0].progress.open_question if found else None
        about = question.mac if question else ""
        sealed = self._sealing.talk(request, actor, text, about)
        more = {"verb": "answer", "text": text, "ts": message, "about": about, **sealed}
        return await self._say("question", op, request, actor, more)

    async def review(
        self, op: str, request: str, actor: str, note: str, message: str, filing: str = ""
    ) -> Recorded | Refusal:
        """Close an emergency's review."""
        sealed = self._sealing.review(filing, actor)
        return await self._say("review", op, request, actor, {"note": note, "ts": message, **sealed})

    async def seal_automatic(self, request: Request) -> None:
        """Seal that the policy let it through alone: the store has said so, and its filing allows it."""
        if request.automatic and request.sealed and not request.sealed.automatic:
            seal = self._sealing.automatic(request.sealed.mac)
            await self._runner.run("seal_automatic", id=request.id, seal=seal)

    async def _say(
        self, script: str, op: str, request: str, actor: str, more: Mapping[str, Argument]
    ) -> Recorded | Refusal:
        outcome = await self._runner.outcome(script, op=op, id=request, actor=actor, **more)
        if refusal := read_refusal(outcome, request):
            over = Reason.NO_REVIEW if script == "review" else Reason.NOT_PENDING
            return await unless_archived(self._reader, refusal, over)
        return Recorded(
            request, outcome["requester"], read_variables(outcome["variables"]), outcome.get("behind", "")
        )

    async def escalate(self, op: str, request: Request, why: str) -> None:
        """Do at once what the end of this step's time would do."""
        escalated = str(int(request.progress.escalated))
        await self._runner.run(
            "escalate",
            op=op,
            id=request.id,
            step=request.progress.step,
            escalated=escalated,
            why=why,
            **self._sealing.passing(request),
        )

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        return await self._reader.get(request)

    async def held_by(self, person: str, most: int = _PAGE) -> Holdings:
        """What a person has."""
        key = self._runner.key
        pipe = self._runner.client.pipeline(transaction=False)
        pipe.hvals(key("pending", person))
        pipe.zrange(key("held", person), 0, -1)
        pipe.zrange(key("asked", person), 0, 2 * _PAGE, desc=True)
        async with ours():
            answers = await pipe.execute()
        loaded = await self._reader.load(dict.fromkeys(id_ for answer in answers for id_ in answer))
        requests = sorted(loaded.requests, key=lambda request: -request.created_at)
        pending = [r for r in requests if r.state is State.PENDING]
        live = [r for r in requests if r.held]
        ended = [r for r in requests if not r.held and r.state is not State.PENDING]
        refused = tuple(error.request for error in loaded.refused)
        return Holdings(tuple(pending[:most]), tuple(live[:most]), tuple(ended[:most]), refused=refused)

    async def behind(self, person: str, programs: Collection[str]) -> Sequence[Request]:
        """What programs that somebody is behind wait for or have, newest first."""
        key, pipe = self._runner.key, self._runner.client.pipeline(transaction=False)
        pipe.zrevrange(key("held", f"behind:{person}"), 0, _PAGE - 1)
        for program in programs:
            pipe.hvals(key("pending", program))
        async with ours():
            answers = await pipe.execute()
        loaded = await self._reader.load(dict.fromkeys(id_ for answer in answers for id_ in answer))
        theirs = (found for found in loaded.requests if found.behind == person)
        current = (found for found in theirs if found.held or found.state is State.PENDING)
        return sorted(current, key=lambda found: -found.created_at)[:_PAGE]

    async def undecided(self, limit: int = 100) -> Sequence[Request]:
        """Pending requests, the oldest first."""
        listed = await self._listed("undecided", limit)
        # Time may have ended one that no worker has written down yet.
        return [request for request in listed if request.state is State.PENDING]

    async def unreviewed(self, limit: int = 100) -> Sequence[Request]:
        """Emergencies whose review is open, the oldest first."""
        return await self._listed("reviews", limit)

    async def _listed(self, kind: str, limit: int) -> Sequence[Request]:
        """The first of a list that can be read: what cannot be takes nobody's place, up to `_PAGES` pages."""
        found: list[Request] = []
        for start in range(0, _PAGES * limit, limit):
            async with ours():
                ids = await self._runner.client.zrange(self._runner.key(kind), start, start + limit - 1)
            found += await self._reader.all_of(ids)
            if len(found) >= limit or len(ids) < limit:
                break
        return found[:limit]

    async def holders(self) -> Collection[Principal]:
        """Everybody with a pending request or a live grant."""
        return await holders_of(self._runner, "request", "requester")
