"""How closed requests leave Redis for the archive: fits `projections.archiving.HotRequests`."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, Final

from envaccess.domain.archive import ArchivedRequest, ArchivePosition
from envaccess.domain.text import whole_number
from envaccess.store.client import PAGE_SECONDS, ours
from envaccess.store.exclusive import taken_over
from envaccess.store.keys import DAY
from envaccess.store.records import read_time
from envaccess.store.runner import Runner

_EVENTS: Final = 500
"""Events that one look reads."""
_AT_ONCE: Final = 32
"""Requests that one step compares and takes out: Redis is held for some milliseconds at most."""
_HELD: Final = 256
"""Requests that were held back and are looked at again, at once."""
_NOT_TEXT: Final = "�"
"""What stands for bytes that are no text: a record that holds any stays where it is."""


class RedisArchiving:
    """One workspace's requests that are over.

    Args:
        runner: the workspace's scripts.
        token: names this process in the lease; empty for who only reads.
    """

    def __init__(self, runner: Runner, token: str = "") -> None:
        self._runner = runner
        self._token = token
        self._client: Any = runner.client

    async def position(self, redacted: Sequence[str] = ()) -> tuple[ArchivePosition, Collection[str]]:
        """How far the archive has come, and which of these requests are taken out of it."""
        key = self._runner.key
        asked: list[tuple[str | int, ...]] = [("HGETALL", key("archive"))]
        if redacted:
            asked.append(("ZMSCORE", key("archive_redacted"), *redacted))
        found, *scores = await self._runner.read_all(asked)
        held = found if isinstance(found, dict) else dict(zip(found[::2], found[1::2], strict=True))
        gone = {
            one
            for one, score in zip(redacted, scores[0] if scores else (), strict=False)
            if score is not None
        }
        return ArchivePosition(
            held.get("began", ""),
            whole_number(held.get("number", "0")) or 0,
            whole_number(held.get("emptied", "0")) or 0,
            whole_number(held.get("first", "0")) or 0,
            held.get("until", "0-0"),
        ), gone

    async def now(self) -> int:
        """Redis' time in milliseconds."""
        async with ours():
            return read_time(await self._client.time())

    async def oldest(self, after: str, before: int) -> int:
        """When the first event after one happened, in milliseconds; 0 where there is none before a time."""
        async with ours():
            found = await self._client.xrange(self._runner.key("audit"), f"({after}", f"{before}-0", count=1)
        return int(found[0][0].partition("-")[0]) if found else 0

    async def leaving(
        self, after: str, before: int, most: int
    ) -> tuple[Sequence[ArchivedRequest], str, bool]:
        """Requests that may leave, the event up to which those are all, and whether there may be more.

        Args:
            after: the event up to which earlier looks went.
            before: milliseconds: what was over by then may leave, and events of then are looked at.
            most: so many requests, about.
        """
        found: dict[str, None] = {}
        async with ours():
            held = await self._client.zrangebyscore(
                self._runner.key("archive_held"), "-inf", await self.now(), start=0, num=_HELD
            )
        await self._note(found, held, before)
        reached, more = after, True
        while more and len(found) < most:
            async with ours(PAGE_SECONDS):
                page = await self._client.xrange(
                    self._runner.key("audit"), f"({reached}", f"({before}-0", count=_EVENTS
                )
            more = len(page) == _EVENTS
            if page:
                reached = page[-1][0]
            await self._note(found, (fields.get("request", "") for _, fields in page), before)
        return await self._read(list(found)), reached, more

    async def _note(self, found: dict[str, None], ids: Any, before: int) -> None:  # noqa: ANN401
        wanted = [id_ for id_ in dict.fromkeys(ids) if id_ and id_ not in found and "," not in id_]
        for start in range(0, len(wanted), _AT_ONCE * 4):
            page = wanted[start : start + _AT_ONCE * 4]
            answer = await self._runner.run("find_leaving", ids=",".join(page), before=before, again=DAY)
            found.update(dict.fromkeys(id_ for id_ in str(answer).split(",") if id_))

    async def _read(self, ids: Sequence[str]) -> Sequence[ArchivedRequest]:
        read = list[ArchivedRequest]()
        for start in range(0, len(ids), _AT_ONCE):
            page, pipe = ids[start : start + _AT_ONCE], self._client.pipeline(transaction=True)
            for id_ in page:
                pipe.hgetall(self._runner.key("request", id_))
                pipe.hgetall(self._runner.key("text", id_))
            async with ours(PAGE_SECONDS):
                answers = await pipe.execute()
            found = zip(page, answers[::2], answers[1::2], strict=True)
            read += [ArchivedRequest(*one) for one in found if one[1] and _is_text(one[1], one[2])]
        return read

    async def leave(self, requests: Sequence[ArchivedRequest], before: int, segment: int, digest: str) -> int:
        """Take requests out of Redis that a segment holds; how many were as it holds them.

        Raises:
            StoreUnavailableError: another process leads by now.
        """
        gone = 0
        for start in range(0, len(requests), _AT_ONCE):
            page = requests[start : start + _AT_ONCE]
            left = int(
                await self._runner.run(
                    "leave_for_archive",
                    token=self._token,
                    ids=",".join(one.id for one in page),
                    records={one.id: _mark(one) for one in page},
                    before=before,
                    segment=segment,
                    sha256=digest,
                )
            )
            if left < 0:
                raise taken_over()
            gone += left
        return gone

    async def move(self, was: int, to: ArchivePosition) -> None:
        """Note how far the archive has come."""
        await self._runner.run(
            "move_archive",
            began=to.began,
            was=was,
            number=to.number,
            until=to.until,
            first=to.first,
            emptied=to.emptied,
        )

    async def redacted(self, most: int = 1_000) -> Sequence[str]:
        """Requests that are to be taken out of the archive."""
        async with ours():
            found: Sequence[str] = await self._client.zrange(
                self._runner.key("archive_redacted"), 0, most - 1
            )
        return found

    async def forget_redacted(self, ids: Sequence[str]) -> None:
        """They are in no segment any more."""
        await self._runner.run("drop_redacted", ids=",".join(ids))


def _is_text(fields: dict[str, str], text: dict[str, str]) -> bool:
    odd = any(_NOT_TEXT in value for value in (*fields.values(), *text.values()))
    return not odd and not any("," in name or ";" in name for name in (*fields, *text))


def _mark(one: ArchivedRequest) -> str:
    """What a record must still be: names of its fields, those of its texts, and the hash of all values."""
    values = "\0".join((*one.fields.values(), *one.text.values())).encode()
    digest = hashlib.sha1(values, usedforsecurity=False).hexdigest()
    return f"{','.join(one.fields)};{','.join(one.text)};{digest}"
