"""Values leave in the answer to the call that claims them, in a box for that session and that call alone."""

import asyncio
import json
from dataclasses import replace

import pytest

from envaccess.application.grants.tap import press_tap
from envaccess.crypto.boxes import BoxKey, open_box, values_info
from envaccess.domain.call import by_person
from envaccess.domain.errors import BoxError, DirectoryError, StoreUnavailableError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.tap import TapState
from envaccess.domain.variable import Variable
from tests.fakes.api import ApiClient, ApiHarness, ApiReply
from tests.unit.http.api.test_requests import FILING, approve

STRIPE = "default/STRIPE_KEY"


def opened(client: ApiClient, answer: ApiReply, key: str) -> dict[str, str]:
    told = answer.json
    assert (answer.status, told["operation"]) == (200, key)
    found: dict[str, str] = json.loads(open_box(client.box, told["values"], values_info(told["grant"], key)))
    return found


async def granted(api: ApiHarness, client: ApiClient, duration: str = "1h") -> str:
    filed = str((await client.post("/v1/requests", {**FILING, "duration": duration})).json["id"])
    await approve(api, filed)
    return filed


async def test_only_the_client_s_own_key_opens_the_values(api: ApiHarness) -> None:
    alice = api.client()
    grant = await granted(api, alice)
    answer = await alice.post(f"/v1/grants/{grant}/values", key="use-1")
    assert opened(alice, answer, "use-1") == {STRIPE: "one"}
    assert (answer.json["once"], answer.json["ends_in"]) == (False, 3_600)
    with pytest.raises(BoxError):
        open_box(BoxKey.generate(), answer.json["values"], values_info(grant, "use-1"))
    with pytest.raises(BoxError):
        open_box(alice.box, answer.json["values"], values_info(grant, "use-2"))


async def test_no_value_is_in_any_answer_but_in_a_box(api: ApiHarness) -> None:
    api.books.values[Variable("default", "STRIPE_KEY")] = "value-that-must-not-show"
    alice = api.client()
    grant = await granted(api, alice)
    answer = await alice.post(f"/v1/grants/{grant}/values")
    assert answer.status == 200
    assert "value-that-must-not-show" not in answer.text


async def test_a_repeat_of_one_use_hands_over_nothing(api: ApiHarness) -> None:
    """Law 10; and a lost answer to a single use stays spent."""
    alice = api.client()
    grant = await granted(api, alice, "once")
    assert (await alice.post(f"/v1/grants/{grant}/values", key="use-1")).json["ends_in"] == 900
    again = await alice.post(f"/v1/grants/{grant}/values", key="use-1")
    assert (again.status, again.reason) == (409, "repeated")
    other = await alice.post(f"/v1/grants/{grant}/values", key="use-2")
    assert (other.status, other.reason) == (409, "grant_ended")


async def test_of_many_uses_at_once_a_single_use_is_one(api: ApiHarness) -> None:
    alice = api.client()
    grant = await granted(api, alice, "once")
    answers = await asyncio.gather(*(alice.post(f"/v1/grants/{grant}/values") for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 19


async def test_uses_of_a_live_grant_are_not_slowed(api: ApiHarness) -> None:
    alice = api.client()
    grant = await granted(api, alice)
    for _ in range(40):
        assert (await alice.post(f"/v1/grants/{grant}/values")).status == 200


async def test_nobody_else_s_session_gets_them(api: ApiHarness) -> None:
    alice, carol = api.client(), api.client("U0CAROL")
    grant = await granted(api, alice)
    assert (await carol.post(f"/v1/grants/{grant}/values")).reason == "not_yours"
    second = api.client()  # her other terminal
    answer = await second.post(f"/v1/grants/{grant}/values", key="use-1")
    assert opened(second, answer, "use-1") == {STRIPE: "one"}


async def test_what_cannot_be_read_is_given_back_and_told(api: ApiHarness) -> None:
    alice = api.client()
    grant = await granted(api, alice, "once")
    api.source.fault = StoreUnavailableError("x")
    answer = await alice.post(f"/v1/grants/{grant}/values")
    assert (answer.status, answer.reason) == (503, "source_down")
    api.source.fault = None
    assert (await alice.post(f"/v1/grants/{grant}/values")).status == 200


@pytest.mark.parametrize("fault", SourceFault)
async def test_each_fault_of_a_source_is_told_apart_and_given_back(
    api: ApiHarness, fault: SourceFault
) -> None:
    """Terminals and pipelines hear what people in Slack do; what may pass by itself may be tried again."""
    alice = api.client()
    grant = await granted(api, alice, "once")
    api.source.fault = SourceFaultError(fault, "kv", "value-for-tests")
    answer = await alice.post(f"/v1/grants/{grant}/values")
    passing = fault in {SourceFault.DOWN, SourceFault.SLOW}
    assert (answer.status, answer.reason) == (503 if passing else 409, f"source_{fault}")
    assert "Nothing was shown, and your access is as it was." in str(answer.json)
    assert "value-for-tests" not in str(answer.json)
    api.source.fault = None
    assert (await alice.post(f"/v1/grants/{grant}/values")).status == 200


async def test_nothing_leaves_while_slack_does_not_say_who_it_is(api: ApiHarness) -> None:
    alice = api.client()
    grant = await granted(api, alice)
    api.directory.fault = DirectoryError("x")
    answer = await alice.post(f"/v1/grants/{grant}/values")
    assert (answer.status, answer.reason) == (503, "not_checked")


async def test_a_release_waits_for_the_press_in_slack_under_the_same_key(api: ApiHarness) -> None:
    alice = api.client()
    grant = await granted(api, alice)
    found = api.books.requests[grant]
    api.books.requests[grant] = replace(found, ruling=replace(found.ruling, tap=True))
    asked = await alice.post(f"/v1/grants/{grant}/values", key="use-1")
    assert (asked.status, asked.json["state"], asked.json["tap"]) == (202, "tap", "use-1")
    assert 0 < asked.json["expires_in"] <= 120
    found = api.books.requests[grant]
    assert found.tap
    await press_tap(
        api.context.verbs, by_person("press", found.requester), grant, found.tap.mark, TapState.RELEASED
    )
    answer = await alice.post(f"/v1/grants/{grant}/values", key="use-1")
    assert opened(alice, answer, "use-1") == {STRIPE: "one"}
