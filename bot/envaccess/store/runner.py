"""Run the scripts: loaded once, called by SHA, repeated safely when a connection breaks."""

import asyncio
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import redis.asyncio as redis

from envaccess.domain.errors import StoreUncertainError
from envaccess.store.auto_pipeline import AutoPipeline
from envaccess.store.client import CALL_SECONDS, translate
from envaccess.store.keys import NAMES, prefix
from envaccess.store.script_text import compose, own_text, sha_of

Argument = str | int | Mapping[str, str]
"""What a script may be given."""


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
        self._further = further
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
        script = compose(name, self._further.get(name) or own_text(name))
        try:
            answer = await self._pipeline.call("EVALSHA", sha_of(script), 1, self._route, self.prefix, text)
        except redis.ResponseError as error:
            if not str(error).startswith("NOSCRIPT") and "No matching script" not in str(error):
                raise
            answer = await self.client.eval(script, 1, self._route, self.prefix, text)
        return answer

    async def outcome(self, name: str, /, **arguments: Argument) -> Mapping[str, Any]:
        """Run a script that answers with a JSON object."""
        answer: dict[str, Any] = json.loads(str(await self.run(name, **arguments)))
        return answer

    def key(self, kind: str, name: str = "") -> str:
        """The full key, as the scripts spell it."""
        return self.prefix + NAMES[kind] + name
