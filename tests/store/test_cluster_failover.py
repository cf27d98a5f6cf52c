"""A replica of a real cluster takes over: the bot finds it, and repeats nothing that had run."""

import asyncio
from pathlib import Path

import pytest

from envaccess.domain.errors import StoreError
from envaccess.domain.outcome import Claim
from envaccess.store.client import connect
from tests.fakes.redis_servers import HOST, until
from tests.store.harness import StoreHarness
from tests.store.test_cluster import SLOTS, Node, answers, node

pytestmark = pytest.mark.real

PATIENCE = 60.0


def has_all(owner: Node) -> bool:
    """Whether the replica has what was written."""
    told = owner.client.info("replication")
    return bool(told["slave0"]["offset"] == told["master_repl_offset"])


@pytest.mark.parametrize("words", [(), ("TAKEOVER",)], ids=["planned", "takeover after kill -9"])
async def test_the_replica_that_takes_over_is_found(tmp_path: Path, words: tuple[str, ...]) -> None:
    with node(tmp_path / "a") as owner, node(tmp_path / "b") as replica:
        until(lambda: answers(owner) and answers(replica))
        owner.client.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
        bus = replica.client.config_get("cluster-port")["cluster-port"]
        owner.client.execute_command("CLUSTER MEET", HOST, replica.port, bus)
        until(lambda: owner.knows(2) and replica.knows(2))
        replica.client.execute_command("CLUSTER REPLICATE", owner.id)
        until(lambda: owner.client.info("replication").get("slave0", {}).get("state") == "online")
        # Its only named node is the one that will be gone: who served the slot is remembered.
        harness = StoreHarness(connect(f"redis+cluster://{HOST}:{owner.port}"))
        await harness.add("A")
        granted = await harness.grant("A", seconds=3600)
        until(lambda: str(replica.port) in str(owner.client.execute_command("CLUSTER SLOTS")))
        await harness.client.connection_pool.disconnect()
        await harness.use(granted)
        until(lambda: has_all(owner))
        if words:
            owner.process.kill()
            owner.process.wait()
        replica.client.execute_command("CLUSTER FAILOVER", *words)
        until(lambda: replica.client.info("replication")["role"] == "master")
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    claim = await harness.claim(granted, op="op-after")
                except StoreError:
                    await asyncio.sleep(0.05)
                else:
                    break
        assert isinstance(claim, Claim)
        assert (await harness.get(granted)).reveals == 2
        assert (await harness.tags()).count("grant.revealed") == 2
        await harness.client.aclose()
