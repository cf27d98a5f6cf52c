"""Ask, look, wait, withdraw and end, as a terminal does; and what is refused, in Slack's words."""

import asyncio
import secrets
from dataclasses import replace

import pytest

from envaccess.domain.errors import (
    DirectoryError,
    StoreUnavailableError,
    StoreUncertainError,
    StoreUnconfirmedError,
)
from envaccess.domain.limits import COMMANDS_PER_MINUTE
from envaccess.domain.person import Person
from envaccess.domain.request import Verb
from tests.fakes.api import ALICE, BOB, ApiHarness
from tests.fakes.context import WORKSPACE

FILING = {"variables": ["STRIPE_KEY"], "duration": "1h", "reason": "debugging a failed refund"}


async def approve(api: ApiHarness, request: str) -> None:
    """Bob does, in Slack."""
    await api.context.verbs.requests.decide(secrets.token_hex(4), request, BOB, Verb.APPROVE, "", "")


async def test_a_request_is_filed_and_says_who_can_decide(api: ApiHarness) -> None:
    api.directory.people[BOB] = Person(BOB, WORKSPACE, name="Bob the builder")
    answer = await api.client().post("/v1/requests", FILING)
    assert answer.status == 201
    told = answer.json
    assert (told["state"], told["variables"], told["duration"]) == ("pending", ["STRIPE_KEY"], "1h")
    assert (told["surface"], told["grant"], told["step"], told["steps"]) == ("cli", None, 1, 1)
    assert told["waiting_for"] == [
        {"id": BOB, "name": "Bob the builder"}, {"id": "U0CAROL", "name": "U0CAROL"}
    ]  # fmt: skip
    assert (await api.client().get(f"/v1/requests/{told['id']}")).json == told


async def test_the_same_once_more_is_the_pending_one(api: ApiHarness) -> None:
    alice = api.client()
    first, again = await alice.post("/v1/requests", FILING), await alice.post("/v1/requests", FILING)
    assert (first.status, again.status) == (201, 200)
    assert first.json["id"] == again.json["id"]
    assert len(api.books.requests) == 1


async def test_a_repeat_under_one_key_gets_the_first_outcome(api: ApiHarness) -> None:
    alice = api.client()
    first = await alice.post("/v1/requests", FILING, key="one")
    again = await alice.post("/v1/requests", FILING, key="one")
    assert (again.status, again.json) == (first.status, first.json)


async def test_another_body_under_one_key_is_422_and_does_nothing(api: ApiHarness) -> None:
    alice = api.client()
    await alice.post("/v1/requests", FILING, key="one")
    answer = await alice.post("/v1/requests", {**FILING, "variables": ["staging/DB_URL"]}, key="one")
    assert (answer.status, answer.reason) == (422, "idempotency_body")
    assert len(api.books.requests) == 1


async def test_keys_of_two_people_and_of_two_addresses_are_not_one(api: ApiHarness) -> None:
    alice, bob = api.client(), api.client(BOB)
    api.directory.approvers = frozenset({"U0CAROL", BOB, ALICE})
    filed = [(await who.post("/v1/requests", FILING, key="one")).json["id"] for who in (alice, bob)]
    assert len(set(filed)) == 2
    assert (await alice.post(f"/v1/requests/{filed[0]}/cancel", key="one")).json["state"] == "cancelled"


async def test_two_hundred_posts_at_once_file_one_request(api: ApiHarness) -> None:
    alice = api.client()
    answers = await asyncio.gather(*(alice.post("/v1/requests", FILING, key="one") for _ in range(200)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(api.books.requests) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"variables": ["no name"]}, "variables"),
        ({"variables": ["A,B"]}, "variables"),
        ({"variables": [f"A{number}" for number in range(51)]}, "variables"),
        ({"duration": "90"}, "duration"),
        ({"duration": ""}, "duration"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"from": "25:99"}, "from"),
        ({"from": "the dashboard"}, "from"),
    ],
)
async def test_what_no_command_may_say_is_told_by_field(
    api: ApiHarness, wrong: dict[str, object], field: str
) -> None:
    answer = await api.client().post("/v1/requests", {**FILING, **wrong})
    assert (answer.status, answer.reason) == (422, "input_invalid")
    assert [error["field"].partition(".")[0] for error in answer.json["errors"]] == [field]
    assert not api.books.requests


@pytest.mark.parametrize(
    "start", ["25:99", "22:00 CET", "tomorrow 22:00", "22:00 to 23:00", "soon", "22:00 x"]
)
async def test_a_wrong_start_is_told_in_words_for_a_field_of_its_own(api: ApiHarness, start: str) -> None:
    """Not in those for `from` within a sentence, which Slack has."""
    answer = await api.client().post("/v1/requests", {**FILING, "from": start})
    told = "This is no time of day: say one such as 22:00, in your own time zone, without a day."
    assert answer.json["errors"] == [{"field": "from", "problem": told}]


async def test_a_refusal_is_the_sentence_of_slack_and_what_to_do(api: ApiHarness) -> None:
    answer = await api.client().post("/v1/requests", {**FILING, "variables": ["NO_SUCH"]})
    assert (answer.status, answer.json["type"]) == (404, "urn:envaccess:refusal:unknown_variable")
    assert answer.json["detail"] == "There is no variable NO_SUCH, so nothing was done."
    assert answer.json["hint"] == '"envaccess list" shows what there is.'


async def test_a_guest_is_refused_at_every_address(api: ApiHarness) -> None:
    api.directory.people[ALICE] = Person(ALICE, WORKSPACE, guest=True)
    alice = api.client()
    for answer in (
        await alice.post("/v1/requests", FILING),
        await alice.get("/v1/variables"),
        await alice.get("/v1/requests"),
    ):
        assert (answer.status, answer.reason) == (403, "guest")


async def test_filings_are_slowed_as_in_slack_and_polls_are_not(api: ApiHarness) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", FILING)).json["id"]
    for _ in range(COMMANDS_PER_MINUTE + 5):
        assert (await alice.get(f"/v1/requests/{filed}")).status == 200
    for _ in range(COMMANDS_PER_MINUTE - 1):
        assert (await alice.post("/v1/requests", FILING)).status == 200
    answer = await alice.post("/v1/requests", FILING)
    assert (answer.status, answer.reason, answer.headers["Retry-After"]) == (429, "slow_down", "60")


async def test_nobody_sees_or_withdraws_or_ends_what_is_somebody_else_s(api: ApiHarness) -> None:
    alice, carol = api.client(), api.client("U0CAROL")
    filed = (await alice.post("/v1/requests", FILING)).json["id"]
    assert (await carol.get(f"/v1/requests/{filed}")).reason == "not_yours"
    assert (await carol.get(f"/v1/requests/{filed}?wait=25&version=0")).reason == "not_yours"
    assert (await carol.post(f"/v1/requests/{filed}/cancel")).reason == "not_yours"
    assert (await carol.get("/v1/requests/00000000")).status == 404
    assert (await alice.get(f"/v1/requests/{filed}")).json["state"] == "pending"


async def test_a_grant_lives_until_it_is_ended(api: ApiHarness) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", FILING)).json["id"]
    assert (await alice.get(f"/v1/grants/{filed}")).reason == "no_grant"
    await approve(api, filed)
    live = (await alice.get(f"/v1/grants/{filed}")).json
    assert (live["state"], live["ends_in"]) == ("active", 3_600)
    listed = (await alice.get("/v1/variables")).json["variables"]
    assert [(each["label"], each["live_until_in"]) for each in listed] == [
        ("STRIPE_KEY", 3_600), ("staging/DB_URL", None)
    ]  # fmt: skip
    ended = (await alice.post(f"/v1/grants/{filed}/end")).json
    assert (ended["state"], ended["ends_in"], ended["ended_by"]["id"]) == ("revoked", 0, ALICE)
    assert ended["version"] != live["version"]


async def test_a_used_single_use_tells_how_long_its_process_lives_and_nothing_once_it_was_ended(
    api: ApiHarness,
) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", {**FILING, "duration": "once"})).json["id"]
    await approve(api, filed)
    assert (await alice.post(f"/v1/grants/{filed}/values")).status == 200
    api.books.now += 100_000
    alice.nonce = api.context.authenticator.nonce()
    used = (await alice.get(f"/v1/grants/{filed}")).json
    assert (used["state"], used["ends_in"]) == ("used_up", 800)
    api.books.change(replace(api.books.requests[filed], barred_by=f"person:{ALICE}"))
    ended = (await alice.get(f"/v1/grants/{filed}?wait=25&version={used['version']}")).json
    assert (ended["state"], ended["ends_in"]) == ("used_up", 0)
    assert (await alice.get(f"/v1/requests/{filed}")).json["grant"]["ends_in"] == 0


async def test_time_alone_is_news_too(api: ApiHarness) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", FILING)).json["id"]
    await approve(api, filed)
    live = (await alice.get(f"/v1/grants/{filed}")).json
    api.books.now += 3_600_001
    alice.nonce = api.context.authenticator.nonce()
    ended = (await alice.get(f"/v1/grants/{filed}?wait=25&version={live['version']}")).json
    assert (ended["state"], ended["ends_in"]) == ("expired", 0)


@pytest.mark.parametrize(
    ("fault", "reason", "says"),
    [
        (StoreUnavailableError("x"), "store_down", "does not answer"),
        (StoreUncertainError("x"), "store_uncertain", "may or may not"),
        (StoreUnconfirmedError("x"), "store_unconfirmed", "not confirmed yet"),
    ],
)
async def test_redis_away_is_503_and_says_whether_to_look(
    api: ApiHarness, fault: Exception, reason: str, says: str
) -> None:
    api.books.fault = fault
    answer = await api.client().post("/v1/requests", FILING)
    assert (answer.status, answer.reason) == (503, reason)
    assert answer.headers["Retry-After"]
    assert says in answer.json["detail"]
    assert ("status" in answer.json["hint"]) == (reason != "store_down")


async def test_slack_away_is_503_for_filings_and_no_reason_to_end_a_poll(api: ApiHarness) -> None:
    alice = api.client()
    filed = (await alice.post("/v1/requests", FILING)).json["id"]
    api.directory.fault = DirectoryError("x")
    answer = await alice.post("/v1/requests", {**FILING, "variables": ["staging/DB_URL"]})
    assert (answer.status, answer.reason) == (503, "not_checked")
    poll = await alice.get(f"/v1/requests/{filed}")
    assert (poll.status, poll.json["waiting_for"]) == (200, [])


async def test_a_project_s_file_may_list_more_names_than_anybody_types(api: ApiHarness) -> None:
    """Ten are typed in Slack at most; a set and a list in a file have up to fifty."""
    twelve = await api.client().post("/v1/requests", FILING | {"variables": [f"N_{n}" for n in range(12)]})
    assert twelve.reason == "unknown_variable"
    long = [f"{'N' * 100}_{number}" for number in range(30)]
    refused = await api.client().post("/v1/requests", FILING | {"variables": long})
    assert refused.status == 422
    assert "at most 50 variables, whose names have 2,600 characters" in refused.json["errors"][0]["problem"]
