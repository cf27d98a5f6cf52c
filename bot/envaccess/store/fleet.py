"""The processes that serve one workspace, by what each says every few seconds."""

import json

from envaccess.domain.fleet import Fleet, Layout, Replica
from envaccess.domain.text import clean
from envaccess.store.client import nothing_to_check
from envaccess.store.keys import EPOCH, SCHEMA
from envaccess.store.records import read_score
from envaccess.store.runner import Runner

OWN_LAYOUT = Layout(EPOCH, SCHEMA)
"""How this version writes what it stores."""


class RedisFleet:
    """One workspace's processes.

    Args:
        runner: the workspace's scripts.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def beat(self, replica: Replica) -> None:
        """Say that it serves."""
        told = {
            "version": replica.version,
            "epoch": replica.layout.epoch,
            "schema": replica.layout.schema,
            "host": replica.host,
            "pid": replica.pid,
            "mode": replica.mode,
            "started_at": replica.started_at,
        }
        await self._runner.run("beat", id=replica.id, told=json.dumps(told))

    async def leave(self, replica: str) -> None:
        """Say that it serves no more."""
        await self._runner.run("leave_fleet", id=replica)

    async def look(self) -> Fleet:
        """All of them, and what waits for them."""
        async with nothing_to_check():
            found = json.loads(str(await self._runner.run("read_fleet")))
        flat = found["replicas"] or []
        told = zip(flat[::2], flat[1::2], strict=True)
        replicas = [replica for id_, text in told if (replica := _read(id_, text, found["leader"]))]
        now, due = int(found["now"]), read_score(found["due"])
        return Fleet(
            now,
            sorted(replicas, key=lambda replica: (replica.started_at, replica.id)),
            pending=int(found["pending"]),
            oldest=max(0, min(read_score(found["oldest"]), now)),
            undrawn=int(found["undrawn"]),
            overdue=due if 0 < due < now else 0,
        )


def _read(id_: str, text: str, leader: str) -> Replica | None:
    """One of them; nothing where it is not written as a process of ours writes it."""
    seen, _, told = text.partition(" ")
    try:
        fields = json.loads(told)
        return Replica(
            clean(id_),
            clean(str(fields["version"])),
            Layout(int(fields["epoch"]), int(fields["schema"])),
            clean(str(fields["host"])),
            int(fields["pid"]),
            clean(str(fields["mode"])),
            int(fields["started_at"]),
            int(seen),
            id_ == leader,
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
