"""Owners set values over the API: in a box for one variable and one call, and nobody else does."""

import secrets
from dataclasses import replace

import pytest

from envaccess.crypto.boxes import BoxKey, seal_to, variable_info
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Owners
from envaccess.domain.variable import Variable
from tests.fakes.api import ALICE, BOB, ApiClient, ApiHarness, ApiReply

PATH = "/v1/variables/staging/NEW_URL"
NEW = Variable("staging", "NEW_URL")
TEXT = "a-value-that-must-not-show"


@pytest.fixture(autouse=True)
def owned(api: ApiHarness) -> None:
    """Alice owns what is of staging."""
    book = api.context.verbs.rulebook
    owners = (Owners(match=("staging/*",), who=PrincipalSet.of([ALICE])),)
    book.current = replace(book.current, owners=owners)


async def put(
    client: ApiClient, value: str = TEXT, path: str = PATH, query: str = "", box: str = ""
) -> ApiReply:
    server = (await client.get("/v1/whoami")).json["server_key"].rpartition(".")[2]
    key = secrets.token_hex(8)
    sealed = box or seal_to(server, value.encode(), variable_info("staging/NEW_URL", key))
    return await client.send("PUT", path + query, client.headers("PUT", path, key), json={"value": sealed})


async def test_an_owner_sets_and_replaces_a_value(api: ApiHarness) -> None:
    alice = api.client()
    first = await put(alice)
    assert (first.status, first.json) == (200, {"variable": "staging/NEW_URL", "state": "created"})
    assert (await put(alice, "another")).reason == "value_exists"
    assert (await put(alice, "another", query="?replace=1")).json["state"] == "changed"
    assert api.books.values[NEW] == "another"


async def test_nobody_else_sets_one(api: ApiHarness) -> None:
    answer = await put(api.client(BOB))
    assert (answer.status, answer.reason) == (403, "not_owner")
    assert NEW not in api.books.values
    assert TEXT not in answer.text


async def test_a_box_for_another_variable_key_or_call_is_not_opened(api: ApiHarness) -> None:
    alice = api.client()
    other = seal_to(BoxKey.generate().public, TEXT.encode(), variable_info("staging/NEW_URL", "x"))
    for answer in (
        await put(alice, path="/v1/variables/staging/OTHER"),
        await put(alice, box=other),
        await put(alice, box="AAAA"),
    ):
        assert (answer.status, answer.reason) == (422, "input_invalid")
        assert [error["field"] for error in answer.json["errors"]] == ["value"]
    assert NEW not in api.books.values


@pytest.mark.parametrize("value", ["", "typed-by-somebody\0"])
async def test_what_can_be_no_value_is_422_and_not_repeated(api: ApiHarness, value: str) -> None:
    answer = await put(api.client(), value)
    assert (answer.status, answer.reason) == (422, "no_value")
    assert answer.json["detail"].startswith(("The value is ", "The value holds "))
    assert answer.json["hint"] == "Please look at where it comes from, and set it again."
    assert "somebody" not in answer.text
