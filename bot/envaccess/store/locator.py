"""Where the primary of a workspace is: an address, what most Sentinels say, or the owner of the slot.

redis-py's own Sentinel and Cluster clients are not used: they follow ASK, lose slots and leak connections
while a primary changes (ADR 0033). A workspace is one slot, so it has one primary, and a pool of connections
to one server is enough.
"""

import asyncio
import binascii
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final, Protocol, TypeVar

import redis.asyncio as redis
from redis import exceptions

from envaccess.domain.errors import EnvaccessError
from envaccess.domain.hosts import is_loopback
from envaccess.domain.store_address import Endpoint, Locating, StoreAddress

SLOTS: Final = 16_384
_NODES_ASKED: Final = 16
"""Nodes of a cluster that are asked at most."""

_NO_ANSWER: Final = (
    *(redis.RedisError, OSError, TimeoutError),
    *(ValueError, TypeError, LookupError, ArithmeticError, AttributeError),
)
"""What comes of nobody there, and of an answer that is none: one that lies stops none of the others."""
_PORT_LAST: Final = 65_535

T = TypeVar("T")
Ask = Callable[[Endpoint], Awaitable[Any]]
"""Ask a server the locator's question; raises what redis-py raises."""


class NotFoundError(EnvaccessError):
    """It is not known where the primary is: nothing was sent."""


class Locator(Protocol):
    """Finds the primary, each time that a connection is opened."""

    async def find(self) -> Endpoint | None:
        """Where it is; None: where redis-py was told.

        Raises:
            NotFoundError: nobody says.
        """
        ...

    def use(self, key: str) -> bool:
        """Say of which key the primary is meant; whether that may be another one than before."""
        ...


class Fixed:
    """One server, whose name may stand for another one tomorrow."""

    async def find(self) -> Endpoint | None:
        """As redis-py was told."""
        return None

    def use(self, key: str) -> bool:  # noqa: ARG002 - fits `Locator`
        """All keys are there."""
        return False


class SentinelMajority:
    """What more than half of all Sentinels say, not just of those that answer.

    One that was cut off with the old primary still names that.
    """

    def __init__(self, ask: Ask, sentinels: Sequence[Endpoint], service: str) -> None:
        """Nothing is asked yet.

        Args:
            ask: asks one of them for the address of the primary: host and port, or None.
            sentinels: all of them.
            service: what they call the primary.
        """
        self._ask, self._sentinels, self._service = ask, sentinels, service

    async def find(self) -> Endpoint | None:
        """As soon as enough of them say the same."""
        needed, said, answers = len(self._sentinels) // 2 + 1, Counter[Endpoint | None](), 0
        why = ""
        async with aclosing(_answers(self._ask, self._sentinels, _read_primary)) as told:
            async for answer in told:
                if isinstance(answer, Exception):
                    why = _refusal(answer) or why
                    continue
                answers += 1
                said[answer] += 1
                if said[answer] < needed:
                    continue
                if answer is None:
                    raise NotFoundError(f"most Sentinels know no primary called {self._service}")
                return answer
        count = len(self._sentinels)
        if answers >= needed:
            raise NotFoundError(f"the {count} Sentinels do not agree on a primary at this moment")
        raise NotFoundError(f"{answers} of {count} Sentinels answered, and {needed} must agree{why}")

    def use(self, key: str) -> bool:  # noqa: ARG002 - fits `Locator`
        """All keys are there."""
        return False


class SlotOwner:
    """Who owns the slot of a workspace, as most of the nodes say that answer.

    Those that are named are asked, and whoever served the slot when it was last looked up: one of these takes
    over. A node that was cut off refuses writes by itself.
    """

    def __init__(self, ask: Ask, nodes: Sequence[Endpoint]) -> None:
        """Nothing is asked yet.

        Args:
            ask: asks a node `CLUSTER SLOTS`.
            nodes: those that are named.
        """
        self._ask, self._named = ask, tuple(nodes)
        self._shard: tuple[Endpoint, ...] = ()
        self._slot: int | None = None

    async def find(self) -> Endpoint | None:
        """The owner; before a workspace is known, any primary."""
        nodes = tuple(dict.fromkeys((*self._named, *self._shard)))[:_NODES_ASKED]
        shards, why = Counter[tuple[Endpoint, ...]](), ""
        async with aclosing(_answers(self._ask, nodes, self._read_shard)) as told:
            async for answer in told:
                if isinstance(answer, Exception):
                    why = _refusal(answer) or why
                elif answer:
                    shards[answer] += 1
                    if shards[answer] > len(nodes) // 2:
                        break
        if not shards:
            raise NotFoundError(f"no node of the cluster says who serves the workspace's slot{why}")
        self._shard = shards.most_common(1)[0][0]
        return self._shard[0]

    def use(self, key: str) -> bool:
        """Look for the owner of this key's slot from now on."""
        before, self._slot = self._slot, slot_of(key)
        return before != self._slot

    def _read_shard(self, answer: Any) -> tuple[Endpoint, ...]:  # noqa: ANN401 - what redis-py read
        """The owner and its replicas; nobody where the slot is served by none."""
        for first, last, *nodes in answer:
            if self._slot is None or first <= self._slot <= last:
                return tuple(_endpoint(node) for node in nodes)
        return ()


def slot_of(key: str) -> int:
    """The slot of a key, by its hash tag (Redis Cluster specification, *Hash tags*: CRC16/XMODEM)."""
    tag = key.partition("{")[2].partition("}")[0] or key
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


def make_locator(address: StoreAddress, connection: Callable[..., Any], *, trust_network: bool) -> Locator:
    """The locator for an address.

    Args:
        address: what REDIS_URL says.
        connection: makes a connection of redis-py to a `host` and `port`, which is not opened yet.
        trust_network: whether what is not this machine may be spoken to in clear text, although only this
            machine is named.
    """
    if address.locating is Locating.FIXED:
        return Fixed()
    only_here = not (address.remote or trust_network or address.url.startswith("rediss:"))
    if address.locating is Locating.SENTINEL:
        login = {"username": address.user, "password": address.password, "db": 0, "client_name": None}
        words: tuple[str, ...] = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.service)
        return _Near(
            SentinelMajority(_asking(connection, words, login), address.endpoints, address.service), only_here
        )
    asking = _asking(connection, ("CLUSTER", "SLOTS"), {})
    return _Near(SlotOwner(_asking_here(asking) if only_here else asking, address.endpoints), only_here)


class _Near:
    """A locator that leads nobody off this machine in clear text, where REDIS_URL names only this machine."""

    def __init__(self, locator: Locator, only_here: bool) -> None:
        self._locator, self._only_here, self.use = locator, only_here, locator.use

    async def find(self) -> Endpoint | None:
        """As the other one does."""
        found = await self._locator.find()
        if found and self._only_here and not is_loopback(found[0]):
            raise NotFoundError("the primary is not on this machine, and would be spoken to without TLS")
        return found


def _asking(connection: Callable[..., Any], words: Sequence[str], login: dict[str, Any]) -> Ask:
    """Ask on a connection that is closed again."""

    async def ask(endpoint: Endpoint) -> Any:  # noqa: ANN401 - whatever it answers
        host, port = endpoint
        asked = connection(host=host, port=port, redis_connect_func=None, **login)
        try:
            await asked.connect()
            await asked.send_command(*words)
            answer = await asked.read_response()
            if words[0] == "CLUSTER":
                return [_with_host(each, host) for each in answer]
            return answer
        finally:
            await asked.disconnect(nowait=True)

    return ask


def _asking_here(asking: Ask) -> Ask:
    """Ask servers of this machine only: whoever is asked is told our password, and these name others."""

    async def ask(endpoint: Endpoint) -> Any:  # noqa: ANN401 - whatever it answers
        if not is_loopback(endpoint[0]):
            raise NotFoundError("it is not on this machine, and would be spoken to without TLS")
        return await asking(endpoint)

    return ask


def _with_host(entry: Sequence[Any], asked: str) -> list[Any]:
    """Slots and who serves them; a node that does not know its own name is where it was asked."""
    first, last, *nodes = entry
    return [first, last, *((node[0] or asked, node[1]) for node in nodes)]


async def _answers(
    ask: Ask, endpoints: Sequence[Endpoint], read: Callable[[Any], T]
) -> AsyncGenerator[T | Exception]:
    """What each of them answers, or why it did not, as it comes; whoever has heard enough ends the others."""
    asking = [asyncio.ensure_future(ask(endpoint)) for endpoint in endpoints]
    try:
        for answer in asyncio.as_completed(asking):
            try:
                yield read(await answer)
            except (*_NO_ANSWER, NotFoundError) as error:
                yield error
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


def _read_primary(told: Any) -> Endpoint | None:  # noqa: ANN401 - what redis-py read
    return _endpoint(told) if told else None


def _endpoint(told: Sequence[Any]) -> Endpoint:
    """A host and a port. Raises one of `_NO_ANSWER`: it is none."""
    host, port = told[0], int(told[1])
    if not isinstance(host, str) or not host or not 0 < port <= _PORT_LAST:
        raise ValueError("no server")
    return host, port


def _refusal(error: Exception) -> str:
    """Whether it let us in at all; its own words may hold whatever we sent."""
    refused = (exceptions.AuthenticationError, exceptions.NoPermissionError)
    return " (refused: NOAUTH or WRONGPASS)" if isinstance(error, refused) else ""
