"""Logins of the database secrets engine, each with a token of its own that ends it (ADR 0031).

`creds/ROLE` makes another login at each call, and its lease has an id that only the answer tells. So each
lease gets a token first: an orphan, made by a token role. Which token that is, by its accessor, is noted in a
KV v2 folder under our own id before the login is made. Whatever answer is lost after that, or whoever is
killed, the id finds the token, and with the token ends whatever it made (api-docs, "Token auth method").
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from envaccess.domain.leases import (
    Gone,
    HeldLease,
    LeaseId,
    LeaseIntent,
    Minted,
    Remains,
    StillThere,
    TimeLeft,
    lease_parts,
    lease_prefix,
)
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.templates import fill
from envaccess.domain.sources.value import Value
from envaccess.domain.text import whole_number
from envaccess.sources.http_client import SourceAnswer
from envaccess.sources.vault.api import Told
from envaccess.sources.vault.records import LeaseRecord, LeaseRecords
from envaccess.sources.vault.session import VaultSession
from envaccess.sources.vault.tokens import LeaseTokens, OwnToken

_LOOKS: Final = 8
"""How often it is looked whether what was ended is gone: Vault ends a token's leases after it answered."""
_BETWEEN: Final = 0.1


class VaultLeases:
    """The leases of one server (port `Leases`).

    Args:
        session: calls with our token.
        sleep: waits for so many seconds.
    """

    def __init__(
        self, session: VaultSession, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._session = session
        self._api = session.api
        self._tokens = LeaseTokens(session)
        self._records = LeaseRecords(session)
        self._sleep = sleep

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:  # noqa: ARG002 - the port's
        """Which server, and which of its token roles and folders."""
        spec = self._api.spec
        return {
            "address": spec.address,
            "namespace": spec.namespace,
            "records": spec.records,
            "login": _role(place.options),
        }

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        """Make a login; one that this id has already is ended before. Raises as `Leases.mint`."""
        noted = await self._records.read(lease.id)
        if noted.accessor:
            await self._tokens.end(noted.accessor, lease.id)
        seconds = left.seconds()
        own = await self._tokens.make(lease.id, seconds)
        try:
            noted = await self._records.write(lease.id, LeaseRecord(own.accessor, "", noted.version))
            made = await self._login(lease.place, own)
            name = self._api.text(made, "lease_id")
            await self._records.write(lease.id, LeaseRecord(own.accessor, name, noted.version))
            lives = min(own.seconds, await self._lengthened(made, name, seconds))
            value = Value(self._filled(lease.place, made), lease.id)
        except BaseException:
            await asyncio.shield(self._tokens.given_up(own.accessor, lease.id))
            raise
        pinned = {**lease.pinned, "accessor": own.accessor, "lease": name}
        return Minted(value, pinned, lives if lives < seconds else None)

    async def _login(self, place: LeasePlace, own: OwnToken) -> Told:
        """What `creds/ROLE` answers the lease's own token."""
        mount, role = _mount_and_role(place.options)
        answer = await self._api.ask("GET", [mount, "creds", role], token=own.token)
        if answer.ok:
            return self._api.told(answer)
        if answer.status == 403:  # noqa: PLR2004
            told = f"does not let tokens of the role {self._api.spec.token_role} read {mount}/creds/{role}"
            raise self._api.fault(SourceFault.DENIED, told)
        raise self._api.fault(SourceFault.MISSING, f"has no role {role} at {mount}, or no database behind it")

    async def _lengthened(self, made: Told, name: str, seconds: int) -> int:
        """For how long the login works: its role's default may be shorter than what is asked."""
        lives = whole_number(str(made.get("lease_duration", ""))) or 0
        if lives >= seconds or made.get("renewable") is not True:
            return lives
        renewed = await self._renew(name, seconds)
        if not renewed.ok:
            return lives
        return whole_number(str(self._api.told(renewed).get("lease_duration", ""))) or lives

    async def _renew(self, lease: str, seconds: int) -> SourceAnswer:
        body = {"lease_id": lease, "increment": seconds}
        return await self._session.ask("POST", ["sys/leases/renew"], body=body)

    def _filled(self, place: LeasePlace, made: Told) -> str:
        """What is shown: the rule's `url` with the login in it, or the login as JSON."""
        data = self._api.part(made, "data")
        login = {"user": self._api.text(data, "username"), "password": self._api.text(data, "password")}
        url = place.options.get("url")
        return fill(url, login, lambda text: quote(text, safe="")) if url else json.dumps(login)

    async def _found(self, lease: HeldLease) -> LeaseRecord:
        """Its token and its login: as they are pinned, else as they are noted."""
        accessor, name = lease.pinned.get("accessor", ""), lease.pinned.get("lease", "")
        return LeaseRecord(accessor, name) if accessor and name else await self._records.read(lease.id)

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        """Lengthen token and login; raises as `Leases.extend`."""
        found = await self._found(lease)
        held, lives = await self._tokens.left(found.accessor, lease.id), await self._left(found.login)
        if not held or not lives:
            raise self._api.fault(SourceFault.MISSING, "has ended this login already")
        seconds = left.seconds()
        if held < seconds:
            held = await self._tokens.lengthen(found.accessor, seconds)
        if lives < seconds:
            answer = await self._renew(found.login, seconds)
            if answer.ok:
                lives = whole_number(str(self._api.told(answer).get("lease_duration", ""))) or lives
        shortest = min(held, lives)
        return shortest if shortest < seconds else None

    async def _left(self, name: str) -> int | None:
        """Seconds that a login has left, 0 where Vault is about to end it; None where it is gone."""
        if not name:
            return None
        answer = await self._session.ask("POST", ["sys/leases/lookup"], body={"lease_id": name})
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(SourceFault.DENIED, "does not let us look at sys/leases/lookup")
        if not answer.ok:
            return None
        return whole_number(str(self._api.part(self._api.told(answer), "data").get("ttl", ""))) or 0

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        """End the token, and with it whatever it made; then look. Raises as `Leases.revoke`."""
        pinned = lease.pinned
        if pinned.get("address", self._api.spec.address) != self._api.spec.address:
            told = (
                f"The login was made at another address than the source {lease.source} has now: end it there"
            )
            return StillThere(Remains.LOGIN, what=told)
        noted = await self._records.read(lease.id)
        login = pinned.get("lease", "") or noted.login
        await self._end_login(login, f"{pinned.get('login', '')}/")
        ended = False
        for accessor in {pinned.get("accessor", ""), noted.accessor} - {""}:
            ended = await self._tokens.end(accessor, lease.id) or ended
        if not login and ended:
            told = "Nobody knows which login was made; Vault is ending it, and it is looked at again"
            return StillThere(Remains.LOGIN, what=told)
        if await self._remains(login):
            told = (
                f"Vault has not ended it yet: it cannot reach the database behind {pinned.get('login', '')}, "
                "or may not drop the role there"
            )
            return StillThere(Remains.LOGIN, what=told)
        await self._records.drop(lease.id)
        return Gone()

    async def _end_login(self, login: str, prefix: str) -> None:
        """End the login itself, and wait for that: what a token made Vault ends some time after it answered.

        Whether that is done is looked at later. The end of the token, which follows in any case, does it too.
        Where somebody else wrote the note, it may name any lease: only logins of this role are ended.
        """
        if login.startswith(prefix):
            with contextlib.suppress(SourceFaultError):
                await self._session.ask("POST", ["sys/leases/revoke"], body={"lease_id": login, "sync": True})

    async def _remains(self, name: str) -> bool:
        """Whether the login is there still, after a moment in which Vault may end it."""
        for look in range(_LOOKS):
            if await self._left(name) is None:
                return False
            if look < _LOOKS - 1:
                await self._sleep(_BETWEEN)
        return True

    async def alive(self, lease: HeldLease) -> bool:
        """Whether token and login are both there still: a login ends with its token."""
        found = await self._found(lease)
        return bool(await self._tokens.left(found.accessor, lease.id) and await self._left(found.login))

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        """Nothing: a token and its login are ended by Vault when their time is over."""
        del workspace
        return ()

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        """Every id that is noted and whose token lives. Raises `SourceFaultError`."""
        noted = [
            LeaseId(name) for name in await self._records.names(lease_prefix(workspace)) if lease_parts(name)
        ]
        return [
            one for one in noted if await self._tokens.left((await self._records.read(one)).accessor, one)
        ]


def _mount_and_role(options: Mapping[str, str]) -> tuple[str, str]:
    return options.get("mount", "database").strip("/"), options.get("role", "")


def _role(options: Mapping[str, str]) -> str:
    mount, role = _mount_and_role(options)
    return f"{mount}/creds/{role}"
