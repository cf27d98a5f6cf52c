"""Killed before or after any call of a mint, a process leaves nothing that an end by id does not end."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from envaccess.domain.leases import Gone, HeldLease, LeaseIntent, lease_id
from envaccess.sources.http_client import BODY_MOST, HttpClient, SourceAnswer
from envaccess.sources.vault.adapter import VaultAdapter
from tests.fakes.lease_contract import WORKSPACE, left
from tests.fakes.vault import vault_of
from tests.fakes.vault_leases import LeaseSeat


class Killed(BaseException):
    """kill -9: nothing of the process runs any more."""


@dataclass
class KilledAt(HttpClient):
    """A client whose process is killed at one of its calls, and makes none after it."""

    call: int
    answered: bool
    calls: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def send(
        self,
        source: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        authority: str = "",
        longest: int = BODY_MOST,
    ) -> SourceAnswer:
        self.calls += 1
        if self.calls > self.call or (self.calls == self.call and not self.answered):
            raise Killed
        answer = await super().send(
            source, method, url, headers=headers, body=body, authority=authority, longest=longest
        )
        if self.calls == self.call:
            raise Killed
        return answer


async def test_wherever_it_is_killed_the_id_ends_what_was_made(leasing: LeaseSeat) -> None:
    leasing.role("kill", "10s", "24h")
    place, spec = leasing.place("kill"), leasing.spec()
    leasing.bao.policy("envaccess-leases", 'path "database/creds/kill" { capabilities = ["read"] }')
    killed = 0
    async with vault_of(spec) as alive:
        for call in range(1, 9):
            for answered in (False, True):
                lease = lease_id(WORKSPACE, "kill0000", 0, 2 * call + answered)
                http = KilledAt(call, answered)
                dying = VaultAdapter(spec, http, lambda: 0.0, lambda _: None)
                intent = LeaseIntent(lease, place, await dying.pin(lease, place))
                try:
                    await dying.mint(intent, left(120))
                except Killed:
                    killed += 1
                finally:
                    await http.close()
                held = HeldLease(lease, place.variable, place.source, intent.pinned)
                await until(alive.adapter, held)
        assert await alive.adapter.stray(WORKSPACE) == []
    assert killed == 14
    assert len(leasing.live_tokens()) <= 2  # made and not noted yet: nobody has them, and they made no login
    async with asyncio.timeout(30):
        while leasing.bao.call("GET", "sys/leases/lookup/database/creds/kill?list=true")[0] != 404:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # what was made without a known id is ended a moment after its token


async def until(adapter: VaultAdapter, held: HeldLease) -> None:
    """Ask for the end as often as the sweeper would."""
    async with asyncio.timeout(60):
        while await adapter.revoke(held) != Gone():  # noqa: ASYNC110 - as the sweeper does
            await asyncio.sleep(0.05)
