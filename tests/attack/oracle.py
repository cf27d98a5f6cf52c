"""Drive the product as people would after a change, and hold what comes of it against what they had done."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from envaccess.domain.errors import RecordRefusedError, StoreError
from envaccess.domain.outcome import Decided
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request, State
from tests.attack.acts import LATE, Asked
from tests.attack.changes import PREFIX
from tests.attack.workspace import ALICE, BOB, CAROL, DAN, EVE, FAY, Moment, Workspace

APPROVERS = (BOB, CAROL, DAN, FAY)
NOBODYS = (ALICE, EVE)
"""Who approves nothing, whatever is written in Redis."""

Seen = tuple[str, str, str, int]
"""Who was shown which variable, by which request, at which moment."""


@dataclass
class Found:
    """What came of a change.

    Attributes:
        opened: what nobody had agreed to; must be empty.
        seen: what was revealed, all of it within what was agreed to.
        agreed: requests that somebody approved while this was looked at.
    """

    opened: list[str] = field(default_factory=list)
    seen: set[Seen] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)


class Oracle:
    """Looks at one workspace at one moment of its life, again after each change.

    Args:
        work: the workspace; its store is put back before each look.
        moment: from when.
    """

    def __init__(self, work: Workspace, moment: Moment) -> None:
        self.work, self.moment = work, moment
        self.ids = tuple(moment.acts.asked)

    def reset(self) -> None:
        """The store, the time and the acts of that moment."""
        self.work.restore(self.moment.store, self.moment.ms)
        self.work.acts = copy.deepcopy(self.moment.acts)

    async def look(self, ids: Sequence[str] = ()) -> Found:
        """Draw, press Approve as everybody, press Reveal as everybody; now, and when it should be over."""
        found, ids = Found(), ids or self.ids
        await self._reveal_all(found, ids)
        await self._draw(found, ids)
        await self._approve_all(found, ids)
        if found.agreed:
            await self._reveal_all(found, ids)
        for at in self._ends(ids):
            self.work.clock.ms = at
            await self._reveal_all(found, ids)
        return found

    def _ends(self, ids: Iterable[str]) -> list[int]:
        """Moments right after each of these should be over, as far as clocks may differ."""
        acts = self.work.acts
        found = {w.ends + LATE + 1_000 for id_ in ids for w in acts.windows(acts.asked[id_])}
        return sorted(at for at in found if at > self.moment.ms)

    async def _draw(self, found: Found, ids: Sequence[str]) -> None:
        """What the relay would render, whoever marked it."""
        now = self.work.clock.ms
        await self.work.client.zadd(f"{PREFIX}request-dirty", dict.fromkeys(ids, now - 1))
        batch = await self.work.store.outbox.due(50, 50)
        for request in [*batch.postings, *batch.drawings]:
            found.opened += (f"drawn: {fault}" for fault in self._misdrawn(request))

    def _misdrawn(self, request: Request) -> Iterator[str]:
        asked = self.work.acts.asked.get(request.id)
        if asked is None:
            yield f"{request.id}, which nobody filed"
            return
        names, seconds = asked.left
        drawn = frozenset(map(str, request.variables))
        same = {
            "requester": request.requester == asked.who and not request.behind,
            "reason": request.reason == asked.reason,
            "ruling": request.ruling == asked.ruling,
            "variables": drawn <= set(asked.names) and (drawn == names or not self._waits(request)),
            "asked": {*map(str, request.asked_variables)} in ({*asked.names}, set()),
            "seconds": request.duration.seconds <= asked.seconds
            and (request.duration.seconds == seconds or not self._waits(request)),
            "once": request.duration.once == asked.once,
            "begin": request.starts_at == asked.starts_at,
            "extends": request.extends == asked.extends,
            "emergency": (request.emergency is not None) == (asked.ruling.emergency is not None),
            "approvals": {one.behalf or one.by for one in request.progress.approvals} <= self._ever(asked),
        }
        yield from (f"{name} of {request.id}" for name, is_same in same.items() if not is_same)

    @staticmethod
    def _waits(request: Request) -> bool:
        return request.state is State.PENDING

    def _ever(self, asked: Asked) -> set[str]:
        """Whoever agreed to it at any time of its life."""
        lived = [moment.acts.asked.get(asked.id, asked) for moment in self.work.moments]
        return {seat for one in (*lived, asked) for seat in one.yes}

    async def _approve_all(self, found: Found, ids: Sequence[str]) -> None:
        for request in ids:
            for who in (*NOBODYS, *APPROVERS):
                stands = await self._stands(request)
                decided = await self._press(request, who) if stands else None
                if not isinstance(decided, Decided):
                    continue
                found.agreed.add(request)
                if stands and who in APPROVERS:
                    self._note(found, request, who, stands)
                else:
                    found.opened.append(f"approved: {request} by {who}")

    async def _press(self, request: str, who: str) -> Decided | Refusal | None:
        try:
            return await self.work.press(request, who)
        except (RecordRefusedError, StoreError):
            return None

    async def _stands(self, request: str) -> Request | None:
        """The request where somebody can still approve it."""
        try:
            found = await self.work.store.requests.get(request)
        except RecordRefusedError:
            return None
        return found if found and found.state is State.PENDING else None

    def _note(self, found: Found, request: str, who: str, stands: Request) -> None:
        """Somebody agreed, to what they were shown: that must be what was filed."""
        found.opened += (f"approved: {fault}" for fault in self._misdrawn(stands))
        giver = {duty.taker: duty.giver for duty in stands.duties}.get(who, who)
        asked = self.work.acts.asked[request]
        seat = who if any(who in self.work.acts.seats.get(word, {word}) for step in asked.ruling.steps
                          for word in step.approvers.words + step.escalate.words) else giver  # fmt: skip
        asked.agree(seat, self.work.clock.ms)

    async def _reveal_all(self, found: Found, ids: Sequence[str]) -> None:
        asked = [self.work.acts.asked[request] for request in ids]
        for who in NOBODYS:
            for request in ids:
                self._judge(found, who, await self._reveal(who, request=request))
            # By name one has what is one's own, unless it is another's list that was changed.
            own = (one.names for one in asked if who == one.who or len(ids) > 1)
            for name in dict.fromkeys(name for names in own for name in names):
                self._judge(found, who, await self._reveal(who, name=name))

    async def _reveal(self, who: str, **which: str) -> tuple[str, str, dict[str, str]] | None:
        try:
            return await self.work.reveal(who, **which)
        except (RecordRefusedError, StoreError):
            return None

    def _judge(self, found: Found, who: str, shown: tuple[str, str, dict[str, str]] | None) -> None:
        if shown is None:
            return
        request, to, values = shown
        asked, acts, now = self.work.acts.asked.get(request), self.work.acts, self.work.clock.ms
        what = f"revealed to {to}, who is {who}, by {request}: {sorted(values)} at {now}"
        right = (
            asked is not None
            and asked.who == to == who
            and any(
                set(values) <= window.names and window.begins - LATE <= now <= window.ends + LATE
                for window in acts.windows(asked)
            )
        )
        real = all(value in acts.values[name] for name, value in values.items())
        if right and real:
            found.seen |= {(to, request, name, now) for name in values}
        else:
            found.opened.append(what)
