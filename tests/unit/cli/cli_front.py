"""The concrete parts as the commands see them, kept in memory; and ways to run a command against them."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from click.testing import CliRunner

from envaccess.application.installation_checks import Finding
from envaccess.cli import root
from envaccess.domain.audit import Actor, ActorKind, Event
from envaccess.domain.backup import BackupCounts, BackupMade, BackupRestored
from envaccess.domain.catalogue import SEALED, CatalogueEntry
from envaccess.domain.errors import EnvaccessError, SealError, StoreUncertainError, ValueMissingError
from envaccess.domain.fleet import Fleet
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.sinks import SinkLag
from envaccess.domain.variable import Variable
from tests.fakes.books import Books
from tests.fakes.ledger import FakeLedger
from tests.fakes.locks import FakeLocks
from tests.unit.cli.review_tools import FakeReviewTools
from tests.unit.cli.sink_tools import FakeSinks

HOME = Path(__file__).parents[3]
NOON = 1_760_011_200_123
ME = Actor(ActorKind.CLI, "tester")
PRINTED: list[str] = []
"""What the commands of a test have printed, without values that were asked for."""


@dataclass
class FakeValues:
    """Values and the catalogue in memory.

    Attributes:
        ends: live grants that end with any variable.
        lost_answers: so many changes land, but their answers are lost.
        broken_from: the write with this number, and all after it, fails.
        rivals: variables that somebody creates between our look and our write.
        leavers: variables that somebody deletes between our look and our change.
        lost: variables that exist, and whose value does not.
        refused: variables whose catalogue records do not hold.
        shut: variables whose value no master key opens.
        stale: variables sealed under another key than the first.
    """

    kept: dict[Variable, str] = field(default_factory=dict)
    versions: dict[Variable, int] = field(default_factory=dict)
    outcomes: dict[str, object] = field(default_factory=dict)
    ends: int = 0
    lost_answers: int = 0
    broken_from: int = 1_000_000
    rivals: frozenset[Variable] = frozenset()
    leavers: frozenset[Variable] = frozenset()
    stale: set[Variable] = field(default_factory=set)
    fault: EnvaccessError | None = None
    read: list[tuple[Variable, str]] = field(default_factory=list)
    locked: Refusal | None = None
    lost: set[Variable] = field(default_factory=set)
    refused: frozenset[Variable] = frozenset()
    shut: frozenset[Variable] = frozenset()

    async def names(self) -> Sequence[Variable]:
        return sorted(self.kept)

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        held = self.kept.keys() - self.refused
        return {variable: self._entry(variable) for variable in variables if variable in held}

    def _entry(self, variable: Variable) -> CatalogueEntry:
        version = self.versions.get(variable, 1)
        return CatalogueEntry(variable, SEALED, str(ME), "first", version, created_at=NOON, changed_at=NOON)

    async def write(self, op: str, variable: Variable, value: str, actor: Actor, *, replace: bool) -> Written:
        assert actor == ME
        if self.fault and len(self.outcomes) + 1 >= self.broken_from:
            raise self.fault
        if op not in self.outcomes:
            self.outcomes[op] = self._write(variable, value, replace=replace)
        self._lose()
        outcome = self.outcomes[op]
        assert isinstance(outcome, Written)
        return outcome

    async def delete(self, op: str, variable: Variable, actor: Actor) -> int | None:
        assert actor == ME
        if op not in self.outcomes:
            found = self.kept.pop(variable, None)
            self.outcomes[op] = None if found is None else self.ends
        self._lose()
        outcome = self.outcomes[op]
        assert outcome is None or isinstance(outcome, int)
        return outcome

    async def read_out(self, op: str, variable: Variable, actor: Actor, why: str) -> str | Refusal:
        assert (op, actor) == ("op1", ME)
        self.read.append((variable, why))
        if variable not in self.kept or variable in self.lost:
            raise ValueMissingError(variable.label)
        self._open(variable)
        return self.locked or self.kept[variable]

    async def holds(self, variable: Variable, text: str) -> bool:
        return self.kept.get(variable) == text

    async def reseal(self, op: str, variable: Variable, actor: Actor) -> bool:
        assert actor == ME
        if variable in self.leavers:
            raise ValueMissingError(variable.label)
        self._open(variable)
        if op not in self.outcomes:
            self.outcomes[op] = variable in self.stale
            self.stale.discard(variable)
        self._lose()
        return bool(self.outcomes[op])

    def _open(self, variable: Variable) -> None:
        if variable in self.shut:
            raise SealError("A value could not be sealed or opened.")

    def _write(self, variable: Variable, value: str, *, replace: bool) -> Written:
        if variable in self.rivals:
            self.kept.setdefault(variable, "a rival's value")
        existed = variable in self.kept
        if existed and not replace:
            return Written.EXISTS
        self.kept[variable] = value
        self.versions[variable] = self.versions.get(variable, 0) + 1
        return Written.CHANGED if existed else Written.CREATED

    def _lose(self) -> None:
        if self.lost_answers:
            self.lost_answers -= 1
            raise StoreUncertainError("Redis did not answer in time")


@dataclass
class FakeTrail:
    """A stream in memory; whoever waits at its end is given the next of `coming`, then interrupted."""

    events: list[Event] = field(default_factory=list)
    coming: list[Event] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        later = [event for event in self.events if _order(event.id) > _order(cursor)]
        self.pages.append(len(later[:count]))
        return later[:count]

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        return [
            replace(event, detail={k: v for k, v in event.detail.items() if k != "reason"})
            for event in await self.after(cursor, count)
        ]

    async def tail(self, count: int) -> Sequence[Event]:
        assert count, "XREVRANGE with COUNT 0 is no question"
        return self.events[-count:]

    async def last(self) -> str:
        return self.events[-1].id if self.events else "0-0"

    async def wait(self, last: str, seconds: float) -> str:
        assert seconds <= 60
        assert last == await self.last()
        if not self.coming:
            raise KeyboardInterrupt
        self.events.append(self.coming.pop(0))
        return await self.last()


@dataclass
class FakeIds:
    """Operation ids that can be told apart."""

    given: int = 0

    def operation(self) -> str:
        self.given += 1
        return f"op{self.given}"


@dataclass
class FakeDesk:
    """A workspace."""

    values: FakeValues = field(default_factory=FakeValues)
    trail: FakeTrail = field(default_factory=FakeTrail)
    ids: FakeIds = field(default_factory=FakeIds)
    locks: FakeLocks = field(default_factory=lambda: FakeLocks(Books()))
    ledger: FakeLedger = field(default_factory=lambda: FakeLedger(Books()))
    team: str = "Acme"
    from_store: bool = False
    known: bool | None = True
    actor: Actor = ME
    moved_keys: int = 0
    served_now: bool = False
    erased: int = 0
    left_over: str = ""
    elsewhere: dict[Variable, str] = field(default_factory=dict)
    not_erased: EnvaccessError | None = None

    @property
    def catalogue(self) -> FakeValues:
        return self.values

    async def knows(self, _user: str) -> bool | None:
        return self.known

    def source_of(self, variable: Variable) -> str:
        return self.elsewhere.get(variable, SEALED)

    async def reseal_keys(self, _op: str) -> int:
        return self.moved_keys

    async def drop_seal_key(self, _op: str) -> bool:
        return not self.served_now

    async def erase_old(self) -> str:
        self.erased += 1
        if self.not_erased:
            raise self.not_erased
        return self.left_over


@dataclass
class FakeFront:
    """All that is heavy, light.

    Attributes:
        fault: raised by whatever is opened or run.
        unset: raised when the settings are checked.
        after: raised by the diagnosis after its findings.
    """

    inside: FakeDesk = field(default_factory=FakeDesk)
    findings: Sequence[Finding] = ()
    fault: BaseException | None = None
    unset: EnvaccessError | None = None
    after: EnvaccessError | None = None
    opened: int = 0
    served: bool = False
    named: str = ""
    asked: list[tuple[object, ...]] = field(default_factory=list)
    counts: BackupCounts = field(default_factory=lambda: BackupCounts(12, 1, 5310, 20))
    missing_keys: tuple[str, ...] = ()
    tried: Mapping[str, str] = field(default_factory=dict)
    fed: FakeSinks = field(default_factory=FakeSinks)
    reviews: FakeReviewTools = field(default_factory=FakeReviewTools)
    serving: Fleet = field(default_factory=lambda: Fleet(NOON, ()))

    def check_settings(self) -> None:
        if self.unset:
            raise self.unset

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[FakeDesk]:
        if self.fault:
            raise self.fault
        self.opened += 1
        yield self.inside

    @asynccontextmanager
    async def host(self, workspace: str) -> AsyncIterator[FakeDesk]:
        self.named = workspace
        async with self.operator() as inside:
            yield inside

    async def fleet(self, workspace: str) -> tuple[Fleet, Sequence[SinkLag]]:
        self.named = workspace
        if self.fault:
            raise self.fault
        return self.serving, await self.fed.lags()

    async def diagnose(self) -> AsyncIterator[Finding]:
        if self.fault:
            raise self.fault
        for finding in self.findings:
            yield finding
        if self.after:
            raise self.after

    async def serve(self) -> None:
        if self.fault:
            raise self.fault
        self.served = True

    async def back_up(self, workspace: str, path: Path, *, replace: bool) -> BackupMade:
        self.asked.append(("back up", workspace, path, replace))
        if self.fault:
            raise self.fault
        return BackupMade(workspace or "T0ACME", str(path), self.counts, "0" * 64)

    async def restore(self, workspace: str, path: Path, *, replace: bool) -> BackupRestored:
        self.asked.append(("restore", workspace, path, replace))
        if self.fault:
            raise self.fault
        return BackupRestored(workspace or "T0ACME", self.counts, NOON, 1, 2, self.missing_keys)

    async def check_sinks(self) -> Mapping[str, str]:
        if self.fault:
            raise self.fault
        return self.tried

    @asynccontextmanager
    async def sinks(self, workspace: str) -> AsyncIterator[FakeSinks]:
        self.named = workspace
        if self.fault:
            raise self.fault
        yield self.fed

    @asynccontextmanager
    async def access_reviews(self, workspace: str, *, changing: bool) -> AsyncIterator[FakeReviewTools]:
        self.named = workspace
        self.asked.append(("access reviews", changing))
        yield self.reviews

    def new_master_key(self) -> str:
        return "a-new-key-for-tests"


@dataclass(frozen=True)
class Ended:
    """What a command came to, with both streams and everything that its exception chain says."""

    code: int
    out: str
    err: str
    said: str


def _order(event: str) -> tuple[int, int]:
    milliseconds, _, sequence = event.partition("-")
    return int(milliseconds), int(sequence)


def run(front: FakeFront, *args: str, stdin: bytes = b"") -> Ended:
    """Run a command in this process; its stdin is no terminal."""
    result = CliRunner().invoke(root, args, input=stdin, obj=front)
    PRINTED.append(result.stderr if args[:2] == ("secrets", "read") else result.output)
    said = f"{result.output}{result.exception!r}{_chain(result.exception)}"
    return Ended(result.exit_code, result.stdout, result.stderr, said)


def _chain(error: BaseException | None) -> str:
    """Every exception that led to this one, in words and arguments."""
    if error is None:
        return ""
    return f"{error!r} {error.args!r} {vars(error)!r}{_chain(error.__cause__ or error.__context__)}"


def start(
    script: str,
    *args: str,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    session: bool = False,
) -> subprocess.Popen[bytes]:
    """Run Python code in a process of its own, with the repository's packages, without our settings."""
    clean = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - what a process of its own inherits
        if not name.startswith(("SLACK_", "ENVACCESS_")) and name not in {"REDIS_URL", "PORT"}
    }
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", script, *args],
        cwd=HOME,
        env={**clean, "PYTHONPATH": str(HOME), "XDG_STATE_HOME": "/nonexistent", **(environment or {})},
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=session,
    )


def dump(front: FakeFront, path: str) -> None:
    """Write down what is kept, for a test that watches from outside."""
    kept = {variable.label: value for variable, value in front.inside.values.kept.items()}
    Path(path).write_text(json.dumps(kept), encoding="utf-8")


def variable(label: str) -> Variable:
    environment, _, name = label.rpartition("/")
    return Variable(environment or "default", name)
