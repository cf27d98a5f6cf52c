"""What Redis says about itself, and what its user may do: found at start, not at the first reveal."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import resources
from typing import Any

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.store import health
from envaccess.store.client import Client, connect
from envaccess.store.script_text import SHARED, script_names
from tests.store.harness import StoreHarness

pytestmark = pytest.mark.real

Restrict = Callable[..., Awaitable[Client]]


@pytest.fixture
async def restricted(redis: Client, valkey: str) -> AsyncIterator[Restrict]:
    """Makes clients of a user who may do only what is said."""
    made: list[Client] = []
    admin: Any = redis

    async def make(*rules: str) -> Client:
        await admin.execute_command(
            "ACL", "SETUSER", "limited", "reset", "on", ">value-for-tests", "~*", *rules
        )
        made.append(connect(valkey.replace("unix://", "unix://limited:value-for-tests@")))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()
    await admin.acl_deluser("limited")


def sent_by_scripts() -> set[str]:
    """Every command in any script of the product."""
    folder = resources.files("envaccess.store.scripts")
    names = [*script_names(), *SHARED]
    text = "".join((folder / f"{name}.lua").read_text("utf-8") for name in names)
    return set(re.findall(r"redis\.call\(\s*'(\w+)'", text))


def test_every_command_of_every_script_is_probed() -> None:
    assert sent_by_scripts() <= {probe[0] for probe in health._PROBES}
    assert len(sent_by_scripts()) > 15


async def test_the_embedded_server_is_what_we_ask_of_a_server(redis: Client) -> None:
    facts = await health.facts(redis, "T0ACME")
    assert (facts.product, facts.aof, facts.policy, facts.forbidden) == ("valkey", True, "noeviction", ())
    assert facts.version >= (8,)
    assert (facts.replicated, facts.nearly_full) == (False, False)
    assert facts.used > 0


@pytest.mark.parametrize("command", sorted({probe[0] for probe in health._PROBES} - {"INFO", "PING"}))
async def test_facts_name_the_command_that_a_user_may_not_run(command: str, restricted: Restrict) -> None:
    client = await restricted("&*", "+@all", f"-{command.lower()}")
    assert (await health.facts(client, "T0ACME")).forbidden == (command,)


async def test_a_user_bound_to_our_keys_may_do_everything(restricted: Restrict) -> None:
    """What the docs tell an operator to allow is enough."""
    client = await restricted("resetkeys", "~envaccess:*", "+@all", "-@admin", "+acl|whoami", "+acl|dryrun")
    facts = await health.facts(client, "T0ACME")
    assert facts.forbidden == ()
    harness = StoreHarness(client)
    await harness.add("A")
    await harness.use(await harness.grant("A"))


async def test_a_user_bound_to_other_keys_may_do_nothing(restricted: Restrict) -> None:
    client = await restricted("resetkeys", "~other:*", "+@all")
    forbidden = (await health.facts(client, "T0ACME")).forbidden
    assert {"GET", "SET", "XADD", "HSET", "ZADD"} <= set(forbidden)


async def test_a_user_who_may_not_ask_what_it_may_do_is_not_accused(restricted: Restrict) -> None:
    client = await restricted("+@all", "-acl")
    assert (await health.facts(client, "T0ACME")).forbidden == ()


async def test_a_user_who_may_run_no_script_is_told_that_nothing_changed(restricted: Restrict) -> None:
    harness = StoreHarness(await restricted("+@all", "-evalsha", "-eval"))
    with pytest.raises(StoreUnavailableError):
        await harness.requests.open("op", harness.new())


async def test_a_wrong_password_is_told_apart_from_a_server_that_is_down(
    valkey: str, restricted: Restrict
) -> None:
    await restricted("+@all")
    client = connect(valkey.replace("unix://", "unix://limited:wrong-for-tests@"))
    with pytest.raises(StoreUnavailableError, match="WRONGPASS"):
        await StoreHarness(client).requests.get("00000000")
    await client.aclose()


@pytest.mark.parametrize(("percent", "full"), [(50, False), (95, True)])
async def test_redis_counts_as_full_at_nine_tenths(redis: Client, percent: int, full: bool) -> None:
    admin: Any = redis
    memory = health.Memory(redis)
    await memory.sample()
    assert not memory.full()
    used = int((await admin.info("memory"))["used_memory"])
    await admin.config_set("maxmemory", used * 100 // percent)
    try:
        await memory.sample()
        assert memory.full() is full
        assert (await health.facts(redis, "T0ACME")).nearly_full is full
    finally:
        await admin.config_set("maxmemory", 0)


@pytest.mark.parametrize(("percent", "filling"), [(50, False), (70, True)])
async def test_redis_counts_as_filling_up_above_six_tenths(
    redis: Client, percent: int, filling: bool
) -> None:
    admin: Any = redis
    memory = health.Memory(redis)
    await memory.sample()
    assert not memory.filling()
    used = int((await admin.info("memory"))["used_memory"])
    await admin.config_set("maxmemory", used * 100 // percent)
    try:
        await memory.sample()
        assert (memory.filling(), memory.full()) == (filling, False)
    finally:
        await admin.config_set("maxmemory", 0)


async def test_sealed_values_of_any_workspace_are_found(redis: Client) -> None:
    """A key file must not be made anew beside values that the lost one seals."""
    admin: Any = redis
    pipe = admin.pipeline(transaction=False)
    for number in range(5_000):
        pipe.set(f"other:{number}", "x")
    await pipe.execute()
    assert not await health.holds_sealed_values(redis)
    await StoreHarness(redis, "T0ELSEWHERE").add("A")
    assert await health.holds_sealed_values(redis)


@pytest.mark.parametrize(
    ("epoch", "later"),
    [(None, False), ("0", False), ("1", False), ("2", True), ("two", True), ("-1", True)],
)
async def test_a_store_of_an_epoch_that_nobody_here_knows_is_a_later_versions(
    harness: StoreHarness, epoch: str | None, *, later: bool
) -> None:
    if epoch is not None:
        await harness.client.set(harness.runner.key("epoch"), epoch)
    assert await health.is_later(harness.runner) is later
