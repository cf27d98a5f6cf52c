"""Who is believed about where the primary is, and what a connection does once another one is."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import redis

from envaccess.domain.store_address import Endpoint, read_address
from envaccess.store.locator import NotFoundError, SentinelMajority, SlotOwner, make_locator, slot_of

OLD, NEW, THIRD = ("10.0.0.1", 6379), ("10.0.0.2", 6379), ("10.0.0.3", 6379)
LOST = redis.ConnectionError("no route")
NEVER = object()
"""What a Sentinel says that takes bytes and answers nothing."""


class Said:
    """Servers that answer what they were told to."""

    def __init__(self, answers: Sequence[object]) -> None:
        self.by = {(f"s{number}", 1): answer for number, answer in enumerate(answers)}
        self.open = 0

    async def __call__(self, endpoint: Endpoint) -> Any:
        self.open += 1
        try:
            answer = self.by[endpoint]
            if answer is NEVER:
                await asyncio.Event().wait()
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.open -= 1


async def find(*answers: object) -> Endpoint | None:
    """What so many Sentinels come to; nobody is left waiting for one of them."""
    said = Said(answers)
    try:
        return await SentinelMajority(said, list(said.by), "main").find()
    finally:
        assert said.open == 0


@pytest.mark.parametrize(
    "answers",
    [
        (NEW,),
        (NEW, NEW, NEW),
        (NEW, OLD, NEW),
        (OLD, NEW, NEW),
        (LOST, NEW, NEW),
        (NEVER, NEW, NEW),
        (NEW, NEW, NEVER),
        (None, NEW, NEW),
        (OLD, NEVER, NEW, LOST, NEW, NEW),
        ({"host": "10.0.0.1"}, NEW, NEW),
        (["10.0.0.1", float("inf")], NEW, NEW),
        (["10.0.0.2", "6379"], ["10.0.0.2", 6379]),
    ],
)
async def test_more_than_half_of_all_sentinels_are_believed(answers: tuple[object, ...]) -> None:
    found = await find(*(NEW if len(answers) == 6 and answer is LOST else answer for answer in answers))
    assert found == NEW


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((OLD, LOST, LOST), "1 of 3 Sentinels answered, and 2 must agree"),
        ((LOST, LOST, LOST), "0 of 3 Sentinels answered"),
        ((OLD, NEW), "do not agree"),
        ((OLD, NEW, THIRD), "do not agree"),
        ((OLD, OLD, NEW, NEW), "do not agree"),
        ((None, None, OLD), "know no primary called main"),
        ((None,), "know no primary called main"),
        ((redis.AuthenticationError("word-for-tests"),), "refused: NOAUTH"),
        ((redis.exceptions.NoPermissionError("word-for-tests"),), "refused: NOAUTH"),
        ((["10.0.0.2"],), "0 of 1"),
        ((["10.0.0.2", "no port"],), "0 of 1"),
        ((["10.0.0.2", 65_536],), "0 of 1"),
        ((["10.0.0.2", 0],), "0 of 1"),
        ((["", 6379],), "0 of 1"),
        (([None, 6379],), "0 of 1"),
        (({"ip": "10.0.0.2"},), "0 of 1"),
        ((["10.0.0.2", float("inf")],), "0 of 1"),
    ],
)
async def test_a_minority_of_sentinels_leads_nobody_anywhere(answers: tuple[object, ...], why: str) -> None:
    """One that was cut off with the old primary still names that."""
    with pytest.raises(NotFoundError, match=why) as caught:
        await find(*answers)
    assert "for-tests" not in str(caught.value)


def shards(*owners: tuple[Endpoint, ...], at: int = 0) -> list[list[Any]]:
    """What `CLUSTER SLOTS` answers where these serve one slot each, from this one on."""
    return [[at + number, at + number, *map(list, nodes)] for number, nodes in enumerate(owners)]


async def owner(*answers: object, key: str = "envaccess:{T0ACME}:audit") -> Endpoint | None:
    """Who serves a key, as so many nodes say."""
    said = Said(answers)
    locator = SlotOwner(said, list(said.by))
    locator.use(key)
    return await locator.find()


SLOT = slot_of("envaccess:{T0ACME}:audit")


@pytest.mark.parametrize(
    "answers",
    [
        (shards((NEW, OLD), at=SLOT),),
        (shards((OLD, NEW), (NEW, OLD), at=SLOT - 1),),
        (LOST, shards((NEW,), at=SLOT)),
        (NEVER, shards((NEW,), at=SLOT), shards((NEW,), at=SLOT)),
        (shards((OLD,), at=SLOT), shards((NEW,), at=SLOT), shards((NEW,), at=SLOT)),
        (shards((OLD,), at=SLOT + 1), shards((NEW,), at=SLOT)),
        ([[0, 16_383, ["10.0.0.1", float("inf")]]], shards((NEW,), at=SLOT)),
        ([[0, 16_383, {"ip": "10.0.0.1"}]], shards((NEW,), at=SLOT)),
    ],
)
async def test_the_owner_of_the_slot_is_whom_most_answers_name(answers: tuple[object, ...]) -> None:
    assert await owner(*answers) == NEW


@pytest.mark.parametrize("answers", [(LOST, LOST), (shards((OLD,), at=SLOT + 1),), ([],), (["junk"],)])
async def test_a_slot_that_nobody_serves_has_no_owner(answers: tuple[object, ...]) -> None:
    with pytest.raises(NotFoundError, match="no node of the cluster"):
        await owner(*answers)


async def test_who_served_the_slot_is_asked_when_those_that_are_named_are_gone() -> None:
    said = Said([shards((OLD, NEW), at=SLOT)])
    locator = SlotOwner(said, list(said.by))
    locator.use("envaccess:{T0ACME}:audit")
    assert await locator.find() == OLD
    said.by = {("s0", 1): LOST, OLD: LOST, NEW: shards((NEW, OLD), at=SLOT)}
    assert await locator.find() == NEW


def test_slots_are_counted_as_the_servers_count_them() -> None:
    """The values are those of the Redis Cluster specification and of `CLUSTER KEYSLOT`."""
    assert [slot_of(key) for key in ("123456789", "foo", "{foo}bar", "x{}y", "{user}{y}")] == [
        0x31C3,
        12182,
        12182,
        slot_of("x{}y"),
        slot_of("user"),
    ]


class Answering:
    """A connection of redis-py that answers one thing."""

    def __init__(self, answer: object) -> None:
        self.answer, self.closed = answer, False

    async def connect(self) -> None:
        return None

    async def send_command(self, *_words: str) -> None:
        return None

    async def read_response(self) -> object:
        return self.answer

    async def disconnect(self, **_: object) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("url", "trusted", "allowed"),
    [
        ("redis+sentinel://127.0.0.1/main", False, False),
        ("redis+cluster://localhost", False, False),
        ("redis+sentinel://127.0.0.1/main", True, True),
        ("rediss+sentinel://127.0.0.1/main", False, True),
        ("redis+sentinel://127.0.0.1,ten.example/main", False, True),
    ],
)
async def test_whoever_is_asked_here_leads_no_password_off_this_machine(
    url: str, trusted: bool, allowed: bool
) -> None:
    """Such a URL passed the check of its way without TLS, because it names only this machine."""
    made: list[tuple[Mapping[str, Any], Answering]] = []

    def connection(**options: Any) -> Answering:
        answer = list(NEW) if "sentinel" in url else shards((NEW,))
        made.append((options, Answering(answer)))
        return made[-1][1]

    locator = make_locator(read_address(url), connection, trust_network=trusted)
    if allowed:
        assert await locator.find() == NEW
    else:
        with pytest.raises(NotFoundError, match="not on this machine"):
            await locator.find()
    assert all(connection.closed for _, connection in made)


@pytest.mark.parametrize("owner", [("127.0.0.1", 7), NEW])
async def test_whom_a_cluster_here_names_elsewhere_is_told_no_password_when_asked(owner: Endpoint) -> None:
    """Not only the owner is spoken to: who served the slot is asked, and logged in to, the next time."""
    asked: list[str] = []

    def connection(**options: Any) -> Answering:
        asked.append(options["host"])
        return Answering(shards((owner, THIRD), at=SLOT))

    url = "redis+cluster://user:word-for-tests@127.0.0.1:6379"
    locator = make_locator(read_address(url), connection, trust_network=False)
    locator.use("envaccess:{T0ACME}:audit")
    for _ in range(2):
        if owner == NEW:
            with pytest.raises(NotFoundError, match="not on this machine"):
                await locator.find()
        else:
            assert await locator.find() == owner
    assert set(asked) == {"127.0.0.1"}


async def test_a_sentinel_is_never_told_the_password_of_redis() -> None:
    made: list[Mapping[str, Any]] = []

    def connection(**options: Any) -> Answering:
        made.append(options)
        return Answering(list(OLD))

    url = "rediss+sentinel://user:word-for-tests@one/main?sentinel_password=watch-for-tests"
    await make_locator(read_address(url), connection, trust_network=False).find()
    url = "rediss+sentinel://user:word-for-tests@one/main"
    await make_locator(read_address(url), connection, trust_network=False).find()
    assert [(each["username"], each["password"]) for each in made] == [
        (None, "watch-for-tests"),
        (None, None),
    ]
