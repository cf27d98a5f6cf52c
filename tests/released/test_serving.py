"""The bot that stands here serves a store that was released before, in the Slack workspace of that time.

The messages of that time are not there any more, as if somebody had deleted them.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from envaccess.domain.request import GrantState, State
from envaccess.projections import method_rates
from envaccess.store.client import Client
from slack_emulator import Message
from tests.released.conftest import Released, put_in
from tests.released.stage import Stage, opened
from tests.scenario.watch import buttons, id_on

LEASE = 11_000
"""Milliseconds after which the lease of the bot that ran is over."""


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rates of ours: a whole store is drawn anew here in a moment."""
    for name in ("PLACES", "OVERALL"):
        monkeypatch.setattr(method_rates, name, {})


@contextlib.asynccontextmanager
async def around(released: Released, redis: Client, valkey: str, home: Path) -> AsyncIterator[Stage]:
    """The workspace around a store, with its settings; the bot is not started yet."""
    await put_in(redis, released, later=LEASE)
    async with opened(redis, valkey, home) as stage:
        told = released.told
        assert {name: person.id for name, person in stage.people.items()} == told["people"]
        assert told["workspace"] == stage.harness.slack.team_id
        stage.harness.keys = released.master_keys
        if told["policy"]:
            stage.policy = home / "policy.yml"
            stage.policy.write_text(told["policy"], "utf-8")
        yield stage


def waiting(stage: Stage) -> dict[str, Message]:
    """The messages that offer Approve, by the request."""
    messages = stage.harness.slack.messages(stage.harness.approvers)
    return {id_on(message): message for message in messages if "Approve" in buttons(message)}


async def test_the_bot_starts_and_draws_what_was_not_drawn(
    released: Released, redis: Client, valkey: str, tmp_path: Path
) -> None:
    async with around(released, redis, valkey, tmp_path) as stage:
        async with stage.bot():
            pass
        undrawn = [await stage.get(request) for request in released.told["undrawn"]]
        pending = {request.id for request in undrawn if request.state is State.PENDING}
        assert pending <= set(waiting(stage))
        for request in undrawn:
            assert request.surfaces.card_shown == request.version
            assert request.surfaces.strays == ()


async def test_its_people_go_on_where_they_were(
    released: Released, redis: Client, valkey: str, tmp_path: Path
) -> None:
    """What is live is shown by name, what waits is listed and withdrawn, what is new is filed and decided."""
    async with around(released, redis, valkey, tmp_path) as stage, stage.bot():
        for request in released.ids("live"):
            found = await stage.get(request)
            if found.live and "reveal" in found.ruling.delivery:
                name = next(name for name, person in stage.people.items() if person.id == found.requester)
                await stage.say(name, f"show {found.variables[0]}", "")
                person, value = stage.people[name], released.told["values"][str(found.variables[0])]
                await stage.harness.until(lambda person=person, value=value: person.find(value))  # type: ignore[misc]
        for request in released.ids("pending"):
            found = await stage.get(request)
            name = next(name for name, person in stage.people.items() if person.id == found.requester)
            assert request in await stage.say(name, "status", "")
            await stage.say(name, f"cancel {request}", "Withdrawn")
            assert (await stage.get(request)).state is State.CANCELLED


async def test_somebody_new_asks_and_is_given_access(
    released: Released, redis: Client, valkey: str, tmp_path: Path
) -> None:
    async with around(released, redis, valkey, tmp_path) as stage, stage.bot():
        label = "staging/DB_URL"
        fresh = await stage.file("fresh", "erin" if stage.policy else "grace", f"{label} 45m another look")
        await stage.press("carol", fresh, "Approve")
        assert (await stage.get(fresh)).grant is GrantState.ACTIVE
        await stage.reveal(fresh)


@pytest.mark.parametrize("name", ["0.1.0/killed"])
async def test_what_a_killed_bot_had_not_shown_is_decided_by_its_buttons(
    name: str, redis: Client, valkey: str, tmp_path: Path
) -> None:
    released = Released(name)
    async with around(released, redis, valkey, tmp_path) as stage, stage.bot():
        (pending,) = released.ids("pending")
        await stage.people["bob"].press(waiting(stage)[pending], "Approve")
        assert (await stage.get(pending)).grant is GrantState.ACTIVE
