"""Installations: sealed by the master keys, opened here and nowhere else. Fits `ports.installations`."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from envaccess.crypto.keys import Keyring
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import Actor, Tag, person
from envaccess.domain.errors import SealError, StoreUncertainError
from envaccess.domain.installation import (
    Installation,
    find_among,
    find_exact,
    read_installation,
    write_installation,
)
from envaccess.store.client import Client
from envaccess.store.installation_kinds import INSTALLATIONS
from envaccess.store.installations import NOTHING, InstallationChange, RedisInstallations
from envaccess.store.runner import Runner

_TRIES: Final = 50
"""Changes of others at the same moment that are waited out; each of them came through."""


def _nobody_told(_place: str) -> None:
    """Where nobody is told."""


class SealedInstallations:
    """The installations of one app.

    Args:
        client: the connections; in a cluster those of the installations alone.
        keyring: the master keys.
        client_id: the app's Client ID; what another app installed is not seen.
        alarm: told the place of each one that no master key opens.
    """

    def __init__(
        self, client: Client, keyring: Keyring, client_id: str, alarm: Callable[[str], None] = _nobody_told
    ) -> None:
        self.runner = Runner(client, INSTALLATIONS)
        self._stored = RedisInstallations(self.runner)
        self._keyring, self._sealer = keyring, Sealer(keyring)
        self._client_id, self._alarm = client_id, alarm

    async def all(self) -> Sequence[Installation]:
        """Every one that a master key opens."""
        return [one for _, one in (await self._opened()).values()]

    async def find(self, team: str, enterprise: str) -> Installation | None:
        """The one that serves a workspace, as the port says."""
        return find_among(await self.all(), team, enterprise)

    async def save(self, new: Installation) -> None:
        """Keep it in place of what was there; what it replaces may be of another organisation."""
        for _ in range(_TRIES):
            stored = await self._stored.stored()
            place = self._place(new)
            others = [name for name in stored if name != place and _is_of(name, self._client_id, new)]
            by = person(new.installed_by)
            change = _change(new, by, again=bool(others or place in stored))
            _, _, before = await self._at("", new.enterprise) if new.org_wide else ("", NOTHING, None)
            kept = new.for_teams((*new.teams, *before.teams)) if before else new
            if await self._put(change, Tag.APP_INSTALLED, place, stored, kept, "".join(others[:1])):
                # What it had before and has no more is taken from it, by an event of its own.
                if kept.teams != new.teams:
                    await self.change_teams(new.enterprise, lambda _: frozenset(new.teams), by)
                return
        raise StoreUncertainError("The installation was changed by others at every try")

    async def remove(self, team: str, enterprise: str, by: Actor, why: str, of_token: str = "") -> bool:
        """Forget it, as the port says."""
        for _ in range(_TRIES):
            place, old, one = await self._at(team, enterprise)
            if one is None or of_token not in {"", one.token_sha256}:
                return False
            change = _change(one, by, why=why)
            if await self._stored.drop(change, place, old):
                return True
        raise StoreUncertainError("The installation was changed by others at every try")

    async def swap(self, old_token_sha256: str, new: Installation) -> bool:
        """Put another token in place of one, as the port says."""
        for _ in range(_TRIES):
            place, old, one = await self._at(new.team, new.enterprise)
            if one is None or one.token_sha256 != old_token_sha256:
                return False
            kept = replace(
                one,
                token=new.token,
                refresh_token=new.refresh_token,
                expires_at=new.expires_at,
                scopes=new.scopes,
            )
            change = _change(kept, _BOT, expires_at=str(new.expires_at))
            if await self._put(change, Tag.APP_TOKEN_ROTATED, place, {place: old}, kept):
                return True
        raise StoreUncertainError("The installation was changed by others at every try")

    async def change_teams(
        self, enterprise: str, change: Callable[[frozenset[str]], frozenset[str]], by: Actor
    ) -> bool:
        """Change which workspaces an organisation's installation is for, as the port says."""
        changed = False
        for _ in range(_TRIES):
            place, old, one = await self._at("", enterprise)
            before = frozenset(one.teams) if one else frozenset()
            after = change(before)
            if one is None or after == before:
                return changed
            # What was taken goes first, by an event of its own: what lives there ends by it.
            gone = before - after
            tag, step = (Tag.APP_UNINSTALLED, before - gone) if gone else (Tag.APP_INSTALLED, after)
            said = _change(one, by, teams=",".join(sorted(step ^ before)), why="granted")
            if await self._put(said, tag, place, {place: old}, one.for_teams(step)):
                changed = True
                if step == after:
                    return True
        raise StoreUncertainError("The installation was changed by others at every try")

    async def unopened(self) -> Collection[str]:
        """Those that no master key of ours opens, by their workspace or organisation."""
        opened = await self._opened()
        return [_named(place) for place in await self._stored.stored() if place not in opened]

    async def needed_keys(self) -> frozenset[str]:
        """The ids of the master keys that they need."""
        return frozenset(_master_of(blob) for blob in (await self._stored.stored()).values())

    async def reseal(self, op: str, actor: Actor) -> int:
        """Seal each anew under the first master key; how many were moved. Those of other apps, too.

        One that no master key opens stays as it is.
        """
        moved = 0
        for place, blob in (await self._stored.stored()).items():
            if _master_of(blob) == self._keyring.first.id:
                continue
            try:
                anew = self._sealer.reseal(blob, workspace=INSTALLATIONS, name=_name(place), version=1)
            except SealError:  # told by the alarm of whoever serves; installing again mends it
                continue
            change = InstallationChange(f"{op}:{place}", actor, {"key": f"installation-{_named(place)}"})
            moved += await self._stored.put(change, Tag.SEAL_KEY_RESEALED, place, blob, anew)
        return moved

    async def _opened(self) -> Mapping[str, tuple[bytes, Installation]]:
        """Those of this app that open, by their place; the alarm is told of the others."""
        found = {}
        for place, blob in (await self._stored.stored()).items():
            if not place.startswith(f"{self._client_id}/"):
                continue
            one = self._open(place, blob)
            if one is None:
                self._alarm(_named(place))
            else:
                found[place] = blob, one
        return found

    def _open(self, place: str, blob: bytes) -> Installation | None:
        try:
            text = self._sealer.open(blob, workspace=INSTALLATIONS, name=_name(place), version=1)
        except SealError:
            return None
        one = read_installation(text)
        return one if one and self._place(one) == place else None

    async def _at(self, team: str, enterprise: str) -> tuple[str, bytes, Installation | None]:
        """A workspace's own, or the organisation's itself: its place, its bytes, and what they say."""
        opened = await self._opened()
        one = find_exact((kept for _, kept in opened.values()), team, enterprise)
        if one:
            return self._place(one), opened[self._place(one)][0], one
        return "", NOTHING, None

    async def _put(
        self,
        change: InstallationChange,
        tag: Tag,
        place: str,
        stored: Mapping[str, bytes],
        new: Installation,
        instead: str = "",
    ) -> bool:
        sealed = self._sealer.seal(
            write_installation(new), workspace=INSTALLATIONS, name=_name(place), version=1
        )
        return await self._stored.put(change, tag, place, stored.get(place, NOTHING), sealed, instead)

    def _place(self, one: Installation) -> str:
        return f"{self._client_id}/{one.enterprise}/{one.team}"


_BOT: Final = Actor("bot")


def _change(one: Installation, by: Actor, **more: str | bool) -> InstallationChange:
    """What the audit is told: never a token."""
    detail = {"team": one.team, "organisation": one.enterprise, "teams": ",".join(one.served)}
    told = {name: "1" if text is True else str(text) for name, text in more.items() if text}
    return InstallationChange(
        secrets.token_hex(12), by, {name: text for name, text in {**detail, **told}.items() if text}
    )


def _is_of(place: str, client_id: str, one: Installation) -> bool:
    """Whether a place is of the same workspace, whatever organisation it was in."""
    app, _, team = place.split("/", 2)
    return bool(one.team) and app == client_id and team == one.team


def _named(place: str) -> str:
    """The workspace or organisation of a place."""
    _, _, rest = place.partition("/")
    enterprise, _, team = rest.partition("/")
    return team or enterprise


def _name(place: str) -> str:
    """What it is sealed as: no variable is called so."""
    return f"#installation/{place}"


def _master_of(blob: bytes) -> str:
    try:
        return Sealer.key_id_of(blob)
    except SealError:
        return "unreadable"
