"""A thousand polls in one moment wait for their turns, and take none from anybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from envaccess.http.api.polls import AT_ONCE
from tests.fakes.api import ApiHarness
from tests.unit.http.api.test_requests import FILING

CROWD = 3 * AT_ONCE


@dataclass
class Gate:
    """A part of the store that answers nobody until it opens.

    Attributes:
        inside: how many calls it has not answered.
        passed: how many came.
    """

    inside: int = 0
    passed: int = 0
    opens: asyncio.Event = field(default_factory=asyncio.Event)

    def before(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def gated(*args: Any) -> Any:
            self.inside, self.passed = self.inside + 1, self.passed + 1
            await self.opens.wait()
            self.inside -= 1
            return await call(*args)

        return gated


def gate(monkeypatch: pytest.MonkeyPatch, part: object, call: str) -> Gate:
    found = Gate()
    monkeypatch.setattr(part, call, found.before(getattr(part, call)))
    return found


async def arrived(api: ApiHarness, count: int) -> None:
    """So many more requests have come as far as they come."""
    for _ in range(count):
        await api.arrivals.get()
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("part", ["authentication", "reading"])
async def test_a_crowd_of_polls_asks_the_store_a_few_at_a_time_and_all_are_answered(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    alice, bob = api.client(), api.client("U0BOB")
    filed = (await alice.post("/v1/requests", FILING)).json
    path = f"/v1/requests/{filed['id']}?wait=25&version={filed['version']}"
    slow = (api.sessions, "use") if part == "authentication" else (api.context.verbs.requests, "get")
    found = gate(monkeypatch, *slow)
    crowd = [asyncio.create_task(alice.get(path)) for _ in range(CROWD)]
    await arrived(api, 1 + CROWD)
    assert (found.inside, found.passed) == (AT_ONCE, AT_ONCE)
    if part == "reading":
        assert (await bob.get("/v1/whoami")).status == 200, "it stands behind no poll"
    found.opens.set()
    assert {answer.status for answer in await asyncio.gather(*crowd)} == {200}


async def test_a_call_does_not_wait_behind_polls_that_prove_whose_they_are(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", FILING)).json
    found = gate(monkeypatch, api.sessions, "use")
    crowd = [asyncio.create_task(alice.get(f"/v1/requests/{filed['id']}?wait=25")) for _ in range(CROWD)]
    await arrived(api, 1 + CROWD)
    call = asyncio.create_task(alice.get("/v1/whoami"))
    await arrived(api, 1)
    assert found.inside == AT_ONCE + 1
    found.opens.set()
    assert {answer.status for answer in await asyncio.gather(call, *crowd)} == {200}


async def test_a_crowd_of_other_calls_takes_turns_too(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = api.client()
    found = gate(monkeypatch, api.sessions, "use")
    crowd = [asyncio.create_task(alice.get("/v1/whoami")) for _ in range(CROWD)]
    await arrived(api, CROWD)
    assert found.inside == AT_ONCE
    found.opens.set()
    assert {answer.status for answer in await asyncio.gather(*crowd)} == {200}


async def test_polls_of_a_login_take_turns(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = api.client()
    found = gate(monkeypatch, api.context.verbs.sessions, "get")
    crowd = [asyncio.create_task(alice.get("/v1/logins/se_aaaaaaaa?wait=25")) for _ in range(CROWD)]
    await arrived(api, CROWD)
    assert found.inside == AT_ONCE
    found.opens.set()
    assert {answer.status for answer in await asyncio.gather(*crowd)} == {404}


async def test_a_look_at_a_request_stands_behind_no_poll(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", FILING)).json
    path = f"/v1/requests/{filed['id']}"
    found = gate(monkeypatch, api.context.verbs.requests, "get")
    crowd = [asyncio.create_task(alice.get(f"{path}?wait=25&version=0")) for _ in range(CROWD)]
    await arrived(api, 1 + CROWD)
    look = asyncio.create_task(alice.get(path))
    await arrived(api, 1)
    assert found.inside == AT_ONCE + 1
    found.opens.set()
    assert {answer.status for answer in await asyncio.gather(look, *crowd)} == {200}
