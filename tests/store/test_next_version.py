"""This version and a made-up next one on one store, in turn: each does what it can read, and no harm.

Scripts are flushed in between, as a failover or a restart does.
"""

import random  # noqa: TID251 - no secret: the same lives in every run
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.domain.audit import export_line, person
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.outcome import Cancelled, Claim, Decided, Ended, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from envaccess.store.client import Client
from tests.store.harness import BOB, HOUR, StoreHarness
from tests.store.next_version import DEADLINE, EVENT, next_version, reading

STEPS = 5
"""Steps in the life of one request, besides its filing."""
AFTER = {"approve": "approved", "deny": "denied", "cancel": "cancelled"}
DONE = {"approve": Decided, "deny": Decided, "cancel": Cancelled, "reveal": Claim, "revoke": Ended}
TAGS = {
    "approve": ["request.approved", "grant.activated"],
    "deny": ["request.denied"],
    "cancel": ["request.cancelled"],
    "reveal": ["grant.revealed"],
    "revoke": ["grant.revoked"],
}
OURS = "ours"
CHANCES = 10
"""The seed of the lives."""


@dataclass
class OneLife:
    """What one request should be.

    Attributes:
        later: filed by the next version in its own schema; else by whichever, in ours.
        paused: in a state that only the next version knows.
        overdue: time has ended it, and nobody has written that down.
    """

    id: str
    who: str
    later: bool
    state: str = "pending"
    grant: str | None = None
    paused: bool = False
    overdue: bool = False
    events: list[str] = field(default_factory=lambda: ["request.created"])

    def settle(self) -> None:
        """Write down what time has done."""
        if self.overdue and self.state == "pending":
            self.state = "timed_out"
            self.events.append("request.timed_out")
        elif self.overdue and self.grant == "active":
            self.grant = "expired"
            self.events.append("grant.expired")
        self.overdue = False

    def act(self, verb: str) -> Reason | None:
        """What comes of a verb of somebody who can read it; None where it is done."""
        self.settle()
        if verb in AFTER:
            if self.state != "pending":
                return Reason.NOT_PENDING
            self.state = AFTER[verb]
            self.grant = "active" if verb == "approve" else None
        elif self.grant is None:
            return Reason.NO_GRANT
        elif self.grant != "active":
            return Reason.ENDED
        elif verb == "revoke":
            self.grant = "revoked"
        self.events += TAGS[verb]
        return None


class TwoVersions:
    """Both versions on one store, and what should be there."""

    def __init__(self, client: Client, chance: random.Random) -> None:
        self.client: Any = client
        self.chance = chance
        self.versions = {OURS: StoreHarness(client), "next": next_version(client)}
        self.lives: list[OneLife] = []

    @property
    def ours(self) -> StoreHarness:
        """This version."""
        return self.versions[OURS]

    def key(self, kind: str, name: str = "") -> str:
        """A key of the store."""
        return self.ours.runner.key(kind, name)

    async def file(self) -> None:
        """Somebody new asks, of either version; the next one adds a field, or uses its own schema."""
        version = self.chance.choice([OURS, "next"])
        later = version == "next" and self.chance.random() < 0.5
        harness, who = self.versions[version], f"U0P{len(self.lives)}"
        new = self.ours.new("A", who)
        filed = await harness.requests.open(f"file-{new.id}", new)
        assert isinstance(filed, Filed), filed
        if version == "next":
            more = {"colour": "blue"} if later else {"colour": "blue", "schema": "2"}
            await self.client.hset(self.key("request", new.id), mapping=more)
        self.lives.append(OneLife(new.id, who, later))

    def reads(self, version: str, life: OneLife) -> bool:
        """Whether a version knows every word of a record."""
        return not life.paused and (version == "next" or not life.later)

    async def act(self, life: OneLife) -> None:
        """One verb, by one of the versions."""
        version, verb = self.chance.choice(list(self.versions)), self.chance.choice(list(DONE))
        before = await self.client.hgetall(self.key("request", life.id))
        with reading(version):
            answer = await self._call(self.versions[version], life, verb)
        if not self.reads(version, life):
            assert isinstance(answer, Refusal), (version, verb, life, answer)
            assert answer.reason is Reason.RECORD_REFUSED
            assert await self.client.hgetall(self.key("request", life.id)) == before
            return
        expected = life.act(verb)
        if expected is None:
            assert isinstance(answer, DONE[verb]), (version, verb, life, answer)
        else:
            assert isinstance(answer, Refusal), (version, verb, life, answer)
            assert answer.reason is expected, (version, verb, life)

    async def _call(self, harness: StoreHarness, life: OneLife, verb: str) -> Any:
        op = f"{verb}-{self.ours.op()}"
        match verb:
            case "cancel":
                return await harness.requests.cancel(op, life.id, person(life.who))
            case "reveal":
                return await harness.claim(life.id, life.who, op)
            case "revoke":
                return await harness.revoke(life.id, person(life.who), op)
            case _:
                return await harness.decide(life.id, BOB, Verb(verb), op)

    async def pause(self, life: OneLife) -> None:
        """The next version puts a pending request into a state of its own, or back."""
        if life.state != "pending" or life.overdue:
            return
        life.paused = not life.paused
        state = "paused" if life.paused else "pending"
        await self.client.hset(self.key("request", life.id), "state", state)

    async def five_hours(self) -> None:
        """Time passes, and either version's worker settles what it can read."""
        version = self.chance.choice(list(self.versions))
        await self.ours.pass_time(5 * HOUR)
        for life in self.lives:
            life.overdue = life.state == "pending" or life.grant == "active"
        await self.versions[version].work()
        for life in self.lives:
            if self.reads(version, life):
                life.settle()

    async def strangers(self) -> None:
        """The next version writes an event and a deadline of its own."""
        await self.client.xadd(self.key("audit"), EVENT)
        await self.client.zadd(self.key("deadlines"), {f"{DEADLINE}:{len(self.lives)}": 1})

    async def check(self, life: OneLife) -> None:
        """The record is the model's, and this version reads it or refuses it alone."""
        stored = await self.client.hmget(self.key("request", life.id), "state", "grant")
        assert stored == ["paused" if life.paused else life.state, life.grant], life
        if self.reads(OURS, life):
            found = await self.ours.get(life.id)
            assert life.overdue or [found.state, found.grant] == stored
        else:
            with pytest.raises(RecordRefusedError):
                await self.ours.requests.get(life.id)


async def live(client: Client, seed: int, lives: int) -> TwoVersions:
    """So many requests, each with its steps, among each other."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    both = TwoVersions(client, chance)
    await both.ours.add("A")
    await both.strangers()
    for number in range(lives):
        await both.file()
        for life in chance.choices(both.lives[-12:], k=STEPS):
            await both.act(life)
            if chance.random() < 0.15:
                await both.pause(life)
            await both.check(life)
        if number % 5 == 0:
            await client.script_flush()
        if number % 60 == 25:
            await both.five_hours()
            await both.strangers()
    return both


async def check_all(both: TwoVersions) -> None:
    """What must hold of the whole store in the end."""
    for life in both.lives:
        await both.check(life)
    events = await both.ours.events()
    told: dict[str, list[str]] = {life.id: [] for life in both.lives}
    for event in events:
        if event.request in told and not event.event.startswith(("access.", "record.")):
            told[event.request].append(event.event)
    assert told == {life.id: life.events for life in both.lives}
    refused = Counter(event.request for event in events if event.event == "record.refused")
    assert set(refused) >= {life.id for life in both.lives if life.later}
    exported = [export_line(event) for event in events if event.event == EVENT["event"]]
    assert len([line for line in exported if '\\"phase\\":\\"full\\"' in line]) == len(exported) > 0
    kinds = [entry.partition(":")[0] for entry in await both.client.zrange(both.key("deadlines"), 0, -1)]
    assert kinds.count(DEADLINE) > 0
    undecided = {request.id for request in await both.ours.requests.undecided(10_000)}
    pending = {life.id for life in both.lives if life.state == "pending" and both.reads(OURS, life)}
    assert undecided == {life.id for life in both.lives if life.id in pending and not life.overdue}
    strange = next(life.id for life in both.lives if life.later)
    assert await both.client.hget(both.key("request", strange), "colour") == "blue"


@pytest.mark.real
async def test_200_lives_under_two_versions_are_as_each_of_them_can_read(redis: Client) -> None:
    await check_all(await live(redis, CHANCES, 200))


async def test_the_same_of_fewer_on_fakeredis() -> None:
    fake: Client = FakeAsyncRedis(decode_responses=True)
    await check_all(await live(fake, CHANCES + 1, 40))


async def test_what_this_version_files_the_next_one_goes_on_with(harness: StoreHarness) -> None:
    """Both ways: a roll-out that is rolled back, and rolled out again."""
    later = next_version(harness.client)
    mine = await harness.file("A")
    assert isinstance(await later.decide(mine), Decided)
    assert isinstance(await harness.claim(mine), Claim)
    theirs = await later.file("B")
    await harness.work()
    refused = await harness.decide(theirs)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.RECORD_REFUSED
    with reading():
        assert isinstance(await later.decide(theirs), Decided)
        assert isinstance(await later.claim(theirs), Claim)
    drawn = await harness.outbox.due(100, 100)
    assert {request.id for request in [*drawn.postings, *drawn.drawings]} == {mine}
    marks: Any = await harness.client.zrange(harness.runner.key("dirty"), 0, -1)
    assert set(marks) == {mine, theirs}, "the next version still has it to draw"
