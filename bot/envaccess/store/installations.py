"""Installations as they lie in Redis: sealed, in a slot of their own, with an audit stream of their own.

They belong to no workspace: one is looked for before its workspace is known. What changes one writes its
event in the same step, into the stream beside it; from there it is told in the workspaces' streams.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from envaccess.domain.audit import Actor, Tag
from envaccess.store.client import ours
from envaccess.store.installation_kinds import INSTALLATIONS
from envaccess.store.runner import Runner

NOTHING: Final = b""
"""Where no installation is."""


@dataclass(frozen=True, slots=True)
class InstallationChange:
    """What an event of an installation says.

    Attributes:
        detail: `team`, or `teams` with commas, name the workspaces in whose streams it is told.
    """

    op: str
    actor: Actor
    detail: Mapping[str, str]


class RedisInstallations:
    """What is sealed, by the id of its place.

    Args:
        runner: of the slot `INSTALLATIONS`. In a cluster it needs a client of its own.
    """

    def __init__(self, runner: Runner) -> None:
        assert runner.workspace == INSTALLATIONS
        self.runner = runner

    async def stored(self) -> Mapping[str, bytes]:
        """Every one, as it is sealed; what is no base64 is empty."""
        async with ours():
            found = await self.runner.client.hgetall(self.runner.key("installations"))
        return {place: _decode(text) for place, text in found.items()}

    async def put(
        self, change: InstallationChange, tag: Tag, place: str, old: bytes, new: bytes, instead: str = ""
    ) -> bool:
        """Keep one; False, and nothing, where another one than `old` is there.

        Args:
            change: for the audit.
            tag: what happened.
            place: where it belongs.
            old: what was read there; `NOTHING` for nothing.
            new: what is there now.
            instead: the id of another one that it replaces; empty for none.
        """
        outcome = await self.runner.outcome(
            "put_installation",
            op=change.op,
            id=place,
            old=_encode(old),
            sealed=_encode(new),
            instead=instead,
            event=tag,
            actor=str(change.actor),
            detail=dict(change.detail),
        )
        return bool(outcome["done"])

    async def drop(self, change: InstallationChange, place: str, old: bytes) -> bool:
        """Forget one; False, and nothing, where another one than `old` is there."""
        outcome = await self.runner.outcome(
            "drop_installation",
            op=change.op,
            id=place,
            old=_encode(old),
            actor=str(change.actor),
            detail=dict(change.detail),
        )
        return bool(outcome["done"])

    async def trim(self, before: int) -> None:
        """Drop events of before this moment, in milliseconds: they were told long since."""
        async with ours(writes=True):
            await self.runner.client.xtrim(self.runner.key("audit"), minid=f"{before}-0", approximate=True)


def _encode(blob: bytes) -> str:
    return base64.b64encode(blob).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
