"""The tree over the audit stream: its heads, its tiles, and the lines of what it seals."""

from collections.abc import Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from envaccess.domain.audit import Actor
from envaccess.domain.audit_line import day_of
from envaccess.domain.audit_tree import Rest, TreeHead, read_heads_of, read_tile, tile_name, write_tile
from envaccess.domain.merkle import WIDTH, Place
from envaccess.store.client import nothing_to_check, ours
from envaccess.store.runner import Runner

Entry = tuple[str, Mapping[str, str]]
"""An event as it is stored: its id and its fields."""

_WAIT_MILLISECONDS = 1_000
_SECONDS = 10.0
"""The longest that a page of events or tiles may take: nobody waits for it, and late is better than never."""


class RedisTree:
    """One workspace's tree.

    Args:
        runner: the workspace's scripts.
        token: the process's name in the lease; empty for who only reads.
    """

    def __init__(self, runner: Runner, token: str = "") -> None:
        self._runner = runner
        self._token = token

    async def heads(self) -> Sequence[TreeHead]:
        """Every fork, the first first; none before anything was sealed."""
        async with ours():
            fields = await self._runner.client.hgetall(self._runner.key("tree"))
        return read_heads_of(fields)

    async def entries(self, after: str, count: int) -> Sequence[Entry]:
        """Events after an id, as they are stored."""
        async with ours(_SECONDS):
            found: Sequence[Entry] = await self._runner.client.xrange(
                self._runner.key("audit"), f"({after}", "+", count=count
            )
        return found

    async def texts(self, entries: Sequence[Entry]) -> Mapping[str, str]:
        """What was typed in these events, as it lies apart; nothing for those of which nothing is there."""
        days: dict[int, list[str]] = {}
        for event, fields in entries:
            if "typed" in fields:
                days.setdefault(day_of(event), []).append(event)
        kept: dict[str, str] = {}
        for day, events in days.items():
            async with ours(_SECONDS):
                found = await self._runner.client.hmget(self._runner.key("typed", str(day)), events)
            kept |= {event: text for event, text in zip(events, found, strict=True) if text}
        return kept

    async def seals_of(self, requests: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """By request the seal of its filing, and its approvals; empty where there are none."""
        pipe = self._runner.client.pipeline(transaction=False)
        for request in requests:
            pipe.hmget(self._runner.key("text", request), ["filing", "approvals"])
        async with ours(_SECONDS):
            found = await pipe.execute()
        return {
            request: (filing or "", approvals or "")
            for request, (filing, approvals) in zip(requests, found, strict=True)
        }

    async def back(self, event: str, steps: int) -> Entry | None:
        """The event so many before one."""
        async with ours():
            found: Sequence[Entry] = await self._runner.client.xrevrange(
                self._runner.key("audit"), event, "-", count=steps + 1
            )
        return found[steps] if len(found) > steps else None

    async def tiles(self, fork: int, places: Sequence[Place]) -> dict[Place, list[bytes]]:
        """Those of these tiles that are there."""
        if not places:
            return {}
        names = [f"{fork}/{tile_name(place)}" for place in places]
        async with ours(_SECONDS):
            found = await self._runner.client.hmget(self._runner.key("tree_tiles"), names)
        return {place: read_tile(text) for place, text in zip(places, found, strict=True) if text}

    async def most(self) -> int:
        """More events than any fork can have: what the tiles have room for, and what the stream has."""
        client, key = self._runner.client, self._runner.key
        async with ours():
            return int(await client.hlen(key("tree_tiles"))) * WIDTH + int(await client.xlen(key("audit")))

    async def seal(self, before: TreeHead, head: TreeHead, tiles: Mapping[Place, Sequence[bytes]]) -> bool:
        """Store a head that follows another one; False where the tree, or the lease, is not as it was."""
        done = await self._runner.run(
            "seal_tree",
            token=self._token,
            fork=str(head.fork),
            before=before.stored,
            head=head.written(),
            note=head.note,
            size=head.size,
            tiles={tile_name(place): write_tile(hashes) for place, hashes in tiles.items()},
        )
        return bool(done)

    async def redact(
        self,
        op: str,
        actor: Actor,
        event: str,
        why: str,
        texts: Mapping[str, str],
        about: tuple[str, str, str],
        judgements: Mapping[str, str],
    ) -> int | None:
        """Take away what somebody typed; how many events had it.

        None, and nothing is taken, while its request lives.

        Args:
            op: the operation's id.
            actor: who does it.
            why: for the audit.
            event: what the operator named.
            texts: every event that has it -> the day that its text is kept under.
            about: the request, whom or what a lock is on, and the alert; empty for none.
            judgements: `REVIEW:ITEM` of access reviews that have it -> the review.
        """
        request, target, alert = about
        outcome = await self._runner.outcome(
            "redact",
            op=op,
            actor=str(actor),
            event=event,
            events=dict(texts),
            request=request,
            target=target,
            alert=alert,
            why=why,
            judgements=dict(judgements),
        )
        return int(outcome["done"]) if "done" in outcome else None

    async def replicated(self) -> bool:
        """Whether a replica has all that was written until now; true where Redis has none."""
        pipe = self._runner.client.pipeline(transaction=False)
        # WAIT asks for what its own connection wrote, and so for all that came before.
        pipe.hset(self._runner.key("tree"), "waited", self._token)
        pipe.execute_command("WAIT", 1, _WAIT_MILLISECONDS)
        async with ours(_SECONDS):
            if not await self._has_replicas():
                return True
            written, reached = await pipe.execute(raise_on_error=False)
            if isinstance(written, Exception):
                raise written
        return isinstance(reached, int) and reached > 0  # a server without WAIT says nothing of replicas

    async def _has_replicas(self) -> bool:
        try:
            info: Any = await self._runner.client.info("replication")
        except ResponseError:  # a store that knows nothing of replicas
            return False
        return int(info.get("connected_slaves", 0)) > 0

    async def thread_of(self, day: str) -> str:
        """The message under which the heads of a day are told; empty where there is none yet."""
        async with ours():
            found = await self._runner.client.hmget(self._runner.key("tree"), ["day", "thread"])
        return str(found[1]) if found[0] == day and found[1] else ""

    async def keep_thread(self, day: str, ts: str) -> None:
        """Remember it; those of earlier days are forgotten."""
        async with nothing_to_check():
            await self._runner.run("keep_day", day=day, thread=ts)

    async def fork(self, before: TreeHead, fork: int, origin: str, lost: TreeHead, rest: Rest) -> bool:
        """Begin another tree, whose first event names the lost head, and what no tree seals."""
        done = await self._runner.run(
            "fork_tree",
            token=self._token,
            fork=str(fork),
            before=before.stored,
            origin=origin,
            lost=lost.note,
            lost_size=lost.size,
            found_size=before.size,
            between=rest.count,
            digest=rest.digest,
            upto=rest.last,
        )
        return bool(done)
