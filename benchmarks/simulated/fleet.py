"""The product's processes, and what stands before them: a balancer that looks who is ready."""

import asyncio
import base64
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.children import ChildError, child, free_port, until
from benchmarks.machine import cpu_seconds, resident_bytes
from benchmarks.payloads import SIGNING_SECRET
from benchmarks.rolling import Balancer
from benchmarks.simulated.world import Workspace

CLIENT_ID = "1.1"
_LOOK_SECONDS = 0.5
_PATIENCE = 120.0
"""For a start on a machine that is as busy as this one."""


@dataclass(slots=True)
class Replica:
    """A process of the product.

    Attributes:
        ended: set when it shall end.
    """

    process: int
    port: int
    stack: contextlib.AsyncExitStack
    spent: float = 0.0
    resident: int = 0

    def look(self) -> None:
        """Note what it has used so far."""
        self.spent = cpu_seconds(self.process) or self.spent
        self.resident = resident_bytes(self.process) or self.resident


@dataclass
class Office:
    """Processes side by side: those of one workspace, or of all of them.

    Attributes:
        name: of the one workspace, or of all.
        gone: those that were killed; what they used counts too.
    """

    name: str
    environment: Mapping[str, str]
    log: Path
    balancer: Balancer = field(default_factory=lambda: Balancer(look=_LOOK_SECONDS))
    replicas: list[Replica] = field(default_factory=list)
    gone: list[Replica] = field(default_factory=list)

    async def start(self) -> None:
        """One more."""
        stack, port = contextlib.AsyncExitStack(), free_port()
        env = {**self.environment, "PORT": str(port)}
        process = await stack.enter_async_context(
            child(("-P", "-m", "envaccess"), core=None, log=self.log, env=env)
        )
        self.replicas.append(Replica(process, port, stack))
        self.balancer.ports.append(port)
        await until(lambda: self._is_ready(port), _PATIENCE)

    async def _is_ready(self, port: int) -> bool:
        return port in self.balancer.ready

    async def kill(self) -> None:
        """`kill -9` one, the oldest, and start another."""
        victim = self.replicas.pop(0)
        victim.look()
        self.gone.append(victim)
        os.kill(victim.process, signal.SIGKILL)
        await _ended(victim)
        self.balancer.ports.remove(victim.port)
        await self.start()

    async def close(self) -> None:
        """End all."""
        for replica in self.replicas:
            replica.look()
        await asyncio.gather(*(_ended(replica) for replica in self.replicas))

    @property
    def spent(self) -> float:
        """Seconds of processor time of all of them."""
        for replica in self.replicas:
            replica.look()
        return sum(one.spent for one in (*self.replicas, *self.gone))


async def _ended(replica: Replica) -> None:
    with contextlib.suppress(ChildError):
        await replica.stack.aclose()


@contextlib.asynccontextmanager
async def open_office(office: Office, replicas: int) -> AsyncIterator[None]:
    """So many processes, and the balancer that looks at them."""
    watch = asyncio.create_task(office.balancer.watch())
    try:
        for _ in range(replicas):
            await office.start()
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await office.close()


def environment_of(
    workspace: Workspace, *, slack: int, redis: str, home: Path, key: bytes, policy: Path, durability: str
) -> dict[str, str]:
    """What a process of one workspace reads."""
    return {
        **_environment(slack, redis, home, key, durability),
        "SLACK_BOT_TOKEN": workspace.token,
        "ENVACCESS_APPROVERS_CHANNEL": workspace.approvers,
        "ENVACCESS_AUDIT_CHANNEL": workspace.audit,
        "ENVACCESS_POLICY_FILE": str(policy),
    }


def environment_of_all(
    *, slack: int, redis: str, home: Path, key: bytes, file: Path, durability: str
) -> dict[str, str]:
    """What a process of all workspaces reads: their settings are in a file, their tokens in the store."""
    return {
        **_environment(slack, redis, home, key, durability),
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": "value-for-simulation",
        "ENVACCESS_WORKSPACES_FILE": str(file),
        "ENVACCESS_API_URL": "http://127.0.0.1:1",
    }


def workspaces_file(workspaces: Sequence[Workspace], policy: Path) -> str:
    """The text of that file."""
    lines = ["version: 1", "workspaces:"]
    for one in workspaces:
        channels = f"approvers_channel: {one.approvers}, audit_channel: {one.audit}"
        lines.append(f"  {one.team}: {{{channels}, policy_file: {policy}}}")
    return "\n".join([*lines, ""])


def _environment(slack: int, redis: str, home: Path, key: bytes, durability: str) -> dict[str, str]:
    return {
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{slack}/api/",
        "REDIS_URL": redis,
        "ENVACCESS_HOME": str(home),
        "ENVACCESS_MASTER_KEYS": base64.urlsafe_b64encode(key).decode(),
        "ENVACCESS_DURABILITY": durability,
        "ENVACCESS_UNSAFE_REDIS": "1",
        "ENVACCESS_LOG_LEVEL": "warning",
        "ENVACCESS_LOG_FORMAT": "json",
    }
