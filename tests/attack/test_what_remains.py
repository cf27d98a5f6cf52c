"""What whoever writes to Redis still can, as SECURITY.md says it; each fails where that stops being true."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.people.delegate import give_duty, take_duty_back
from envaccess.domain.audit import person
from envaccess.domain.call import by_person
from envaccess.domain.duration import Duration
from envaccess.domain.ends import EndEvent, SeenEnds
from envaccess.domain.errors import SealRefusedError
from envaccess.domain.refusal import Refusal
from tests.attack.changes import PREFIX, live_for_ever
from tests.attack.clock import MovedClock
from tests.attack.enumeration import LivedStore
from tests.attack.lives import AUTOMATIC, EMERGENCY, FIRST_USE, live
from tests.attack.workspace import ALICE, BOB, EVE, FAY, Workspace
from tests.store.harness import SECURITY


async def nothing(work: Workspace) -> None:
    """A life in which only the variables are made."""
    del work


@pytest.fixture
async def work(monkeypatch: pytest.MonkeyPatch) -> Workspace:
    clock = MovedClock()
    clock.install(monkeypatch)
    found = Workspace(clock)
    await live(found, nothing)
    return found


def writer(work: Workspace) -> Any:
    """A client of somebody who has Redis' password."""
    return LivedStore(work).client


class Remembering:
    """Fits `ports.grants.KnownEnds`: a process that follows the stream."""

    def __init__(self, work: Workspace) -> None:
        self.work, self.seen = work, SeenEnds(work.store.sealing.is_returned)

    async def saw_end(self, request: str) -> str | None:
        for event in await self.work.store.events():
            self.seen.note(EndEvent(event.event, event.request, event.detail.get("seal", "")), 0)
        return self.seen.of(request, 0)


async def granted(work: Workspace, **more: Any) -> str:
    request = await work.file("A", **more)
    await work.approve(request)
    return request


@pytest.mark.parametrize(
    "remembered", [False, True], ids=["a process that started since", "one that saw it end"]
)
async def test_an_early_end_can_be_undone_within_its_time_unless_it_was_seen(
    work: Workspace, *, remembered: bool
) -> None:
    request = await granted(work)
    await work.store.revoke(request, person(ALICE))
    assert await work.reveal(ALICE, request) is None
    live_for_ever(writer(work), request, ALICE, work.clock.ms)
    if remembered:
        work.context = replace(work.context, ended=Remembering(work))
    assert (await work.reveal(ALICE, request) is None) is remembered
    work.clock.pass_(3_600 + 31)
    assert await work.reveal(ALICE, request) is None


@pytest.mark.parametrize(
    "remembered", [False, True], ids=["a process that started since", "one that saw it used"]
)
async def test_a_use_can_be_undone_within_its_time_unless_it_was_seen(
    work: Workspace, *, remembered: bool
) -> None:
    request = await granted(work, once=True)
    assert await work.reveal(ALICE, request)
    assert await work.reveal(ALICE, request) is None
    live_for_ever(writer(work), request, ALICE, work.clock.ms)
    if remembered:
        work.context = replace(work.context, ended=Remembering(work))
    assert (await work.reveal(ALICE, request) is None) is remembered


async def test_a_denial_can_be_undone_but_somebody_must_agree_then(work: Workspace) -> None:
    request = await work.file("A")
    await work.deny(request)
    live_for_ever(writer(work), request, ALICE, work.clock.ms)
    with pytest.raises(SealRefusedError):
        await work.reveal(ALICE, request)
    writer(work).hset(f"{PREFIX}request:{request}", "state", "pending")
    writer(work).hdel(f"{PREFIX}request:{request}", "grant")
    await work.approve(request)
    assert await work.reveal(ALICE, request)


async def test_access_can_last_as_much_longer_as_clocks_may_differ_and_no_longer(work: Workspace) -> None:
    request = await granted(work)
    live_for_ever(writer(work), request, ALICE, work.clock.ms)
    work.clock.ms = work.acts.asked[request].yes[BOB].at + 3_629_000
    assert await work.reveal(ALICE, request)
    work.clock.pass_(2)
    assert await work.reveal(ALICE, request) is None


async def test_a_first_use_can_be_put_off_until_it_had_to_be_used(work: Workspace) -> None:
    request = await granted(work, ruling=FIRST_USE)
    assert await work.reveal(ALICE, request)
    live_for_ever(writer(work), request, ALICE, work.clock.ms)
    work.clock.pass_(3_600 + 31)
    assert await work.reveal(ALICE, request)
    work.clock.pass_(7_200)
    assert await work.reveal(ALICE, request) is None


async def test_an_older_value_can_be_put_back_and_no_other(work: Workspace) -> None:
    request = await granted(work)
    client, key = writer(work), f"{PREFIX}secret:default/A"
    old = client.hgetall(key)
    await work.put("default/A", "a-newer-value")
    client.hset(key, mapping=old)
    shown = await work.reveal(ALICE, request)
    assert shown is not None
    assert shown[2] == {"default/A": "value-of-A"}
    client.hset(key, mapping=client.hgetall(f"{PREFIX}secret:default/B"))
    assert await work.reveal(ALICE, request) is None


@pytest.mark.parametrize("ruling", [AUTOMATIC, EMERGENCY], ids=["automatic", "emergency"])
async def test_what_needs_nobody_is_had_as_often_as_a_writer_likes(work: Workspace, ruling: Any) -> None:
    for _ in range(3):
        request = await work.file("A", ruling=ruling, seconds=900)
        assert await work.reveal(ALICE, request)
        client = writer(work)
        client.delete(*[key for key in list(client.keys()) if "person-" in key])
    assert await work.reveal(EVE, request) is None


async def test_a_duty_that_was_taken_back_can_be_put_back_until_its_time_is_over(work: Workspace) -> None:
    call = by_person("give", BOB)
    assert not isinstance(await give_duty(work.context, call, FAY, Duration(3_600)), Refusal)
    client = writer(work)
    seals, scores = (
        client.hgetall(f"{PREFIX}delegation-seals"),
        client.zrange(f"{PREFIX}delegations", 0, -1),
    )
    await take_duty_back(work.context, by_person("take", BOB))
    request, later = await work.file("A"), await work.file("B")
    assert isinstance(await work.press(request, FAY), Refusal)
    client.hset(f"{PREFIX}delegation-seals", mapping=seals)
    client.zadd(f"{PREFIX}delegations", dict.fromkeys(scores, work.clock.ms * 2))
    await work.approve(request, FAY, seat=BOB)
    work.clock.pass_(3_600 + 31)
    assert isinstance(await work.press(later, FAY), Refusal)


async def test_a_lock_can_be_deleted(work: Workspace) -> None:
    request = await work.file("A")
    await work.store.lock(ALICE, SECURITY)
    assert isinstance(await work.press(request, BOB), Refusal)
    assert not [seal for seal in work.heard if seal.startswith("approval.")]
    writer(work).delete(f"{PREFIX}locks")
    await work.approve(request)
    assert await work.reveal(ALICE, request)
