"""A store whose events are sealed by a process, and what a test does to it."""

import secrets
from collections.abc import Sequence
from typing import Any

from envaccess.crypto.log_keys import LogKey
from envaccess.domain.audit import BOT, Tag
from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.checkpoint import SignedNote, VerifierKey
from envaccess.domain.seals.statements import SealMaker
from envaccess.domain.tree_check import TreeReport
from envaccess.projections.checkpoints import APART_SECONDS, SEAL_SECONDS, Checkpoints
from envaccess.store.keys import AUDIT_RETENTION
from envaccess.store.tree import Entry, RedisTree
from envaccess.wiring.audit_tree import verify_store
from envaccess.wiring.log_keys import LogKeys
from tests.store.harness import StoreHarness

LOG = "envaccess/T0ACME/0a1b2c3d"
SEED = bytes(range(32))


class Memory:
    """What a process remembers of heads."""

    def __init__(self) -> None:
        self.head: TreeHead | None = None

    def last(self) -> TreeHead | None:
        return self.head

    def keep(self, head: TreeHead) -> None:
        self.head = head


class Journal:
    """What was alarmed."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def fault(self, what: str, **_: str) -> None:
        self.told.append(what)

    def crash(self, what: str, error: BaseException) -> None:
        raise AssertionError(what) from error


class RecordingKeys:
    """Signs, and remembers every head that it ever signed."""

    def __init__(self) -> None:
        self.log, self.signed = LOG, list[SignedNote]()

    async def refresh(self) -> None:
        """There is one key."""

    def choose(self, before: SignedNote | None, unsealed: Sequence[str]) -> None:
        """There is one."""

    def sign(self, origin: str, body: str) -> SignedNote:
        note = LogKeys(LOG, {1: SEED}).sign(origin, body)
        self.signed.append(note)
        return note


class Sealed:
    """A store whose events are sealed by a process, and what a test does to it."""

    def __init__(
        self, harness: StoreHarness, token: str = "process-1", retention: int = AUDIT_RETENTION
    ) -> None:
        self.harness, self.client = harness, harness.client
        self.tree = RedisTree(harness.runner, token)
        self.memory, self.journal, self.keys, self.now = Memory(), Journal(), RecordingKeys(), 1_000.0
        self.checkpoints = Checkpoints(
            harness.outbox, self.tree, self.keys, self.memory, self.journal, lambda: self.now, retention
        )

    @property
    def stream(self) -> str:
        return self.harness.runner.key("audit")

    async def add(self, count: int) -> None:
        for _ in range(count):
            await self.harness.trail.append(self.harness.op(), Tag.POLICY_LOADED, BOT, {"digest": "abc"})

    async def add_plainly(self, count: int, age: int = 0) -> None:
        """The same as many events, so many milliseconds old, without running a script for each."""
        counter = self.harness.runner.key("event_number")
        first, now = int(await self.client.get(counter) or 0), await self.harness.now() - age
        pipe: Any = self.client.pipeline(transaction=False)
        for n in range(first, first + count):
            said = {"event": "policy.loaded", "at": str(now), "actor": "bot", "n": str(n)}
            pipe.xadd(self.stream, {**said, "s": secrets.token_hex(16)}, id=f"{now}-{n}" if age else "*")
        pipe.set(counter, first + count)
        await pipe.execute()

    async def seal(self) -> None:
        """Let a minute pass, and seal."""
        await self.checkpoints.step()
        self.now += SEAL_SECONDS + APART_SECONDS
        await self.checkpoints.step()

    async def head(self) -> TreeHead:
        return (await self.tree.heads())[-1]

    async def verify(
        self,
        *known: SignedNote,
        keys: Sequence[VerifierKey] = (LogKey(SEED, LOG).verifier,),
        seals: SealMaker | None = None,
    ) -> TreeReport:
        heads = [("a head given with --heads", note) for note in known]
        tree = RedisTree(self.harness.runner)
        return await verify_store(tree, keys, heads, await self.harness.now(), seals=seals)

    async def entries(self) -> list[Entry]:
        found: Any = await self.client.xrange(self.stream)
        return [(event, dict(fields)) for event, fields in found]

    async def rebuild(self, entries: Sequence[Entry]) -> None:
        """What whoever writes to Redis can do: the same ids, with other content."""
        await self.client.delete(self.stream)
        for event, fields in entries:
            await self.client.xadd(self.stream, dict[Any, Any](fields), id=event)

    async def dump(self) -> dict[str, bytes]:
        """Every key of the store as Redis has it."""
        blobs = {name: await self.client.dump(name) for name in await self.harness.keys()}
        return {name: blob for name, blob in blobs.items() if blob}
