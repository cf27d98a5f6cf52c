"""What checking and reloading a policy need of the world, in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envaccess.domain.audit import Actor, Tag
from envaccess.domain.file_fault import FileFault
from envaccess.domain.outcome import Attempt
from envaccess.domain.person import Person
from envaccess.domain.policy.book import Policy
from envaccess.domain.refusal import Reason
from envaccess.policy_file.reading import read_policy
from envaccess.yaml_file.file import digest_of

TEAM = "T0ACME"
CHANNEL = "C0APPROVERS"


@dataclass
class PolicyHarness:
    """A workspace: fits `ports.people.Directory`. Everybody in `people` is a full member unless marked."""

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    channels: dict[str, frozenset[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    fault: Exception | None = None

    @property
    def workspace(self) -> str:
        return TEAM

    async def person(self, user: str) -> Person | None:
        self._ask(user)
        return self.people.get(user)

    async def group(self, group: str) -> frozenset[str] | None:
        self._ask(group)
        return self.groups.get(group)

    async def persons(self, users: Sequence[str]) -> Sequence[Person | None]:
        return [await self.person(user) for user in users]

    async def members(self, channel: str) -> frozenset[str]:
        self._ask(channel)
        return self.channels.get(channel, frozenset())

    def forget(self, user: str) -> None:
        del user

    def join(self, *users: str, **marks: Any) -> None:
        self.people.update({user: Person(user, **{"team": TEAM, **marks}) for user in users})

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        if self.fault:
            raise self.fault


@dataclass
class Written:
    """The audit stream: fits `ports.audit.Trail`; a repeated operation id writes nothing."""

    events: list[tuple[Tag, dict[str, str]]] = field(default_factory=list)
    ops: set[str] = field(default_factory=set)
    fault: Exception | None = None

    async def append(self, op: str, tag: Tag, actor: Actor, detail: Mapping[str, str]) -> None:
        assert str(actor) == "bot"
        if self.fault:
            raise self.fault
        if op not in self.ops:
            self.ops.add(op)
            self.events.append((tag, dict(detail)))

    async def refuse(self, op: str, attempt: Attempt, why: Reason) -> None:
        raise NotImplementedError

    async def count_bad_signature(self) -> None:
        raise NotImplementedError

    async def count_bad_token(self) -> None:
        raise NotImplementedError

    @property
    def tags(self) -> list[Tag]:
        return [tag for tag, _ in self.events]


@dataclass
class File:
    """A file in memory: fits `policy_reload.PolicySource`; `text` None cannot be read."""

    text: str | None
    reads: int = 0

    async def digest(self) -> str:
        return "" if self.text is None else digest_of(self.text)

    async def read(self) -> tuple[str, Policy | tuple[FileFault, ...]]:
        self.reads += 1
        if self.text is None:
            return "", (FileFault(0, "", "it cannot be read", "check the path"),)
        return digest_of(self.text), read_policy(self.text, CHANNEL)


@dataclass
class Notes:
    """The log: fits `ports.process.Journal`."""

    faults: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def fault(self, what: str, **facts: str) -> None:
        self.faults.append((what, facts))

    def crash(self, what: str, error: BaseException) -> None:
        raise AssertionError(what) from error


@dataclass
class Watch:
    """The time of day: fits `ports.process.Clock`."""

    at: int = 1_767_607_200_000

    def now(self) -> int:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += int(seconds * 1000)
