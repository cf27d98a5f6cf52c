"""The app was removed somewhere, or given to a workspace, or taken from it: what is true is asked of Slack.

These events come in either order, twice, late or never. One that was sent before somebody installed the app
again must not remove what is there now: so an installation goes only when Slack refuses the token that it
has, and only while it has that one. Each is asked about now and then as well, for what was never sent.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from envaccess.application.ports.installations import InstallationStore
from envaccess.domain.audit import BOT
from envaccess.domain.errors import StoreError
from envaccess.domain.installation import Installation, find_exact
from envaccess.slack.calls import Done, Refused
from envaccess.slack.install.oauth import GONE, SlackOAuth
from envaccess.slack.install.rotation import Rotated, TokenRotation, place_of
from envaccess.slack.payload import dig, text
from envaccess.slack.workspace_of import is_org_wide, workspace_of

EVENTS: Final = frozenset({"app_uninstalled", "tokens_revoked", "team_access_granted", "team_access_revoked"})
"""What is taken here, in place of a workspace's own listeners."""
LOOK_SECONDS: Final = 10.0
ROUND_SECONDS: Final = 600.0
_DEAD: Final = frozenset({"account_inactive", "app_not_installed"})
"""Codes that say that the app is gone, whatever refresh token there is."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Removals:
    """What becomes of installations that Slack says something about.

    Attributes:
        installations: those that there are.
        oauth: Slack.
        rotation: tries whether a refresh token still works.
        monotonic: seconds.
        changed: told after each change, so that this process serves, or does not serve, at once.
    """

    installations: InstallationStore
    oauth: SlackOAuth
    rotation: TokenRotation
    monotonic: Callable[[], float]
    changed: Callable[[], Awaitable[None]]
    _doubted: dict[tuple[str, str], str] = field(default_factory=dict)
    _silent: dict[tuple[str, str], float] = field(default_factory=dict)
    _next_round: float = 0.0

    async def take(self, body: Mapping[str, Any]) -> bool:
        """Act on a payload, if it is such an event; whether it is one.

        What could not be found out now is looked at again by `step`.
        """
        event = text(body, "event", "type")
        if text(body, "type") != "event_callback" or event not in EVENTS:
            return False
        team, enterprise = workspace_of(body)
        if event == "tokens_revoked" and not dig(body, "event", "tokens", "bot"):
            return True
        wide = event.startswith("team_access") or is_org_wide(body)
        place = ("", enterprise) if wide else (team, "")
        if any(place):
            self._doubted[place] = event
            await self._look()
        return True

    async def step(self) -> float:
        """Look at what is doubted, and now and then at all; seconds until the next look.

        Raises:
            StoreError: Redis did not answer.
        """
        if self.monotonic() >= self._next_round:
            for one in await self.installations.all():
                self._doubted.setdefault(("", one.enterprise) if one.org_wide else (one.team, ""), "")
            self._next_round = self.monotonic() + ROUND_SECONDS
        await self._look()
        return LOOK_SECONDS

    async def _look(self) -> None:
        for place, why in list(self._doubted.items()):
            try:
                settled = await self._settle(*place, why)
            except StoreError as error:
                _log.error("installation_not_looked_at", place="".join(place), why=type(error).__name__)
                return
            if settled and self._doubted.get(place) == why:
                del self._doubted[place]

    async def _settle(self, team: str, enterprise: str, why: str) -> bool:
        """Find out about one; whether that came to an end."""
        one = find_exact(await self.installations.all(), team, enterprise)
        if one is None:
            return True
        whose = await self.oauth.whose(one.token)
        match whose:
            case Done():
                self._silent.pop((team, enterprise), None)
                return await self._follow_teams(one) if one.org_wide else True
            case Refused(code) if code in _DEAD:
                return (
                    await self._remove(one, why or code) if why or self._is_gone(team, enterprise) else True
                )
            case Refused(code) if code in GONE | {"token_expired"}:
                return await self._try_refresh(one, why)
        return False

    def _is_gone(self, team: str, enterprise: str) -> bool:
        """Whether Slack has said for two rounds that the app is gone, though no event did."""
        first = self._silent.setdefault((team, enterprise), self.monotonic())
        return self.monotonic() >= first + ROUND_SECONDS

    async def _try_refresh(self, one: Installation, why: str) -> bool:
        """The token does not work: perhaps because another process replaces it at this moment."""
        if not one.rotates:
            # Without an event nobody said that it was removed: an alarm tells of a token that is refused.
            return await self._remove(one, why) if why else True
        match await self.rotation.rotate(one, at_once=True):
            case Rotated.DONE:
                return True
            case Rotated.REFUSED if why:
                return await self._remove(one, why)
            case Rotated.REFUSED:
                return True
        return False

    async def _remove(self, one: Installation, why: str) -> bool:
        """Forget it, while it has the token that Slack refused."""
        if await self.installations.remove(one.team, one.enterprise, BOT, why, of_token=one.token_sha256):
            self.rotation.forget(one)
            _log.warning("app_removed", place=place_of(one), why=why)
            await self.changed()
            return True
        return False  # it was installed again, or its token was replaced: look again

    async def _follow_teams(self, one: Installation) -> bool:
        """Which workspaces an organisation gave the app, as Slack lists them now."""
        listed = await self.oauth.teams(one.token)
        if not isinstance(listed, frozenset):
            return False
        if await self.installations.change_teams(one.enterprise, lambda _: listed, BOT):
            _log.info("app_teams_changed", place=place_of(one), teams=str(len(listed)))
            await self.changed()
        return True
