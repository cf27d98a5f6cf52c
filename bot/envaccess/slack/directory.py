"""Who is who in Slack, at most ten seconds ago (law 4); fits `ports.people.Directory`.

Everything fails closed: no answer in time, or one that cannot be read, is a `DirectoryError`; a channel that
is not safe at this moment has no members. A 429 is no answer: nothing here waits for Slack to be ready.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from envaccess.domain.errors import DirectoryError
from envaccess.domain.person import Person
from envaccess.slack.alarms import Alarms
from envaccess.slack.budget import deadline
from envaccess.slack.calls import Refused, call
from envaccess.slack.channel_info import ChannelInfo
from envaccess.slack.client import NOBODY, QUICK_SECONDS, Identity, SlackClient
from envaccess.slack.directory_answers import has_moved, read_channel, read_person, said
from envaccess.slack.groups import Groups
from envaccess.slack.ttl_cache import SharedCache, TtlCache

_PAGE = 999
MEMBERS_MAX: Final = 10_000
"""Members of a channel above which reading them takes too long; the policy's own limit is far lower."""

_NO_CHANNEL = frozenset({"channel_not_found", "not_in_channel", "is_archived"})

T = TypeVar("T")

Admits = Callable[[str, ChannelInfo | None], bool]
"""Whether a channel's members count, by its id and as Slack describes it now; None when we cannot see it."""


class SlackDirectory:
    """The directory of the bot's own workspace."""

    def __init__(
        self,
        client: SlackClient,
        identity: Identity,
        shared: SharedCache,
        clock: Callable[[], float],
        *,
        admits: Admits,
        alarms: Alarms | None = None,
        seconds: float | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            client: the connections to Slack.
            identity: who the bot is.
            shared: the cache that all processes of the workspace see.
            clock: monotonic seconds.
            admits: asked each time that Slack is asked about a channel's members.
            alarms: told when Slack refuses to say who is in user groups, and when it does again.
            seconds: the longest that a question may take, else `QUICK_SECONDS`; `before_ack` may leave less.
        """
        self._client = client
        self._identity = identity
        self._admits = admits
        self._seconds = QUICK_SECONDS if seconds is None else seconds
        self._people = TtlCache(
            "person", shared, clock, ask=self._ask_person, write=_write_person, read=_read_kept_person
        )
        self._members = TtlCache(
            "members", shared, clock, ask=self._ask_members, write=_write_members, read=_read_kept_members
        )
        self._groups = Groups(client.quick, shared, clock, alarms, team=identity.team)

    @property
    def workspace(self) -> str:
        """The team id that `auth.test` gave."""
        return self._identity.team

    @property
    def workspace_name(self) -> str:
        """What people call it, as `auth.test` said when the bot started; may be empty."""
        return self._identity.team_name

    async def person(self, user: str) -> Person | None:
        """Return who this is; None when Slack knows nobody of that id.

        Raises:
            DirectoryError: Slack did not say in time.
        """
        kept = self._people.kept(user)
        return kept.answer if kept else await self._timely(self._people.find(user))

    async def persons(self, users: Sequence[str]) -> Sequence[Person | None]:
        """Return who these are; those that are remembered need no task.

        Raises:
            DirectoryError: Slack did not say in time.
        """
        answers = {user: kept.answer for user in users if (kept := self._people.kept(user))}
        asked = [user for user in dict.fromkeys(users) if user not in answers]
        if asked:
            answers |= zip(asked, await asyncio.gather(*map(self.person, asked)), strict=True)
        return [answers[user] for user in users]

    async def members(self, channel: str) -> frozenset[str]:
        """Return a channel's members without the bot; empty when the channel is not admitted.

        Raises:
            DirectoryError: Slack did not say in time, or there are more than `MEMBERS_MAX`.
        """
        kept = self._members.kept(channel)
        return kept.answer if kept else await self._timely(self._members.find(channel))

    async def group(self, group: str) -> frozenset[str] | None:
        """Return a user group's members, by its id `S...`; None when there is none, or it is disabled.

        Raises:
            GroupRefusedError: Slack refuses to say, and would again.
            DirectoryError: Slack did not say in time.
        """
        return await self._timely(self._groups.find(group))

    async def channel(self, channel: str) -> ChannelInfo | None:
        """Ask about a channel afresh, with the time that a background call has; None when we cannot see it.

        Raises:
            DirectoryError: Slack did not say.
        """
        return await ask_channel(self._client.background, channel)

    def forget(self, user: str) -> None:
        """Drop what is remembered of somebody, because an event says that it changed."""
        self._people.forget(user)

    def forget_channel(self, channel: str) -> None:
        """Drop what is remembered of a channel's members, because an event says that they changed."""
        self._members.forget(channel)

    def forget_group(self, group: str) -> None:
        """Drop what is remembered of a user group, because an event says that it changed."""
        self._groups.forget(group)

    async def close(self) -> None:
        """Finish what is being written to the shared cache."""
        await self._people.close()
        await self._members.close()
        await self._groups.close()

    async def _timely(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(deadline(self._seconds)):
                return await answer
        except TimeoutError:
            raise DirectoryError("Slack did not say in time who somebody is") from None

    async def _ask_person(self, user: str) -> Person | None:
        answer = await call(self._client.quick, "users.info", params={"user": user}, verb="GET")
        if isinstance(answer, Refused) and answer.code in NOBODY:
            return None
        found = said(answer, "users.info").get("user")
        if has_moved(found, user):
            return None
        return read_person(found, user, self._identity.team, self._identity.enterprise)

    async def _ask_members(self, channel: str) -> frozenset[str]:
        """Ask for the members and, meanwhile, what the channel is now.

        `conversations.members` also lists public channels that we have not joined, and archived ones.
        """
        info, members = await asyncio.gather(
            ask_channel(self._client.quick, channel), self._ask_pages(channel)
        )
        if info:  # Slack need not count
            info = replace(info, members=max(info.members, len(members)))
        return frozenset(members - {self._identity.user}) if self._admits(channel, info) else frozenset()

    async def _ask_pages(self, channel: str) -> set[str]:
        found: set[str] = set()
        cursor = ""
        while True:
            page = await self._ask_page(channel, cursor)
            if page is None:
                return set()
            found.update(page["members"])
            if len(found) > MEMBERS_MAX:
                raise DirectoryError(f"a channel with more than {MEMBERS_MAX} members is not read")
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found

    async def _ask_page(self, channel: str, cursor: str) -> Mapping[str, Any] | None:
        params: dict[str, object] = {"channel": channel, "limit": _PAGE}
        if cursor:
            params["cursor"] = cursor
        answer = await call(self._client.quick, "conversations.members", params=params, verb="GET")
        if isinstance(answer, Refused) and answer.code in _NO_CHANNEL:
            return None
        page = said(answer, "conversations.members")
        if not isinstance(page.get("members"), list):
            raise DirectoryError("conversations.members cannot be read")
        return page


async def ask_channel(client: AsyncWebClient, channel: str) -> ChannelInfo | None:
    """Ask about a channel afresh; None when the bot cannot see it.

    Raises:
        DirectoryError: Slack did not say.
    """
    params = {"channel": channel, "include_num_members": "1"}
    answer = await call(client, "conversations.info", params=params, verb="GET")
    if isinstance(answer, Refused) and answer.code in _NO_CHANNEL:
        return None
    return read_channel(said(answer, "conversations.info"))


def _write_person(person: Person | None) -> str:
    return json.dumps(asdict(person) if person else None)


def _read_kept_person(text: str) -> Person | None:
    found = json.loads(text)
    try:
        return None if found is None else Person(**{**found, "sisters": tuple(found.get("sisters", ()))})
    except (TypeError, AttributeError):
        raise ValueError("no person") from None


def _write_members(members: frozenset[str]) -> str:
    return " ".join(sorted(members))


def _read_kept_members(text: str) -> frozenset[str]:
    return frozenset(text.split())
