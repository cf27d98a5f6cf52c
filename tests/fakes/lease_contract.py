"""What every source of leases promises; the tests of each adapter subclass `LeaseContract`."""

import time
from collections.abc import Awaitable

from envaccess.application.ports.sources import Leases
from envaccess.domain.leases import Gone, HeldLease, LeaseIntent, Minted, TimeLeft, lease_id
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace

WORKSPACE = "T0CONTRACT"


class LeaseContract:
    """Subclass it, with the three that follow; each test makes leases of ids of its own."""

    def leases(self) -> Leases:
        """The adapter, over a server that is there."""
        raise NotImplementedError

    def place(self) -> LeasePlace:
        """Where the leases of these tests are made."""
        raise NotImplementedError

    async def works(self, value: str) -> bool:
        """Whether what was shown lets somebody in anew."""
        raise NotImplementedError

    async def intent(self, request: str, use: int = 1) -> LeaseIntent:
        place, lease = self.place(), lease_id(WORKSPACE, request, 0, use)
        return LeaseIntent(lease, place, await self.leases().pin(lease, place))

    async def minted(self, intent: LeaseIntent, seconds: int = 120) -> Minted:
        return await self.leases().mint(intent, left(seconds))

    def held(self, intent: LeaseIntent, minted: Minted | None = None) -> HeldLease:
        pinned = minted.pinned if minted else intent.pinned
        return HeldLease(intent.id, intent.place.variable, intent.place.source, pinned)

    async def test_what_was_made_works_and_after_its_end_does_not(self) -> None:
        intent = await self.intent("works000")
        minted = await self.minted(intent)
        assert await self.works(minted.value.text)
        assert await self.leases().revoke(self.held(intent, minted)) == Gone()
        assert not await self.works(minted.value.text)

    async def test_the_same_id_again_is_the_same_lease_with_a_new_secret(self) -> None:
        intent = await self.intent("again000")
        first, second = await self.minted(intent), await self.minted(intent)
        assert await self.works(second.value.text)
        assert not await self.works(first.value.text) or first.value.text == second.value.text
        assert list(await self.leases().stray(WORKSPACE)).count(intent.id) <= 1
        assert await self.leases().revoke(self.held(intent, second)) == Gone()
        assert not await self.works(second.value.text)

    async def test_an_end_may_be_asked_for_again(self) -> None:
        intent = await self.intent("twice000")
        minted = await self.minted(intent)
        assert await self.leases().revoke(self.held(intent, minted)) == Gone()
        assert await self.leases().revoke(self.held(intent, minted)) == Gone()

    async def test_what_never_was_is_gone(self) -> None:
        assert await self.leases().revoke(self.held(await self.intent("never000"))) == Gone()

    async def test_an_end_by_the_id_alone_ends_what_a_killed_process_made(self) -> None:
        intent = await self.intent("killed00")
        minted = await self.minted(intent)
        assert await self.leases().revoke(self.held(intent)) == Gone()
        assert not await self.works(minted.value.text)

    async def test_an_extension_keeps_what_was_shown(self) -> None:
        intent = await self.intent("longer00")
        minted = await self.minted(intent, 60)
        await self.leases().extend(self.held(intent, minted), left(600))
        assert await self.works(minted.value.text)
        await self.leases().revoke(self.held(intent, minted))

    async def test_an_extension_gives_no_life_to_what_ended(self) -> None:
        intent = await self.intent("revive00")
        minted = await self.minted(intent)
        await self.leases().revoke(self.held(intent, minted))
        assert await fault_of(self.leases().extend(self.held(intent, minted), left(600))) in (
            SourceFault.MISSING,
            SourceFault.DELETED,
        )
        assert not await self.works(minted.value.text)

    async def test_what_ended_is_never_said_to_be_alive(self) -> None:
        intent = await self.intent("alive000")
        minted = await self.minted(intent)
        assert await self.leases().alive(self.held(intent, minted)) in (True, None)
        await self.leases().revoke(self.held(intent, minted))
        assert await self.leases().alive(self.held(intent, minted)) in (False, None)

    async def test_what_is_there_is_found_by_its_workspace_alone(self) -> None:
        intent = await self.intent("stray000")
        minted = await self.minted(intent)
        assert intent.id in await self.leases().stray(WORKSPACE)
        assert intent.id not in await self.leases().stray("T0CONTRAC")
        await self.leases().revoke(self.held(intent, minted))
        assert intent.id not in await self.leases().stray(WORKSPACE)

    async def test_what_works_is_never_said_to_be_past_its_own_end(self) -> None:
        intent = await self.intent("ontime00")
        minted = await self.minted(intent)
        assert intent.id not in await self.leases().overdue(WORKSPACE)
        await self.leases().revoke(self.held(intent, minted))

    async def test_nothing_shown_stands_in_a_repr(self) -> None:
        intent = await self.intent("repr0000")
        minted = await self.minted(intent)
        assert minted.value.text not in repr(minted)
        await self.leases().revoke(self.held(intent, minted))


def left(seconds: int) -> TimeLeft:
    """So many seconds that a lease may live, with the margin that it ends earlier."""
    return TimeLeft((seconds + 1) * 1000 + 500, time.monotonic)


async def fault_of(call: Awaitable[object]) -> SourceFault | None:
    try:
        await call
    except SourceFaultError as failed:
        return failed.fault
    return None
