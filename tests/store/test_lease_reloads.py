"""`sources.yml` changes while a value is on its way: what was made ends, what was read is written down."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.delivery import NotDelivered
from envaccess.domain.outcome import Failure
from tests.fakes.books import Books
from tests.fakes.context import FakeSource
from tests.store.harness import StoreHarness
from tests.store.leasing import A, Leasing

VALUE = "value-for-tests"


@pytest.fixture
def leasing(harness: StoreHarness) -> Leasing:
    return Leasing(harness)


async def current(leasing: Leasing) -> list[str]:
    """What the ledger calls each current value of A: `kept` or `leased`."""
    store = leasing.store
    found: Any = await store.client.hgetall(store.runner.key("current", str(A)))
    return [text.split(";")[1] for text in found.values()]


def kept_in(leasing: Leasing) -> FakeSource:
    """What A is read from where it is not made."""
    books = Books()
    books.values[A] = VALUE
    source = FakeSource(books)
    leasing.context = replace(leasing.context, values=source)
    return source


def to_read_while_it_is_made(leasing: Leasing) -> None:
    maker: Any = leasing.sources.makers["pg"]
    mint = maker.mint

    async def and_then(*args: Any) -> Any:
        made = await mint(*args)
        leasing.sources.leased.clear()
        return made

    maker.mint = and_then


async def test_what_was_made_is_known_as_made_and_ends_with_its_grant(leasing: Leasing) -> None:
    to_read_while_it_is_made(leasing)
    request, value = await leasing.granted()
    assert leasing.server.log_in(value)
    assert await current(leasing) == ["leased"]
    await leasing.store.revoke(request)
    await leasing.work()
    assert not leasing.server.log_in(value)
    assert leasing.server.roles == {}


async def test_what_was_made_and_not_shown_ends_at_once(leasing: Leasing) -> None:
    to_read_while_it_is_made(leasing)
    leasing.delivery.outcome = NotDelivered(Failure.SLACK_REFUSED)
    request = await leasing.store.grant("A")
    assert await leasing.reveal(request) is Failure.SLACK_REFUSED
    await leasing.work()
    assert leasing.server.roles == {}
    assert [one.detail["why"] for one in await leasing.store.events() if one.event == "lease.revoked"] == [
        "unused"
    ]


async def test_what_was_read_is_known_as_seen_and_kept(leasing: Leasing) -> None:
    """Else nobody would rotate a value that somebody saw, since what is made is never rotated."""
    leasing.sources.leased.clear()
    source = kept_in(leasing)
    read = source.read

    async def and_then(variable: Any) -> Any:
        found = await read(variable)
        leasing.sources.leased[A] = "pg"
        return found

    source.read = and_then  # type: ignore[method-assign]
    _, value = await leasing.granted()
    assert value == VALUE
    assert await current(leasing) == ["kept"]


async def test_an_access_that_was_asked_for_before_is_used_by_what_holds_now(leasing: Leasing) -> None:
    request, first = await leasing.granted()
    leasing.sources.leased.clear()
    kept_in(leasing)
    assert await leasing.shown(request) == VALUE
    assert sorted(await current(leasing)) == ["kept", "leased"]
    assert leasing.server.log_in(first), "what was shown works until the access ends"
    await leasing.store.revoke(request)
    await leasing.work()
    assert leasing.server.roles == {}
