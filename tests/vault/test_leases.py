"""Logins that OpenBao's database engine makes in a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest

from envaccess.application.ports.sources import Leases
from envaccess.domain.leases import Gone, LeaseIntent, StillThere
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace
from tests.fakes.lease_contract import LeaseContract, fault_of, left
from tests.fakes.vault import VaultSeat, vault_of
from tests.fakes.vault_leases import LeaseSeat, user_of, works


async def until_not(there: Callable[[], Awaitable[object]]) -> None:
    """Wait for what another server does by itself."""
    async with asyncio.timeout(30):
        while await there():  # noqa: ASYNC110 - that server tells nobody
            await asyncio.sleep(0.1)


class TestVaultLeases(LeaseContract):
    """Every promise of the port, and what is Vault's own."""

    seat: VaultSeat
    engine: LeaseSeat

    @pytest.fixture(autouse=True)
    async def opened(self, leasing: LeaseSeat) -> AsyncIterator[None]:
        self.engine = leasing
        async with vault_of(leasing.spec()) as self.seat:
            yield

    def leases(self) -> Leases:
        return self.seat.adapter

    def place(self) -> LeasePlace:
        return self.engine.place()

    async def works(self, value: str) -> bool:
        return await works(value)

    async def test_nothing_of_it_is_left_at_the_end(self) -> None:
        intent = await self.intent("nothing0")
        minted = await self.minted(intent)
        user = user_of(minted.value.text)
        assert self.engine.has(user)
        assert await self.leases().revoke(self.held(intent, minted)) == Gone()
        assert not self.engine.has(user)
        assert self.engine.live_tokens() == []
        assert self.engine.bao.call("GET", f"kv/metadata/envaccess/leases/{intent.id}")[0] == 404

    async def test_it_lives_as_long_as_was_asked_and_the_role_says_less(self) -> None:
        self.engine.role("app-ro", "10s", "24h")
        intent = await self.intent("renewed0")
        minted = await self.minted(intent, 7_000)
        until = self.engine.valid_for(user_of(minted.value.text))
        assert minted.seconds is None
        assert until > 6_900  # vault#10026: a lease that was renewed, over a role that was not
        await self.leases().revoke(self.held(intent, minted))

    async def test_it_says_when_the_role_lets_it_live_for_less(self) -> None:
        self.engine.role("app-ro", "1m", "2m")
        intent = await self.intent("capped00")
        minted = await self.minted(intent, 600)
        assert minted.seconds is not None
        assert 110 <= minted.seconds <= 120
        assert await self.leases().extend(self.held(intent, minted), left(900)) in range(100, 121)
        await self.leases().revoke(self.held(intent, minted))

    async def test_it_says_when_the_token_role_lets_it_live_for_less(self) -> None:
        """vault#28738: a login that was revoked after 32 days, for its token could not live longer."""
        self.engine.token_role(token_explicit_max_ttl="90s")
        intent = await self.intent("tokencap")
        minted = await self.minted(intent, 600)
        assert minted.seconds is not None
        assert 80 <= minted.seconds <= 90
        await self.leases().revoke(self.held(intent, minted))

    async def test_it_ends_by_itself_with_its_token_while_we_are_dead(self) -> None:
        intent = await self.intent("alone000")
        minted = await self.minted(intent, 4)
        assert await self.works(minted.value.text)
        assert await self.leases().alive(self.held(intent, minted)) is True
        await until_not(lambda: self.leases().alive(self.held(intent, minted)))
        await until_not(lambda: self.works(minted.value.text))

    async def test_a_token_that_dies_before_its_login_is_no_longer_live(self) -> None:
        """spring-vault#815, hello-vault-go#27: a lease with an hour left, ended with its token."""
        intent = await self.intent("early000")
        minted = await self.minted(intent)
        held = self.held(intent, minted)
        assert await self.leases().alive(held) is True
        self.engine.bao.do("POST", "auth/token/revoke-accessor", {"accessor": minted.pinned["accessor"]})
        assert await self.leases().alive(held) is False
        assert await fault_of(self.leases().extend(held, left(600))) is SourceFault.MISSING
        assert await self.leases().revoke(held) == Gone()

    async def test_our_own_login_ends_and_the_lease_goes_on(self) -> None:
        token = self.engine.bao.token_with("envaccess")
        async with vault_of(self.engine.spec(token)) as other:
            place = self.place()
            lease = LeaseIntent((await self.intent("orphan00")).id, place, {})
            minted = await other.adapter.mint(lease, left(120))
        self.engine.bao.do("POST", "auth/token/revoke", {"token": token})
        assert await self.works(minted.value.text)
        assert await self.leases().revoke(self.held(lease, minted)) == Gone()

    async def test_a_token_role_without_orphans_is_refused_and_nothing_is_left(self) -> None:
        self.engine.token_role(orphan=False)
        with pytest.raises(SourceFaultError, match="set orphan=true") as failed:
            await self.minted(await self.intent("parent00"))
        assert failed.value.fault is SourceFault.DENIED
        assert self.engine.live_tokens() == []

    async def test_a_login_that_fails_leaves_no_token(self) -> None:
        intent = await self.intent("failed00")
        lease = LeaseIntent(intent.id, self.engine.place("nobodys"), intent.pinned)
        assert await fault_of(self.leases().mint(lease, left(60))) is SourceFault.DENIED
        assert self.engine.live_tokens() == []

    async def test_a_note_that_somebody_wrote_ends_nobody_elses_token(self) -> None:
        """Who may write the folder could name any accessor: only a lease's own token ends."""
        victim = self.engine.bao.do("POST", "auth/token/create", {"policies": ["envaccess"], "ttl": "1h"})[
            "auth"
        ]
        intent = await self.intent("victim00")
        written = {"data": {"accessor": victim["accessor"]}}
        self.engine.bao.do("POST", f"kv/data/envaccess/leases/{intent.id}", written)
        assert await fault_of(self.leases().revoke(self.held(intent))) is SourceFault.DENIED
        status, _ = self.engine.bao.call("GET", "auth/token/lookup-self", token=victim["client_token"])
        assert status == 200

    async def test_a_note_that_somebody_wrote_ends_nobody_elses_login(self) -> None:
        self.engine.role("other", "1h", "1h")
        victim = self.engine.bao.do("GET", "database/creds/other")
        intent = await self.intent("others00")
        noted = {"data": {"accessor": "", "login": victim["lease_id"]}}
        self.engine.bao.do("POST", f"kv/data/envaccess/leases/{intent.id}", noted)
        assert isinstance(await self.leases().revoke(self.held(intent)), StillThere)
        assert self.engine.has(victim["data"]["username"])

    async def test_a_role_that_somebody_dropped_by_hand_is_gone_at_once(self) -> None:
        """vault#3410, #9018: a revocation that fails for ever, for there is nothing left to revoke."""
        intent = await self.intent("dropped0")
        minted = await self.minted(intent)
        user = user_of(minted.value.text)
        self.engine.sql(f'DROP OWNED BY "{user}"; DROP ROLE "{user}"')
        assert await self.leases().revoke(self.held(intent, minted)) == Gone()

    async def test_what_cannot_be_ended_at_the_database_is_still_there(self) -> None:
        intent = await self.intent("keeps000")
        minted = await self.minted(intent)
        held, user = self.held(intent, minted), user_of(minted.value.text)
        self.engine.sql(f'SET ROLE "{user}"; CREATE TEMP TABLE x(); RESET ROLE')
        self.engine.sql(f'CREATE TABLE IF NOT EXISTS kept_{intent.id.lower()} (); '
                        f'ALTER TABLE kept_{intent.id.lower()} OWNER TO "{user}"')  # fmt: skip
        found = await self.leases().revoke(held)
        assert isinstance(found, StillThere)
        assert user not in found.what
        self.engine.sql(f"DROP TABLE kept_{intent.id.lower()}")

    async def test_two_processes_at_once_leave_one_login_at_most(self) -> None:
        intent = await self.intent("race0000")
        made = await asyncio.gather(*(self.minted(intent) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(one, SourceFaultError) for one in made if isinstance(one, Exception))
        assert len(self.engine.live_tokens()) <= 1
        async with asyncio.timeout(30):
            while await self.leases().revoke(self.held(intent)) != Gone():
                pass
        for shown in [one.value.text for one in made if not isinstance(one, BaseException)]:
            await until_not(partial(self.works, shown))

    async def test_a_login_whose_answer_was_lost_is_ended_by_the_id_and_not_called_gone_at_once(self) -> None:
        """Vault ends what a token made after it answered; nothing tells which login that was."""
        intent = await self.intent("lost0000")
        minted = await self.minted(intent)
        noted = {"data": {"accessor": minted.pinned["accessor"], "login": ""}}
        self.engine.bao.do("POST", f"kv/data/envaccess/leases/{intent.id}", noted)
        assert isinstance(await self.leases().revoke(self.held(intent)), StillThere)
        async with asyncio.timeout(30):
            while await self.leases().revoke(self.held(intent)) != Gone():
                pass
        await until_not(lambda: self.works(minted.value.text))

    async def test_check_finds_nothing_missing_and_names_each_line_that_is(self) -> None:
        assert [one for one in await self.seat.adapter.check() if not one.ok] == []
        self.engine.bao.policy("poor", 'path "kv/data/envaccess/leases/*" { capabilities = ["read"] }')
        async with vault_of(self.engine.spec(self.engine.bao.token_with("poor"))) as poor:
            said = [one.said for one in await poor.adapter.check() if not one.ok]
        assert any("`update` of auth/token/create/envaccess-leases is missing" in one for one in said)
        assert len(said) == 9  # the policy `default` lets every token look at leases and renew them
