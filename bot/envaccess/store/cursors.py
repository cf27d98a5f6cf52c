"""How far each follower of the audit stream has come: fits `projections.ports.Cursors`."""

import json
from collections.abc import Sequence

from envaccess.domain.audit import BOT, Actor
from envaccess.domain.cursors import Cursor
from envaccess.store.client import nothing_to_check
from envaccess.store.runner import Runner


class RedisCursors:
    """One workspace's cursors.

    Attributes:
        runner: the workspace's scripts.

    Args:
        retention: how long events are kept, in milliseconds; 0: as long as the scripts keep what is over.
    """

    def __init__(self, runner: Runner, retention: int = 0) -> None:
        self.runner = runner
        self.retention = retention or runner.retention

    async def at(self, name: str) -> str | None:
        """The last event that a follower has, `0-0` for none; None where what is stored is not believed."""
        _, (cursor,) = await self._read(name)
        return cursor.at or None

    async def move(self, name: str, event: str) -> bool:
        """Store that a follower has the events up to this one; never backwards. False: it is lost."""
        return bool(await self.runner.run("move_cursor", name=name, event=event))

    async def restart(self, name: str, event: str) -> None:
        """Begin anew after this event, with `audit.gap`, where what is stored cannot be believed."""
        await self.runner.run("restart_cursor", name=name, event=event)

    async def newest_gap(self) -> str:
        """The event that told the last loss of the stream, if that was a moment ago; else nothing."""
        return str(await self.runner.read("GET", self.runner.key("gap")) or "")

    async def tell_gap(self, seen: str, known: Sequence[str]) -> tuple[str, bool]:
        """Tell in the stream that it lost the event `seen`, unless another process did; have all drawn again.

        Args:
            seen: an event that was there.
            known: the gaps that the caller knows of.

        Returns:
            The event that tells it, empty where nothing is lost; whether it was written now.
        """
        told = await self.runner.outcome("tell_gap", seen=seen, known=",".join(known))
        return str(told["gap"]), bool(told["told"])

    async def all(self) -> tuple[int, tuple[Cursor, ...]]:
        """Redis' time in milliseconds, and every cursor."""
        return await self._read("")

    async def lose(self, sink: Cursor, *, goes_on: bool = False, actor: Actor = BOT) -> bool:
        """Declare a sink lost; False where it has moved since it was read."""
        flag = "1" if goes_on else "0"
        facts = {"name": sink.name, "stored": sink.stored, "goes_on": flag, "actor": str(actor)}
        return bool(await self.runner.run("lose_sink", **facts))

    async def trim(self) -> int:
        """Drop what is older than the retention and what every follower has; returns how many."""
        return int(await self.runner.run("trim_stream", retention=self.retention))

    async def _read(self, name: str) -> tuple[int, tuple[Cursor, ...]]:
        async with nothing_to_check():
            answer = json.loads(str(await self.runner.run("read_cursors", name=name)))
        return int(answer["now"]), tuple(Cursor(**cursor) for cursor in answer["cursors"])
