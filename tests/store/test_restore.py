"""A restore: without live access, into an empty place; killed anywhere, it leaves nothing that is served."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.backup import KeyPart
from envaccess.domain.errors import (
    RestoreRefusedError,
    RestoreUnfinishedError,
    StoreUnavailableError,
)
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import GrantState, State
from envaccess.store import health
from envaccess.store.backup_write import RestoreWriter
from envaccess.store.client import Client
from envaccess.store.exclusive import ExclusiveLease
from tests.fakes.rulings import EMERGENCY
from tests.store.backups import make, put_back
from tests.store.harness import MINUTE, OPERATOR, WORKSPACE, StoreHarness


async def test_nothing_that_was_live_is_live_and_each_end_is_told(
    harness: StoreHarness, tmp_path: Path
) -> None:
    live, once, waits = (
        await harness.grant("A"),
        await harness.grant("B", once=True),
        await harness.file("A,B"),
    )
    over = await harness.grant("staging/DB", seconds=60)
    file = await make(harness, tmp_path / "b.jsonl")
    await harness.pass_time(2 * MINUTE)
    await harness.client.flushall()
    assert await put_back(harness.client, file) == (3, 1)
    told = {event.request: (event.event, event.detail["why"]) for event in (await harness.events())[-5:-1]}
    assert told == {
        **dict.fromkeys((live, once, over), ("grant.revoked", "restored")),
        waits: ("request.timed_out", "restored"),
    }
    for request in (live, once, over):
        assert (await harness.get(request)).grant is GrantState.REVOKED
        assert isinstance(await harness.claim(request), Refusal)
        assert await harness.left(request) == -2
    assert (await harness.get(waits)).state is State.TIMED_OUT
    assert isinstance(await harness.decide(waits), Refusal)
    assert (await harness.get(live)).ended_why == "restored"
    assert (await harness.get(waits)).ended_why == "restored"
    assert await harness.requests.undecided() == []
    due = await harness.outbox.due(100, 100)
    assert {request.id for request in due.drawings} >= {live, once, waits} or due.posts


async def test_who_asked_before_can_ask_again(harness: StoreHarness, tmp_path: Path) -> None:
    before = await harness.file("A")
    file = await make(harness, tmp_path / "b.jsonl")
    await harness.client.flushall()
    await put_back(harness.client, file)
    assert await harness.file("A") != before


async def test_an_access_that_ended_since_the_backup_ended_when_it_did(
    harness: StoreHarness, tmp_path: Path
) -> None:
    request = await harness.grant("A", seconds=60)
    ends = (await harness.get(request)).expires_at
    await harness.pass_time(2 * MINUTE)
    file = await make(harness, tmp_path / "b.jsonl")
    ends = (await harness.get(request)).expires_at
    await harness.client.flushall()
    assert await put_back(harness.client, file) == (0, 0)
    found = await harness.get(request)
    assert (found.grant, found.ended_at, found.ended_by) == (GrantState.EXPIRED, ends, "")


async def test_an_open_review_waits_for_somebody_as_before(harness: StoreHarness, tmp_path: Path) -> None:
    request = await harness.file("A", ruling=EMERGENCY)
    await harness.client.delete(harness.runner.key("reviews"))  # read before the emergency began
    file = await make(harness, tmp_path / "b.jsonl")
    await harness.client.flushall()
    await put_back(harness.client, file)
    assert [open_.id for open_ in await harness.requests.unreviewed()] == [request]
    assert isinstance(await harness.claim(request), Refusal)


async def test_locks_duties_and_values_hold_again(harness: StoreHarness, copy: Path) -> None:
    await put_back(harness.client, copy)
    assert [str(found) for found in await harness.locks.standing()] == ["variable:staging/DB"]
    assert {str(name) for name in await harness.catalogue.names()} == {"default/A", "default/B", "staging/DB"}
    await harness.add("A")
    assert (await harness.sealed.last_version(next(iter(await harness.catalogue.names())))) == 2


async def test_a_record_that_nobody_here_can_read_comes_back_as_it_was_and_gives_no_access(
    harness: StoreHarness, tmp_path: Path
) -> None:
    """It is restored for the version that knows it, and so is whatever else that version keeps."""
    strange = await harness.grant("A")
    client: Any = harness.client
    await client.hset(harness.runner.key("request", strange), "grant", "suspended")
    await client.set(f"{harness.runner.prefix}signal:1", "raised")
    file = await make(harness, tmp_path / "b.jsonl")
    kept = await client.hgetall(harness.runner.key("request", strange))
    await client.flushall()
    assert await put_back(client, file) == (0, 0)
    assert await client.hgetall(harness.runner.key("request", strange)) == kept
    assert await client.get(f"{harness.runner.prefix}signal:1") == "raised"
    assert await harness.left(strange) == -2


GUISES: dict[str, dict[str, str]] = {
    "as it was": {},
    "as a later version's": {"schema": "99"},
    "as one that waits for a decision as well": {"state": "pending"},
    "as one that was denied": {"state": "denied"},
    "as one of an unknown state": {"state": "parked"},
}


@pytest.mark.parametrize("fields", GUISES.values(), ids=GUISES.keys())
async def test_access_that_is_to_begin_later_does_not_begin_after_a_restore(
    harness: StoreHarness, tmp_path: Path, fields: dict[str, str]
) -> None:
    """Its key is not in the backup, but a worker would make it when its hour comes."""
    later = await harness.file("A", starts_at=await harness.now() + 10 * MINUTE)
    await harness.decide(later)
    client: Any = harness.client
    assert await client.hget(harness.runner.key("request", later), "grant") == "waiting"
    if fields:
        await client.hset(harness.runner.key("request", later), mapping=fields)
    file = await make(harness, tmp_path / "b.jsonl")
    await client.flushall()
    assert (await put_back(client, file))[0] == 1
    for _ in range(3):
        await harness.pass_time(10 * MINUTE)
        await harness.work()
        assert await harness.left(later) == -2


async def test_what_is_there_is_neither_mixed_nor_lost(harness: StoreHarness, copy: Path) -> None:
    await harness.add("NEWER")
    live = await harness.grant("NEWER")
    before = await harness.dump()
    with pytest.raises(RestoreRefusedError, match="--replace deletes what is there first"):
        await put_back(harness.client, copy)
    assert await harness.dump() == before
    last = await harness.trail.last()
    await put_back(harness.client, copy, replace=True)
    assert not [key for key in await harness.keys() if "NEWER" in key or live in key]
    event = (await harness.events())[-1]
    assert (event.event, event.detail["replaced"]) == ("backup.restored", last)


async def test_even_a_key_that_no_event_tells_of_is_in_the_way(harness: StoreHarness, copy: Path) -> None:
    await harness.client.set(f"{harness.runner.prefix}signal:1", "raised")
    with pytest.raises(RestoreRefusedError, match="--replace"):
        await put_back(harness.client, copy)
    assert await harness.keys() == [f"{harness.runner.prefix}signal:1"]


async def test_other_workspaces_are_left_alone(harness: StoreHarness, copy: Path) -> None:
    other = StoreHarness(harness.client, "T0OTHER")
    await other.add("THEIRS")
    request = await other.grant("THEIRS")
    await put_back(harness.client, copy, replace=True)
    assert (await other.get(request)).grant is GrantState.ACTIVE


async def test_a_store_in_use_is_not_restored_under_its_bot(harness: StoreHarness, copy: Path) -> None:
    await harness.outbox.lead()
    before = await harness.dump()
    with pytest.raises(RestoreRefusedError, match="Somebody serves"):
        await put_back(harness.client, copy, replace=True)
    assert await harness.dump() == before


async def test_two_restores_at_once_are_one(harness: StoreHarness, copy: Path) -> None:
    first = RestoreWriter(harness.runner, "restore-1")
    await first.begin("", replace=False)
    with pytest.raises(RestoreRefusedError, match="serves or restores"):
        await put_back(harness.client, copy)
    with pytest.raises(RestoreRefusedError, match="serves or restores"):
        await put_back(harness.client, copy, replace=True)


async def test_a_restore_that_lost_its_lease_goes_no_further(harness: StoreHarness) -> None:
    writer = RestoreWriter(harness.runner, "restore-1")
    await writer.begin("", replace=True)
    await harness.client.delete(harness.runner.key("lease"))
    await harness.outbox.lead()
    before = await harness.dump()
    for step in (
        writer.clear(),
        writer.write([KeyPart("names", "string", 0, "x")]),
        writer.end_live(OPERATOR),
        writer.finish(OPERATOR, {}),
    ):
        with pytest.raises(StoreUnavailableError, match="took this workspace over"):
            await step
    assert await harness.dump() == before


class Killed(BaseException):
    """The process is gone."""


def killers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Each breaks a restore at another call of Redis, or before one."""
    number = 0
    while True:
        number += 1

        def arm(number: int = number) -> None:
            calls = iter(range(1, 10_000))
            keep = ExclusiveLease.keep

            async def dying(self: ExclusiveLease) -> None:
                if next(calls) == number:
                    raise Killed
                await keep(self)

            monkeypatch.setattr(ExclusiveLease, "keep", dying)

        yield arm


async def test_killed_at_any_step_it_leaves_nothing_served_and_the_next_one_is_whole(
    harness: StoreHarness, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serving and every operator's command refuse the mark that stands from the first write to the last."""
    monkeypatch.setattr("envaccess.store.backup_write._COMMANDS", 1)  # so that there are many steps
    keep, client = ExclusiveLease.keep, harness.client
    killed = 0
    for arm in killers(monkeypatch):
        await client.flushall()
        arm()
        try:
            await put_back(client, copy)
        except Killed:
            killed += 1
        else:
            break
        assert await health.is_restoring(harness.runner)
        assert (await health.facts(client, WORKSPACE)).restoring if _is_real(client) else True
        await client.delete(harness.runner.key("lease"))  # ten seconds later
        if killed % 5 == 0:
            monkeypatch.setattr(ExclusiveLease, "keep", keep)
            await put_back(client, copy)
            assert not await health.is_restoring(harness.runner)
            assert len(await harness.events()) == len(set(await _ids(harness)))
            assert (await harness.tags())[-1] == "backup.restored"
    assert killed > 20
    assert not await health.is_restoring(harness.runner)


def _is_real(client: Client) -> bool:
    return type(client).__name__ == "Redis"


async def _ids(harness: StoreHarness) -> list[str]:
    return [event.id for event in await harness.events()]


async def test_a_fault_in_the_middle_says_that_nothing_is_served_until_it_is_done(
    harness: StoreHarness, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise StoreUnavailableError("Redis refused: OOM")

    with monkeypatch.context() as patch:
        patch.setattr(RestoreWriter, "write", broken)
        with pytest.raises(RestoreUnfinishedError, match=r"refused: OOM. Nothing is served until one is"):
            await put_back(harness.client, copy)
    await harness.client.delete(harness.runner.key("lease"))
    assert await put_back(harness.client, copy) == (2, 1)


async def test_what_ends_by_itself_ends_when_it_would_have(harness: StoreHarness, tmp_path: Path) -> None:
    """A record is kept for 400 days from its end, not from the restore; what is over is not there."""
    client: Any = harness.client
    request = await harness.grant("A")
    await harness.revoke(request)
    record, short = harness.runner.key("request", request), f"{harness.runner.prefix}signal:1"
    await client.set(short, "raised", px=60_000)
    ends = await harness.now() + await client.pttl(record)
    file = await make(harness, tmp_path / "b.jsonl")
    edit_end(file)
    await client.flushall()
    await put_back(client, file)
    assert abs(await harness.now() + await client.pttl(record) - ends) < MINUTE
    assert await client.exists(short) == 0


def edit_end(file: Path) -> None:
    """Let the one that ends soon have ended already, with the SHA-256 that then is right."""
    *head, end = [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
    for line in head:
        if line.get("key") == "signal:1":
            line["ends"] = 1_000
    written = b"".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in head
    )
    end["end"]["sha256"] = hashlib.sha256(written).hexdigest()
    file.write_bytes(written + json.dumps(end).encode() + b"\n")
