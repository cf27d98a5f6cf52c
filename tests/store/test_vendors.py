"""What the doctor says of servers that somebody else runs: a line for each thing, with its mend there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from envaccess.application.installation_checks import check_store, sentence
from envaccess.domain.durability import read_durability
from envaccess.store import health
from envaccess.store.client import Client, connect
from tests.fakes.redis_servers import HOST, Server, data_server, free_ports
from tests.fakes.vendor_redis import VendorRedis

pytestmark = pytest.mark.real

AOF = "REDIS_URL: Redis keeps no append-only file, so a restart loses grants and audit events -> "
EVICTS = "REDIS_URL: Redis may evict grants and audit events when memory is short (maxmemory-policy {}) -> {}"
ACCEPT = ", or accept it with ENVACCESS_UNSAFE_REDIS=1"
GROUP = f"Set maxmemory-policy to noeviction in its parameter group{ACCEPT}"
NO_WAIT = "REDIS_URL: does not have the command wait -> Leave it so: heads of the audit wait for no replica"
NOBODY_CONFIRMS = (
    "REDIS_URL: does not have the command wait, so that no replica can confirm anything -> Allow it, or set "
    "ENVACCESS_DURABILITY to local, or to managed where the service promises durable writes"
)
UNDECLARED = (
    "REDIS_URL: lets a script use only keys that are named beforehand, as Dragonfly does -> Start it with "
    "--default_lua_flags=allow-undeclared-keys, or take Redis or Valkey"
)
NO_XTRIM = (
    "REDIS_URL: does not have the command xtrim -> Take a server that has them under their own names: "
    "Redis 7 or Valkey 8, or a later one"
)
SAID = {
    "elasticache": [
        f"{AOF}ElastiCache has none: take MemoryDB{ACCEPT}",
        EVICTS.format("volatile-lru", GROUP),
    ],
    "memorydb": [
        f"{AOF}Set ENVACCESS_DURABILITY=managed: MemoryDB keeps a log of its own, and promises durable writes"
    ],
    "memorystore": [
        f"{AOF}CONFIG SET appendonly yes (or the provider's setting){ACCEPT}",
        EVICTS.format(
            "volatile-lru", f"CONFIG SET maxmemory-policy noeviction (or the provider's setting){ACCEPT}"
        ),
    ],
    "azure": [
        f"{AOF}Turn on AOF under Data persistence (Premium or Enterprise){ACCEPT}",
        EVICTS.format("volatile-lru", f"Set maxmemory-policy to noeviction under Advanced settings{ACCEPT}"),
    ],
    "upstash": [
        NO_WAIT,
        f"{AOF}Set ENVACCESS_DURABILITY=managed if your plan promises durable writes{ACCEPT}",
        EVICTS.format("optimistic-volatile", f"Turn Eviction off in its settings{ACCEPT}"),
    ],
    "dragonfly": [
        UNDECLARED,
        f"{AOF}Dragonfly has none, only snapshots: take Redis or Valkey{ACCEPT}",
        EVICTS.format("eviction", f"Start it without --cache_mode{ACCEPT}"),
    ],
}
HOSTS = {"azure": "acme.redis.cache.windows.net"}
"""Who does not say who they are."""


async def said(client: Client, host: str = "", asked: str = "local") -> list[str]:
    """The doctor's lines."""
    durability = read_durability(asked)
    assert durability
    facts = await health.facts(client, "T0ACME", host)
    return [sentence(fault) for fault in check_store(facts, unsafe_allowed=False, durability=durability)]


@pytest.mark.parametrize("vendor", sorted(SAID))
async def test_a_managed_server_is_told_in_its_providers_own_words(vendor: str, valkey: str) -> None:
    """`CONFIG SET` is what most of them refuse: it is no mend there."""
    behind = Path(valkey.removeprefix("unix://").partition("?")[0])
    async with VendorRedis(vendor, behind).listening() as url:
        client = connect(url)
        lines = await said(client, HOSTS.get(vendor, ""))
        await client.aclose()
    assert lines == SAID[vendor]


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("x.abc.0001.use1.cache.amazonaws.com", "elasticache"),
        ("clustercfg.x.abc.memorydb.us-east-1.amazonaws.com", "memorydb"),
        ("acme.redis.cache.windows.net", "azure"),
        ("ACME.westeurope.redis.azure.net", "azure"),
        ("eu1-fit-1.upstash.io", "upstash"),
        ("abc.dragonflydb.cloud", "dragonfly"),
        ("redis.example", ""),
        ("", ""),
    ],
)
def test_a_provider_is_known_by_the_name_of_its_servers(host: str, provider: str) -> None:
    assert health.provider_of({"os": "Linux 6.1 x86_64"}, host) == provider


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose operator took commands away."""
    taken = [word for name in ("CONFIG", "WAIT", "XTRIM", "ACL") for word in ("--rename-command", name, "")]
    durable = ("--appendonly", "yes", "--maxmemory-policy", "noeviction")
    server = data_server(tmp_path_factory.mktemp("renamed"), free_ports(1)[0], *durable, *taken)
    yield server
    server.close()


@pytest.mark.parametrize(("asked", "wait"), [("local", NO_WAIT), ("replicas:1", NOBODY_CONFIRMS)])
async def test_commands_that_a_server_does_not_have_are_named(renamed: Server, asked: str, wait: str) -> None:
    """Else the first request would fail at night, with `unknown command`."""
    client = connect(f"redis://{HOST}:{renamed.port}")
    lines = await said(client, asked=asked)
    await client.aclose()
    assert lines[:2] == [NO_XTRIM, wait]


@pytest.mark.parametrize(
    ("denied", "line"),
    [
        ("wait", "REDIS_URL: its user may not run the command wait -> Allow it: ACL SETUSER <user> +wait"),
        ("xadd", "REDIS_URL: its user may not run the command xadd -> Allow them: ACL SETUSER <user> +xadd"),
    ],
)
async def test_a_right_that_is_missing_is_one_line(
    redis: Client, valkey: str, denied: str, line: str
) -> None:
    admin: Any = redis
    rules = ("reset", "on", ">value-for-tests", "~*", "&*", "+@all", f"-{denied}", "-config", "-memory")
    await admin.execute_command("ACL", "SETUSER", "managed", *rules)
    client = connect(valkey.replace("unix://", "unix://managed:value-for-tests@"))
    assert await said(client) == [line]
    await client.aclose()
    await admin.acl_deluser("managed")
