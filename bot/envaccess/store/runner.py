"""Run the scripts: loaded once, called by SHA, repeated safely when a connection breaks."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any

import redis.asyncio as redis

from envaccess.domain.errors import StoreUncertainError
from envaccess.store.auto_pipeline import AutoPipeline
from envaccess.store.client import CALL_SECONDS, translate
from envaccess.store.keys import NAMES, lua_prelude, prefix

Argument = str | int | Mapping[str, str]
"""What a script may be given."""


SHARED = ("lib", "lib_grant", "lib_chain", "lib_lock", "lib_turns")
"""Files of steps that all scripts share, in the order in which they need each other."""
ALONE = frozenset({"throttle"})
"""Scripts without them: run before everything else, so that what they cost is paid by every payload."""


def script_names() -> list[str]:
    """Every script, without the shared beginning."""
    folder = resources.files("envaccess.store.scripts")
    names = (entry.name.removesuffix(".lua") for entry in folder.iterdir() if entry.name.endswith(".lua"))
    return sorted(name for name in names if name not in SHARED)


def shared_text() -> str:
    """What every script begins with."""
    folder = resources.files("envaccess.store.scripts")
    return lua_prelude() + "".join((folder / f"{name}.lua").read_text("utf-8") for name in SHARED)


class Runner:
    """The scripts of one workspace on one client.

    Args:
        client: the connections.
        workspace: the team id.
        further: scripts besides the product's own, by name: they get the same beginning.
    """

    def __init__(
        self, client: redis.Redis, workspace: str, further: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        # redis-py's annotations cannot tell that answers are decoded here.
        self.client: Any = client
        self._pipeline = AutoPipeline(client)
        self.prefix = prefix(workspace)
        folder = resources.files("envaccess.store.scripts")
        own = {name: (folder / f"{name}.lua").read_text("utf-8") for name in script_names()}
        shared = shared_text()
        self._texts = {
            name: ("" if name in ALONE else f"local SCRIPT = '{name}'\n{shared}") + text
            for name, text in {**own, **further}.items()
        }
        self._shas = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            for name, text in self._texts.items()
        }
        self._route = self.prefix + NAMES["audit"]

    async def run(self, name: str, /, **arguments: Argument) -> str | int:
        """Run a script and return what it returned.

        A call whose connection broke is repeated once: its operation id makes that safe.

        Raises:
            StoreUnavailableError: nothing changed.
            StoreUncertainError: it may have changed something.
        """
        text = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
        sent_before = False
        try:
            async with asyncio.timeout(CALL_SECONDS):
                try:
                    return await self._call(name, text)
                except redis.ConnectionError as error:
                    if not isinstance(translate(error), StoreUncertainError):
                        raise
                    sent_before = True
                return await self._call(name, text)
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise translate(error, sent_before=sent_before) from None

    async def _call(self, name: str, text: str) -> str | int:
        answer: str | int
        try:
            answer = await self._pipeline.call("EVALSHA", self._shas[name], 1, self._route, self.prefix, text)
        except redis.ResponseError as error:
            if not str(error).startswith("NOSCRIPT") and "No matching script" not in str(error):
                raise
            answer = await self.client.eval(self._texts[name], 1, self._route, self.prefix, text)
        return answer

    async def outcome(self, name: str, /, **arguments: Argument) -> Mapping[str, Any]:
        """Run a script that answers with a JSON object."""
        answer: dict[str, Any] = json.loads(str(await self.run(name, **arguments)))
        return answer

    def key(self, kind: str, name: str = "") -> str:
        """The full key, as the scripts spell it."""
        return self.prefix + NAMES[kind] + name
