"""Every store that was released goes through a backup and comes back: all of it, but nothing that lives."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis as SyncClient

from envaccess.cli import root
from envaccess.domain.audit import export_line
from envaccess.store.client import connect
from envaccess.store.keys import LEFT_OUT
from tests.released.conftest import Released
from tests.released.restoring import restore
from tests.store.harness import StoreHarness
from tests.store.test_keys import kind_of

pytestmark = pytest.mark.real

MOVED = {"audit", "event_number", "request", "text", "deadlines", "dirty", "reviews", "over"}
"""Kinds of keys in which it shows that something was live."""


@dataclass(frozen=True)
class Standing:
    """A store as it stands: its keys by name, its requests and its events by id."""

    kinds: dict[str, str]
    keys: dict[str, Any]
    requests: dict[str, tuple[str, str]]
    events: list[str] = field(repr=False)


@dataclass(frozen=True)
class Host:
    """An operator's machine, and a look behind the scenes."""

    url: str
    released: Released

    def run(self, *args: object) -> Result:
        """Run the command."""
        return CliRunner().invoke(root, [*map(str, args)])

    @asynccontextmanager
    async def _open(self) -> Any:
        client = connect(self.url)
        try:
            yield client, StoreHarness(client, self.released.workspace)
        finally:
            await client.aclose()

    def stand(self) -> Standing:
        """What the store holds."""
        return asyncio.run(self._stand())

    async def _stand(self) -> Standing:
        async with self._open() as (_, harness):
            keys = await harness.dump()
            events = [export_line(event) for event in await harness.events()]
            ids = [kept["id"] for kept in self.released.told["requests"].values()]
            found = {id_: keys.get(harness.runner.key("request", id_)) for id_ in ids}
            requests = {id_: (one["state"], one.get("grant", "")) for id_, one in found.items() if one}
            return Standing({name: kind_of(harness, name) for name in keys}, keys, requests, events)

    def fill(self) -> None:
        """Put the released store there; whoever served it has gone."""
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        async with self._open() as (client, harness):
            await restore(client, self.released.store)
            await client.delete(harness.runner.key("lease"))

    def empty(self) -> None:
        """Lose everything."""
        with SyncClient.from_url(self.url) as client:
            client.flushall()


@pytest.fixture
def host(valkey: str, released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The operator of a released store, who has neither a token nor a master key at hand."""
    for name in list(os.environ):  # noqa: TID251 - what a command must not find
        if name.startswith(("SLACK_", "ENVACCESS_", "REDIS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REDIS_URL", valkey)
    monkeypatch.setenv("ENVACCESS_HOME", str(tmp_path / "home"))
    found = Host(valkey, released)
    found.empty()
    found.fill()
    yield found
    found.empty()


def stood(released: Released) -> dict[str, tuple[str, str]]:
    """Where each request and its grant stood, also where nobody had written it down."""
    return {kept["id"]: (kept["state"], kept["grant"] or "") for kept in released.told["requests"].values()}


def lived(released: Released) -> set[str]:
    """Requests that waited, and those whose grant lived or was to begin."""
    return {
        request
        for request, (state, grant) in stood(released).items()
        if state == "pending" or grant in {"active", "waiting"}
    }


def test_all_of_it_comes_back_but_nothing_that_lived(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    made = host.run("backup", file)
    assert made.exit_code == 0, made.output
    before = host.stand()
    counts = Counter(before.kinds.values())
    events = len(before.events) - 1  # what tells of the backup is not in it
    assert f"{counts['request']} requests, {counts['secret']} values, {events} events" in made.stderr
    host.empty()
    done = host.run("restore", file)
    assert done.exit_code == 0, done.output
    after = host.stand()
    assert not {kind for kind in after.kinds.values() if kind in LEFT_OUT}
    for name, held in before.keys.items():
        if before.kinds[name] not in MOVED | LEFT_OUT.keys():
            assert after.keys[name] == held, name
    for request, stands in stood(host.released).items():
        ends = {("timed_out", ""), ("approved", "revoked")} if request in lived(host.released) else {stands}
        assert after.requests[request] in ends


def test_the_old_stream_is_there_whole_and_then_every_end(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    host.run("backup", file)
    before = host.stand()
    host.empty()
    host.run("restore", file)
    after = host.stand()
    made = json.loads(before.events[-1])
    assert (made["event"], made["actor_kind"]) == ("backup.made", "cli")
    assert json.loads(made["detail"])["file"] == str(file)
    old = before.events[:-1]
    assert after.events[: len(old)] == old
    new = [json.loads(line) for line in after.events[len(old) :]]
    assert new[-1]["event"] == "backup.restored"
    ends = {event["request"]: event for event in new[:-1]}
    assert len(ends) == len(new) - 1
    early = {request for request, event in ends.items() if event["event"] != "grant.expired"}
    assert early == lived(host.released), "what was over already ended when it did"
    for request in early:
        assert (ends[request]["actor_kind"], json.loads(ends[request]["detail"])["why"]) == (
            "cli",
            "restored",
        )
