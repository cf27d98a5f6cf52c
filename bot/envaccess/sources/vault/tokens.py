"""Tokens of leases: each an orphan of a token role, so that it outlives our own login and dies on its own."""

import contextlib
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.leases import LeaseId
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.text import whole_number
from envaccess.sources.http_client import SourceAnswer
from envaccess.sources.vault.api import says
from envaccess.sources.vault.session import VaultSession

META: Final = "envaccess_lease"
"""Under which a token says whose it is, for whoever looks at it there."""


@dataclass(frozen=True, slots=True)
class OwnToken:
    """The token of one lease; kept nowhere, only its accessor is.

    Attributes:
        accessor: names it to end it, and lets nobody use it.
        seconds: that it lives.
    """

    token: str = field(repr=False)
    accessor: str
    seconds: int


class LeaseTokens:
    """Makes, lengthens and ends them."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._api = session.api

    async def make(self, lease: LeaseId, seconds: int) -> OwnToken:
        """A token that ends by itself. Raises `SourceFaultError`."""
        role = self._api.spec.token_role
        body = {"ttl": f"{seconds}s", "meta": {META: lease}, "display_name": "envaccess", "renewable": True}
        answer = await self._session.ask("POST", ["auth/token/create", role], body=body)
        if not answer.ok:
            raise self._refused(answer, f"does not let us make tokens of the role {role}")
        auth = self._api.part(self._api.told(answer), "auth")
        made = OwnToken(
            self._api.text(auth, "client_token"),
            self._api.text(auth, "accessor"),
            whole_number(str(auth.get("lease_duration", ""))) or 0,
        )
        self._session.withhold(made.token)
        if auth.get("orphan") is not True:
            await self.given_up(made.accessor, lease)
            told = f"makes tokens of the role {role} that end with our own: set orphan=true there"
            raise self._api.fault(SourceFault.DENIED, told)
        return made

    async def left(self, accessor: str, lease: LeaseId) -> int:
        """Seconds that the token of a lease lives still; 0 where it is gone.

        Raises:
            SourceFaultError: also where the accessor is of somebody else's token, which is never ended.
        """
        if not accessor:
            return 0
        answer = await self._session.ask("POST", ["auth/token/lookup-accessor"], body={"accessor": accessor})
        if not answer.ok:
            self._gone(answer, "does not let us look at auth/token/lookup-accessor")
            return 0
        data = self._api.part(self._api.told(answer), "data")
        meta = data.get("meta")
        if not isinstance(meta, dict) or meta.get(META) != lease:
            told = f"has a token noted for {lease} that is not of this lease: look who wrote that"
            raise self._api.fault(SourceFault.DENIED, told)
        return whole_number(str(data.get("ttl", ""))) or 0

    async def lengthen(self, accessor: str, seconds: int) -> int:
        """Let it live for so many seconds from now; returns what it got. Raises `SourceFaultError`."""
        body = {"accessor": accessor, "increment": seconds}
        answer = await self._session.ask("POST", ["auth/token/renew-accessor"], body=body)
        if not answer.ok:
            self._gone(answer, "does not let us renew tokens at auth/token/renew-accessor")
            raise self._api.fault(SourceFault.MISSING, "has ended this token already")
        return (
            whole_number(str(self._api.part(self._api.told(answer), "auth").get("lease_duration", ""))) or 0
        )

    async def end(self, accessor: str, lease: LeaseId) -> bool:
        """End it, and whatever it made. Raises `SourceFaultError` as `left`.

        Returns:
            Whether it was there: Vault ends what it made a moment later.
        """
        if not await self.left(accessor, lease):
            return False
        answer = await self._session.ask("POST", ["auth/token/revoke-accessor"], body={"accessor": accessor})
        if not answer.ok:
            self._gone(answer, "does not let us end tokens at auth/token/revoke-accessor")
        return True

    async def given_up(self, accessor: str, lease: LeaseId) -> None:
        """End it, where it can be: what could not be ended now is ended by its lease's id later."""
        with contextlib.suppress(SourceFaultError):
            await self.end(accessor, lease)

    def _gone(self, answer: SourceAnswer, denied: str) -> None:
        """Let pass what says that there is no such token; raise `SourceFaultError` for the rest."""
        if not says(answer, "invalid accessor") and answer.status != 404:  # noqa: PLR2004
            raise self._refused(answer, denied)

    def _refused(self, answer: SourceAnswer, denied: str) -> SourceFaultError:
        if answer.status == 403:  # noqa: PLR2004
            return self._api.fault(SourceFault.DENIED, denied)
        return self._api.fault(SourceFault.MALFORMED, f"answered {answer.status} about a token")
