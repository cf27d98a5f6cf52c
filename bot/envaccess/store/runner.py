"""Run the scripts: loaded once, called by SHA, repeated safely when a connection breaks."""

import asyncio
import json
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import redis.asyncio as redis

from envaccess.domain.audit_line import digest_of
from envaccess.domain.errors import StoreError, StoreUnavailableError, StoreUncertainError
from envaccess.domain.metrics import LabelWords
from envaccess.domain.tracing import SpanKind, SpanName, traced
from envaccess.store.answers import ELSEWHERE, translate
from envaccess.store.auto_pipeline import AutoPipeline, pipeline_of
from envaccess.store.client import CALL_SECONDS, replicas_of, use_workspace
from envaccess.store.confirmed import CONFIRMED
from envaccess.store.keys import AUDIT_RETENTION, NAMES, prefix
from envaccess.store.script_arguments import Argument, check, declared
from envaccess.store.script_text import compose, is_salted, keeps, own_text, script_names, sha_of

_SALT_BYTES: Final = 16
_write: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""As `json.dumps` does, which makes an encoder for every call."""


DONE: Final = "done"
UNAVAILABLE: Final = "unavailable"
UNCERTAIN: Final = "uncertain"
OUTCOMES: Final = (DONE, UNAVAILABLE, UNCERTAIN)
"""What a call came to: it was answered; nothing was done; nobody knows."""


STORE_SCRIPT: Final = SpanName(
    "store.script",
    SpanKind.CLIENT,
    {"script": LabelWords(frozenset(script_names()))},
    quiet=True,
)
"""A call of a script; that there was one keeps no trace of a loop."""


def _to_nobody(_: str) -> None:
    """Nobody counts."""


class Runner:
    """The scripts of one workspace on one client.

    Args:
        client: the connections.
        workspace: the team id.
        further: scripts besides the product's own, by name: they get the same beginning.
        retention: how long what is over is kept, in milliseconds.
        note: told what each call came to, a word of `OUTCOMES`.
    """

    def __init__(
        self,
        client: redis.Redis,
        workspace: str,
        further: Mapping[str, str] = MappingProxyType({}),
        retention: int = AUDIT_RETENTION,
        note: Callable[[str], None] = _to_nobody,
    ) -> None:
        self._note = note
        self.retention = retention
        # redis-py's annotations cannot tell that answers are decoded here.
        self.client: Any = client
        self._pipeline = pipeline_of(client)
        self._confirming = pipeline_of(client, replicas_of(client))
        self.workspace = workspace
        self.prefix = prefix(workspace)
        self._further = further
        self._route = self.prefix + NAMES["audit"]
        use_workspace(client, workspace)

    async def run(self, name: str, /, **arguments: Argument) -> str | int:
        """Run a script and return what it returned.

        A call whose connection broke is repeated once: its operation id makes that safe. So is one that a
        server refused because another one is the primary now, which may not know the script.

        Raises:
            StoreUnavailableError: nothing changed.
            StoreUncertainError: it may have changed something.
            StoreUnconfirmedError: it did, and too few replicas have it (`confirmed.CONFIRMED`).
            TypeError: the script does not take these arguments.
        """
        with traced(STORE_SCRIPT, name):
            return await self._run(name, arguments)

    async def _run(self, name: str, arguments: Mapping[str, Argument]) -> str | int:
        own = self._further.get(name) or own_text(name)
        check(name, own, arguments)
        script = compose(name, own)
        given = {**arguments, "kept_for": self.retention} if keeps(script) else arguments
        words = (_write(given), *_salts(script, own, arguments))
        until = asyncio.get_running_loop().time() + CALL_SECONDS
        sent_before = False
        pipeline = self._confirming if name in CONFIRMED else self._pipeline
        try:
            try:
                answer = await self._call(pipeline, "EVALSHA", sha_of(script), words)
            except (redis.ConnectionError, redis.ResponseError) as error:
                sent_before = _may_have_run(error)
                if not (sent_before or isinstance(error, ELSEWHERE) or _is_unknown_script(error)):
                    raise
                async with asyncio.timeout_at(until):
                    answer = await self._call(pipeline, "EVAL", script, words)
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise self._fault(translate(error, sent_before=sent_before)) from None
        self._note(DONE)
        return answer

    def _fault(self, error: StoreError) -> StoreError:
        self._note(UNCERTAIN if isinstance(error, StoreUncertainError) else UNAVAILABLE)
        return error

    async def _call(
        self, pipeline: AutoPipeline, command: str, script: str, words: tuple[str, ...]
    ) -> str | int:
        answer: str | int = await pipeline.call(command, script, 1, self._route, self.prefix, *words)
        return answer

    async def outcome(self, name: str, /, **arguments: Argument) -> Mapping[str, Any]:
        """Run a script that answers with a JSON object."""
        answer: dict[str, Any] = json.loads(str(await self.run(name, **arguments)))
        return answer

    async def read(self, *words: str | int) -> Any:  # noqa: ANN401 - whatever Redis answers
        """Send a command that changes nothing, in one packet with whatever else is called in this turn.

        Raises:
            StoreUnavailableError: there is no answer.
        """
        try:
            answer = await self._pipeline.call(*words)
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise self._fault(StoreUnavailableError(str(translate(error)))) from None
        self._note(DONE)
        return answer

    async def read_all(self, commands: Sequence[tuple[str | int, ...]]) -> Sequence[Any]:
        """The same of several commands, all of them in that one packet; their answers in the same order."""
        try:
            answers = await self._pipeline.call_all(commands)
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise self._fault(StoreUnavailableError(str(translate(error)))) from None
        self._note(DONE)
        return answers

    def key(self, kind: str, name: str = "") -> str:
        """The full key, as the scripts spell it."""
        return self.prefix + NAMES[kind] + name


def _salts(script: str, own: str, arguments: Mapping[str, Argument]) -> tuple[str, ...]:
    """What the events of a call are salted with, if it may write one; salt and digest of what was typed."""
    if not is_salted(script):
        return ()
    typed = arguments.get(declared(own).typed)
    if not isinstance(typed, str):
        return (randomness.token_hex(_SALT_BYTES),)
    seed_and_salt = randomness.token_hex(2 * _SALT_BYTES)
    return (seed_and_salt + digest_of(seed_and_salt[2 * _SALT_BYTES :], typed),)


def _may_have_run(error: redis.RedisError) -> bool:
    """Whether the connection broke after the script was sent."""
    return isinstance(error, redis.ConnectionError) and isinstance(translate(error), StoreUncertainError)


def _is_unknown_script(error: redis.RedisError) -> bool:
    """Whether the server was not told the script's text, or forgot it. fakeredis says so in its own words."""
    return str(error).startswith("NOSCRIPT") or "No matching script" in str(error)
