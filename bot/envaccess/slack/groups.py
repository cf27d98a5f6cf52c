"""User groups as Slack knows them, at most ten seconds ago (law 4).

Slack answers questions about user groups 20 times a minute in all. One `usergroups.list` with the members
tells of every group, and is kept for seven seconds: nine questions a minute, however many groups a policy
names. Asking for each group by `usergroups.users.list` would pass the limit with the third group in use, and
every decision would then fail closed. That method is left for a group whose list came short: Slack cuts the
members in its events at 500 (https://docs.slack.dev/reference/events/subteam_updated), and does not promise
that it never does so here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from envaccess.domain.errors import DirectoryError, DirectoryRefusedError, GroupRefusedError
from envaccess.slack.alarms import Alarms
from envaccess.slack.calls import Refused, call
from envaccess.slack.directory_answers import said
from envaccess.slack.group_errors import NO_GROUP, why_unread
from envaccess.slack.ttl_cache import SharedCache, TtlCache
from envaccess.slack.unreachable import unreached

REFUSED: Final = "user_groups_refused"
_ALL: Final = "all"
_LIST, _MEMBERS = "usergroups.list", "usergroups.users.list"

Members = frozenset[str] | None
Listed = Mapping[str, Members] | Refused
"""The members by group; None where they came short."""
Told = Members | Refused
"""The members of one group; None where there is none."""


class Groups:
    """The members of the workspace's user groups."""

    def __init__(
        self,
        client: AsyncWebClient,
        shared: SharedCache,
        clock: Callable[[], float],
        alarms: Alarms | None = None,
        *,
        team: str = "",
    ) -> None:
        """Nothing is asked yet.

        Args:
            client: one that does not wait for Slack to be ready.
            shared: the cache that all processes of the workspace see.
            clock: monotonic seconds.
            alarms: told when Slack refuses to say, and when it does again.
            team: the workspace, which an org-wide token must name
                (https://docs.slack.dev/reference/methods/usergroups.list); any other passes over it.
        """
        self._client, self._alarms = client, alarms
        self._where = {"team_id": team} if team else {}
        self._listed: TtlCache[Listed] = TtlCache(
            "groups", shared, clock, ask=self._ask_all, write=_write, read=_read_kept
        )
        self._members: TtlCache[Told] = TtlCache(
            "group", shared, clock, ask=self._ask_members, write=_write_one, read=_read_one
        )

    async def find(self, group: str) -> Members:
        """Return a group's members; None when Slack knows no such group, or it is disabled.

        Raises:
            GroupRefusedError: Slack refuses to say, and would again.
            DirectoryError: Slack did not say.
        """
        listed = await self._listed.find(_ALL)
        if isinstance(listed, Refused):
            raise _refused(group, _LIST, listed)
        if group not in listed:
            return None
        members = listed[group]
        told: Told = await self._members.find(group) if members is None else members
        if isinstance(told, Refused):
            raise _refused(group, _MEMBERS, told)
        return told

    def forget(self, group: str) -> None:
        """Drop what is remembered of a group, and with it of all, because an event says that it changed."""
        self._listed.forget(_ALL)
        self._members.forget(group)

    async def close(self) -> None:
        """Finish what is being written to the shared cache."""
        await self._listed.close()
        await self._members.close()

    async def _ask_all(self, _: str) -> Listed:
        params = {"include_users": "true", "include_count": "true", "include_disabled": "false"} | self._where
        answer = await call(self._client, _LIST, params=params, verb="GET")
        if isinstance(answer, Refused) and not unreached(answer):
            self._sound(answer)
            return answer  # kept like any answer: each group of a policy would ask again, above Slack's limit
        listed = _read_all(said(answer, _LIST))
        if self._alarms:
            self._alarms.clear(REFUSED)
        return listed

    def _sound(self, answer: Refused) -> None:
        why = why_unread(answer.code)
        if self._alarms:
            problem = (
                f"{why.problem} ({_LIST}: {answer.code}), but the policy names some: nobody in them counts"
            )
            self._alarms.tell(REFUSED, problem=problem, mend=why.mend)

    async def _ask_members(self, group: str) -> Told:
        params = {"usergroup": group, "include_disabled": "false"} | self._where
        answer = await call(self._client, _MEMBERS, params=params, verb="GET")
        if isinstance(answer, Refused) and not unreached(answer):
            return None if answer.code in NO_GROUP else answer
        return _ids(said(answer, _MEMBERS).get("users"), _MEMBERS)


def _refused(group: str, method: str, answer: Refused) -> GroupRefusedError:
    why = why_unread(answer.code)
    refused = DirectoryRefusedError(method, answer.code, answer.needed)
    return GroupRefusedError(refused, group, why.problem, why.mend)


def _read_all(answer: Mapping[str, Any]) -> Mapping[str, Members]:
    """Read user group objects (https://docs.slack.dev/reference/objects/usergroup-object)."""
    found = answer.get("usergroups")
    if not isinstance(found, list):
        raise DirectoryError(f"{_LIST} cannot be read")
    return dict(_read_group(group) for group in found if not _is_disabled(group))


def _is_disabled(group: object) -> bool:
    return isinstance(group, dict) and bool(group.get("date_delete"))


def _read_group(group: object) -> tuple[str, Members]:
    """A group without members has no list of them; `user_count` is a number, or one in words ("2")."""
    if not isinstance(group, dict) or not isinstance(group.get("id"), str):
        raise DirectoryError(f"{_LIST} cannot be read")
    members = _ids(group.get("users") or [], _LIST)
    whole = str(group.get("user_count", "")) == str(len(members))
    return group["id"], members if whole else None


def _ids(found: object, method: str) -> frozenset[str]:
    if not isinstance(found, list) or not all(isinstance(user, str) for user in found):
        raise DirectoryError(f"{method} cannot be read")
    return frozenset(found)


def _write(listed: Listed) -> str:
    if isinstance(listed, Refused):
        return _write_refused(listed)
    return json.dumps({group: _sorted(ids) for group, ids in listed.items()})


def _read_kept(text: str) -> Listed:
    found = json.loads(text)
    if isinstance(found, str):
        return _read_refused(found)
    if not isinstance(found, dict):
        raise ValueError("no groups")  # noqa: TRY004 - what `TtlCache.read` raises
    return {group: _kept_ids(ids) for group, ids in found.items()}


def _write_one(members: Told) -> str:
    return _write_refused(members) if isinstance(members, Refused) else json.dumps(_sorted(members))


def _read_one(text: str) -> Told:
    found = json.loads(text)
    return _read_refused(found) if isinstance(found, str) else _kept_ids(found)


def _write_refused(answer: Refused) -> str:
    """A refusal as text. It is no list of members, so an earlier version that reads it asks Slack itself."""
    return json.dumps(f"{answer.code} {answer.needed}")


def _read_refused(text: str) -> Refused:
    code, space, needed = text.partition(" ")
    if not (code and space):
        raise ValueError("no refusal")
    return Refused(code, needed)


def _sorted(members: Members) -> list[str] | None:
    return None if members is None else sorted(members)


def _kept_ids(found: object) -> Members:
    if found is None:
        return None
    if not isinstance(found, list):
        raise ValueError("no members")  # noqa: TRY004 - what `TtlCache.read` raises
    return frozenset(map(str, found))
