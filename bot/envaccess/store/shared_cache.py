"""Answers of Slack that all processes of a workspace share: fits `slack.ttl_cache.SharedCache`.

Each is sealed with what was asked and when, so that nobody who writes to Redis makes somebody a member of
anything. A process whose clock is too far from Redis' neither shares nor takes any: two that share differ by
twice that at most.
"""

from collections.abc import Callable
from typing import Final

from envaccess.domain.errors import SealBrokenError, SealKeyUnknownError, SealUnreadableError
from envaccess.domain.seals.statements import AnswerSeal
from envaccess.store.client import ours
from envaccess.store.records import read_time
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

CLOCK_APART: Final = 1_000
"""Milliseconds that our clock may differ from Redis'."""


def _silent(_: str) -> None:
    """No alarm."""


class RedisCache:
    """Answers of Slack that replicas share.

    Args:
        runner: the workspace's scripts.
        sealing: seals them.
        life: milliseconds after its question that an answer may be taken from here.
        alarm: told of the key of an answer that nobody of us stored.
    """

    def __init__(
        self, runner: Runner, sealing: Sealing, life: int, alarm: Callable[[str], None] = _silent
    ) -> None:
        self._runner, self._sealing = runner, sealing
        self._life = life
        self._alarm = alarm
        self._apart = True

    async def get(self, key: str) -> str | None:
        """The stored text, if one of us stored it for this question and it is young enough."""
        pipe = self._runner.client.pipeline(transaction=False)
        pipe.time()
        pipe.get(self._runner.key("cache", key))
        async with ours():
            time, found = await pipe.execute()
        now = self._sealing.clock()
        self._apart = abs(read_time(time) - now) > CLOCK_APART
        return None if found is None or self._apart else self._opened(key, found, now)

    def _opened(self, key: str, seal: str, now: int) -> str | None:
        try:
            answer = AnswerSeal.opened(self._sealing.seals, seal)
        except (SealKeyUnknownError, SealUnreadableError):
            return None  # a key or a version is being rolled out: whoever asks Slack needs nobody's answer
        except SealBrokenError:
            self._alarm(key)
            return None
        if f"{answer.question}:{answer.subject}" != key:
            self._alarm(key)
            return None
        return answer.answer if 0 <= now - answer.at <= self._life else None

    async def put(self, key: str, text: str, milliseconds: int) -> None:
        """Store a text for what is left of its life."""
        if self._apart:
            return
        question, _, subject = key.partition(":")
        asked = self._sealing.clock() - (self._life - milliseconds)
        seal = AnswerSeal(question, subject, text, asked).sealed(self._sealing.seals)
        async with ours(writes=True):
            await self._runner.client.set(self._runner.key("cache", key), seal, px=milliseconds)

    async def drop(self, key: str) -> None:
        """Forget it."""
        async with ours(writes=True):
            await self._runner.client.delete(self._runner.key("cache", key))
