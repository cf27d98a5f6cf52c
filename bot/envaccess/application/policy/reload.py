"""A changed policy file takes effect only if it checks, in itself and against Slack; else the old one stays.

Either is one audit event, whichever of several processes sees it first. Requests keep the ruling that was
pinned into them, whatever happens here.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from envaccess.application import file_watch
from envaccess.application.file_watch import FileWatch
from envaccess.application.policy.check import check_policy
from envaccess.application.ports.audit import Trail
from envaccess.application.ports.people import Directory
from envaccess.application.ports.process import Clock, Journal
from envaccess.application.rulebook import Rulebook
from envaccess.domain.audit import BOT, Tag
from envaccess.domain.errors import DirectoryError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.changes import changes

_SHORT: Final = 12
_PROBLEM_MAX: Final = 300

Read = Policy | tuple[FileFault, ...]


class PolicySource(Protocol):
    """Where the policy stands."""

    async def digest(self) -> str:
        """SHA-256 of the file as it is now, hexadecimal; empty when it cannot be read."""
        ...

    async def read(self) -> tuple[str, Read]:
        """The same, and the policy that stands there or its faults."""
        ...


class PolicyReload:
    """Looks at the policy's file, and puts what checks into the rulebook. `step` is for `workers.keep_on`."""

    def __init__(
        self,
        rulebook: Rulebook,
        source: PolicySource,
        directory: Directory,
        trail: Trail,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._rulebook = rulebook
        self._source = source
        self._directory = directory
        self._trail = trail
        self._journal = journal
        self._clock = clock
        self._started = False
        self._watch = FileWatch(rulebook.current.digest, clock)
        self._rejected: tuple[FileFault, ...] = ()

    async def step(self) -> float:
        """Look once; returns seconds until the next look. Raises `StoreError`."""
        try:
            return await self._look()
        except DirectoryError as error:
            self._journal.fault("policy.not_checked", why=str(error))
            return file_watch.LOOK_SECONDS

    async def _look(self) -> float:
        if not self._started:
            await self._start()
            return file_watch.LOOK_SECONDS
        digest = await self._source.digest()
        wait = self._watch.wait(digest)
        if wait is None:
            await self._judge()
        return file_watch.LOOK_SECONDS if wait is None else wait

    async def _start(self) -> None:
        """Tell what holds; what Slack says against it is no reason to serve nothing."""
        await self._tell(Tag.POLICY_LOADED, "start", self._watch.judged, _about(self._rulebook.current))
        self._started = True
        for fault in await check_policy(self._rulebook.current, self._directory):
            self._journal.fault("policy.live_fault", line=str(fault.line), problem=str(fault))

    async def _judge(self) -> None:
        digest, found = await self._source.read()
        if not isinstance(found, Policy):
            await self._reject(digest, found, again=False)
        elif digest == self._rulebook.current.digest:
            await self._accept(self._rulebook.current)
        elif faults := await check_policy(found, self._directory):
            await self._reject(digest, faults, again=True)
        else:
            await self._accept(found)

    async def _accept(self, policy: Policy) -> None:
        """Tell first: no policy holds that the audit does not know of."""
        detail = _about(policy) | changes(self._rulebook.current, policy)
        await self._tell(Tag.POLICY_LOADED, self._watch.judged, policy.digest, detail)
        self._rulebook.current = policy
        self._watch.note(policy.digest)
        self._rejected = ()

    async def _reject(self, digest: str, faults: tuple[FileFault, ...], *, again: bool) -> None:
        if (digest, faults) != (self._watch.judged, self._rejected):
            first = faults[0]
            detail = {
                "policy": digest[:_SHORT] or "unreadable",
                "line": str(first.line),
                "problem": str(first)[:_PROBLEM_MAX],
                "faults": str(len(faults)),
                "kept": self._rulebook.current.digest[:_SHORT],
            }
            await self._tell(Tag.POLICY_REJECTED, self._watch.judged, digest, detail)
        self._watch.note(digest, again=again)
        self._rejected = faults

    async def _tell(self, tag: Tag, before: str, digest: str, detail: Mapping[str, str]) -> None:
        """One event for all processes that see the same change within the same minute."""
        minute = self._clock.now() // 60_000
        await self._trail.append(
            f"policy:{tag}:{before[:_SHORT]}:{digest[:_SHORT]}:{minute}", tag, BOT, detail
        )


def _about(policy: Policy) -> dict[str, str]:
    return {"policy": policy.digest[:_SHORT], "rules": str(len(policy.rules))}
