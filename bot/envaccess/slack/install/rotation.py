"""Replace tokens that end, two hours before they do, in one process at a time.

Slack takes a refresh token back once it was used, and tells the next one only in its answer
(https://docs.slack.dev/authentication/using-token-rotation): who loses that answer has lost the installation
when its token ends. So what Slack answered is stored before anything else happens, also by a process that
is told to stop meanwhile, and a call without an answer is made again with the same refresh token, which Slack
has been seen to answer twice (slackapi/node-slack-sdk#2504). What then is refused is an alarm, hours before
anybody notices. A token that was replaced is never revoked: that would take the bot out of its channels
(https://docs.slack.dev/reference/methods/auth.revoke).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

import structlog

from envaccess.application.ports.installations import InstallationStore
from envaccess.domain.errors import StoreError
from envaccess.domain.installation import Installation
from envaccess.slack.alarms import Alarms
from envaccess.slack.calls import Delayed, Done, Lost, Refused
from envaccess.slack.install.answers import OUR_SECRET, read_refreshed
from envaccess.slack.install.oauth import GONE, SlackOAuth

EARLY: Final = 2 * 3_600_000
"""Milliseconds before its end in which a token is replaced."""
NEAR: Final = 3_600_000
"""Milliseconds before its end from which it is an alarm that Slack does not answer."""
LOOK_SECONDS: Final = 20.0
_REFUSED_SECONDS: Final = 300.0
_FIRST_SECONDS: Final = 5.0
_LONGEST_SECONDS: Final = 300.0
_STORE_SECONDS: Final = 0.5
_OVER: Final = GONE | {"invalid_refresh_token", "invalid_grant", "authorization_not_found"}
"""Codes that say that a refresh token never works again."""
ALARM: Final = "token_not_rotated"

_log = structlog.get_logger()


class Rotated(StrEnum):
    """What became of one try."""

    DONE = "done"
    OTHERS = "others"
    WAIT = "wait"
    REFUSED = "refused"


class TokenLeases(Protocol):
    """Which process replaces a token. Raises `StoreError`."""

    async def take(self, place: str) -> bool:
        """Take or keep it; False where another process has it."""
        ...

    async def free(self, place: str) -> None:
        """Give it back."""
        ...


@dataclass(slots=True)
class _Patience:
    """When an installation is tried again, in seconds of a clock that only goes forward."""

    at: float = 0.0
    tries: int = 0


@dataclass(slots=True)
class TokenRotation:
    """The loop.

    Attributes:
        installations: whose tokens.
        leases: one an installation.
        oauth: Slack.
        alarms: told what a person has to mend.
        now: milliseconds.
        monotonic: seconds.
        kept: told after each new token, so that this process uses it at once.
        install_page: where the app is installed again, for the alarms.
    """

    installations: InstallationStore
    leases: TokenLeases
    oauth: SlackOAuth
    alarms: Alarms
    now: Callable[[], int]
    monotonic: Callable[[], float]
    kept: Callable[[], Awaitable[None]]
    install_page: str
    _patience: dict[str, _Patience] = field(default_factory=dict)

    async def step(self) -> float:
        """Replace what is due; seconds until the next look."""
        found = await self.installations.all()
        places = {place_of(one) for one in found}
        self._patience = {place: kept for place, kept in self._patience.items() if place in places}
        for one in found:
            if self._is_due(one) and self.monotonic() >= self._of(one).at:
                await self.rotate(one)
        return LOOK_SECONDS

    async def rotate(self, one: Installation, *, at_once: bool = False) -> Rotated:
        """Replace one token, unless another process does, or did.

        Args:
            one: as it was read.
            at_once: whether it is replaced before its time.

        Raises:
            StoreError: Redis does not answer; no token was replaced.
        """
        if not await self.leases.take(place_of(one)):
            return Rotated.OTHERS
        # What Slack tells once is not to be lost because this process is told to stop.
        work = asyncio.ensure_future(self._rotate(one, at_once=at_once))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    def forget(self, one: Installation) -> None:
        """It is removed."""
        self._patience.pop(place_of(one), None)
        self.alarms.clear(ALARM, place_of(one))

    async def _rotate(self, one: Installation, *, at_once: bool) -> Rotated:
        try:
            fresh = await self.installations.find(one.team, one.enterprise)
            if fresh is None or fresh.org_wide != one.org_wide or not fresh.rotates:
                return Rotated.OTHERS
            if not self._is_due(fresh) and not (at_once and fresh.token == one.token):
                return Rotated.OTHERS
            return await self._refresh(fresh)
        finally:
            await self._free(one)

    async def _refresh(self, one: Installation) -> Rotated:
        answer = await self.oauth.refresh(one.refresh_token)
        match answer:
            case Done():
                new = read_refreshed(answer, one, self.now())
                if new is None:
                    return self._alarm(one, "Slack's answer could not be read", "see whether it stays so")
                return await self._store(one, new)
            case Refused(code) if code in OUR_SECRET:
                mend = "compare SLACK_CLIENT_ID and SLACK_CLIENT_SECRET with the app's page Basic Information"
                return self._alarm(one, f"Slack does not know this app ({code})", mend)
            case Refused(code):
                self._alarm(one, f"Slack refused the refresh token ({code})", self._install_again(one))
                return Rotated.REFUSED if code in _OVER else Rotated.WAIT
            case Delayed(seconds):
                return self._wait(one, seconds, "it asks to wait")
            case Lost(why):
                return self._wait(one, 0.0, why)

    async def _store(self, old: Installation, new: Installation) -> Rotated:
        """Store it until it is stored: nobody else has it."""
        while True:
            try:
                won = await self.installations.swap(old.token_sha256, new) or await self._take_back(old, new)
                break
            except StoreError as error:
                _log.error("rotated_token_not_stored_yet", place=place_of(old), why=type(error).__name__)
                await asyncio.sleep(_STORE_SECONDS)
        self._patience.pop(place_of(old), None)
        self.alarms.clear(ALARM, place_of(old))
        await self.kept()
        return Rotated.DONE if won else Rotated.OTHERS

    async def _take_back(self, old: Installation, new: Installation) -> bool:
        """Take the place of a token that another process stored meanwhile and that does not work, if so.

        Where Slack answered one refresh token twice, one of the two does not work, and nothing says which.
        """
        other = await self.installations.find(old.team, old.enterprise)
        if other is None or other.org_wide != old.org_wide:
            return False
        if other.token == new.token:  # it was stored, and not confirmed in time
            return True
        if not isinstance(theirs := await self.oauth.whose(other.token), Refused) or theirs.code not in GONE:
            return False
        if not isinstance(await self.oauth.whose(new.token), Done):
            return False
        return await self.installations.swap(other.token_sha256, new)

    def _is_due(self, one: Installation) -> bool:
        return one.rotates and self.now() >= one.expires_at - EARLY

    def _alarm(self, one: Installation, problem: str, mend: str) -> Rotated:
        """Tell a person, and try again now and then: Slack may have been wrong, or somebody mends it."""
        self._of(one).at = self.monotonic() + _REFUSED_SECONDS
        self.alarms.tell(ALARM, place_of(one), problem=f"{problem}; {self._until(one)}", mend=mend)
        return Rotated.WAIT

    def _wait(self, one: Installation, seconds: float, why: str) -> Rotated:
        kept = self._of(one)
        kept.at = self.monotonic() + max(seconds, min(_FIRST_SECONDS * 2**kept.tries, _LONGEST_SECONDS))
        kept.tries = min(kept.tries + 1, 10)
        _log.warning("token_not_rotated_yet", place=place_of(one), why=why)
        if self.now() >= one.expires_at - NEAR:
            mend = "look at the network, and at https://status.slack.com; it is tried again by itself"
            self.alarms.tell(
                ALARM, place_of(one), problem=f"Slack does not answer; {self._until(one)}", mend=mend
            )
        return Rotated.WAIT

    def _until(self, one: Installation) -> str:
        left = (one.expires_at - self.now()) // 60_000
        return f"its token works for {left} min more" if left > 0 else "its token has ended"

    def _install_again(self, one: Installation) -> str:
        return f"install the app again in {place_of(one)}, at {self.install_page}: nothing of it is lost"

    def _of(self, one: Installation) -> _Patience:
        return self._patience.setdefault(place_of(one), _Patience())

    async def _free(self, one: Installation) -> None:
        try:
            await self.leases.free(place_of(one))
        except StoreError:  # it ends by itself
            _log.warning("lease_not_given_back", place=place_of(one))


def place_of(one: Installation) -> str:
    """What names an installation to people: its workspace's id, or its organisation's."""
    return one.enterprise if one.org_wide else one.team
