"""What it costs that replicas have a decision before it counts: Approve pressed, until its ack."""

import contextlib
import secrets
import time
from pathlib import Path

from benchmarks.children import answers, child, free_port
from benchmarks.machine import Cores, untie
from benchmarks.scale import Scale
from benchmarks.simulated.company import patiently, store_values
from benchmarks.simulated.crew import Crew
from benchmarks.simulated.fleet import Office, environment_of, open_office
from benchmarks.simulated.history import Act, Heard
from benchmarks.simulated.world import LEADS, POLICY, Workspace
from benchmarks.table import Row, middle, milliseconds, share
from envaccess.store.client import connect
from tests.fakes.redis_servers import watched

_WAYS = ("local", "replicas:2")
_PEOPLE = 100_000


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """A process of each, in workspaces of one store; their presses by turns."""
    del cores
    untie()
    key, slack = secrets.token_bytes(32), free_port()
    workspaces = [Workspace(number) for number in range(len(_WAYS))]
    policy, servers_folder = folder / "policy.yml", folder / "servers"
    policy.write_text(POLICY, "utf-8")
    policy.chmod(0o600)
    servers_folder.mkdir()
    times: dict[str, list[float]] = {way: [] for way in _WAYS}
    arguments = ("-m", "benchmarks.simulated.slack", str(slack), str(folder / "slack.jsonl"), "2", "0")
    with watched(servers_folder) as servers:
        client = connect(servers.url)
        await patiently(client)
        await store_values(client, workspaces, key)
        await client.aclose()
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(child(arguments, core=None, log=folder / "slack.log"))
            await answers(slack, "/api/api.test", folder / "slack.log")
            crews = {}
            for way, one in zip(_WAYS, workspaces, strict=True):
                home = folder / one.team
                home.mkdir()
                environment = environment_of(
                    one, slack=slack, redis=servers.url, home=home, key=key, policy=policy, durability=way
                )
                office = Office(one.team, environment, folder / f"{one.team}.log")
                await stack.enter_async_context(open_office(office, 1))
                crews[way] = Crew(one, office.balancer, slack, _PEOPLE, 0)
            for number in range(scale.rounds * scale.approvals):
                for way, crew in crews.items():
                    times[way] += await _approve(crew, number)
    return _rows(times)


async def _approve(crew: Crew, number: int) -> list[float]:
    """Milliseconds from the press to its ack; none where something went wrong."""
    filed = await crew.file(crew.workspace.person(number), "production", "1h")
    began = time.perf_counter()
    step = await crew.press(LEADS[number % len(LEADS)], Act.APPROVE, filed)
    took = (time.perf_counter() - began) * 1_000
    return [took] if step.heard is Heard.DONE else []


def _rows(times: dict[str, list[float]]) -> list[Row]:
    bare, ours = (times[way] for way in _WAYS)
    return [
        Row(
            f"Approve pressed, until its ack, {_WAYS[1]}, p50 of {len(ours)}",
            milliseconds(middle(ours)),
            f"{_WAYS[0]} {milliseconds(middle(bare))}",
            middle(ours) / middle(bare),
        ),
        Row(
            "  p99",
            milliseconds(share(ours, 0.99)),
            f"{_WAYS[0]} {milliseconds(share(bare, 0.99))}",
            share(ours, 0.99) / share(bare, 0.99),
        ),
    ]
