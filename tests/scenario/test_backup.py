"""An operator backs a workspace up while its bot serves, loses everything, and puts it back."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from envaccess import wiring
from envaccess.cli import root
from envaccess.cli.operator_ports import Wired
from envaccess.domain.errors import SettingsError
from envaccess.domain.request import GrantState, State
from envaccess.slack.client import Identity
from envaccess.store.backup_write import RestoreWriter
from envaccess.wiring.application import Application, Base
from envaccess.wiring.start_checks import check_slack
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, granted, revealed
from tests.scenario.processes import launched
from tests.scenario.watch import buttons, one_request, say


async def command(harness: ScenarioHarness, *args: object) -> Result:
    """Run the command on the host."""
    front = Wired()
    front.__dict__["_looked"] = harness.settings()
    words = [*map(str, args)]
    return await asyncio.to_thread(lambda: CliRunner().invoke(root, words, obj=front))


def contents(path: Path) -> str:
    return path.read_text("utf-8")


async def test_a_lost_store_comes_back_without_its_access_and_everybody_is_told(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    file = tmp_path / "backup.jsonl"
    async with harness.bot():
        await granted(harness)
        await revealed(harness, await card(harness, "[ Reveal ]"))
        seen = (await command(harness, "exposure", "--json")).stdout
        live = await one_request(harness)
        await harness.filed("staging/DB_URL 1h a slow query")
        made = await command(harness, "backup", file)
        assert (made.exit_code, made.stdout) == (0, "")
        assert (
            f"Backed up {harness.slack.team_id} to {file}: 2 requests, {len(harness.values)} values"
            in made.stderr
        )
        refused = await command(harness, "restore", file, "--replace")
        assert refused.exit_code == 1
        assert "Somebody serves or restores this workspace" in refused.stderr
        await audit_says(harness, "backup.made", "made a backup")
    text = contents(file)
    for secret in (
        *harness.values.values(),
        *(base64.urlsafe_b64encode(key).decode() for key in harness.keys),
    ):
        assert secret not in text
    before = [event.id for event in await harness.events()]
    await harness.redis.flushall()
    done = await command(harness, "restore", file)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 live grant and 1 pending request ended." in done.stderr
    # Who has seen what comes back, and so does the key that marks values: the same value is known again.
    assert json.loads(seen)["seer"] == f"person:{harness.alice.id}"
    assert (await command(harness, "exposure", "--json")).stdout == seen
    exported = (await command(harness, "audit", "export")).stdout.splitlines()
    events = [json.loads(line) for line in exported]
    assert [event["id"] for event in events if event["id"] in before] == [
        id_ for id_ in before if id_ <= max(event["id"] for event in events if event["id"] in before)
    ]
    assert [event["event"] for event in events[-3:-1]] in (
        ["grant.revoked", "request.timed_out"],
        ["request.timed_out", "grant.revoked"],
    )
    assert "backup.restored" in (await command(harness, "audit", "tail", "-n", "1")).stdout
    async with harness.bot():
        over = await card(harness, "Access ended early by", "because a backup was restored")
        assert buttons(over) == ["Ask again"]
        await card(harness, "a backup was restored")
        assert harness.values[STRIPE] not in await say(harness, "show STRIPE_KEY")
        await audit_says(harness, "backup.restored", "restored a backup")
        await granted(harness)
        await revealed(harness, await card(harness, "[ Reveal ]"))
    (again,) = map(json.loads, (await command(harness, "exposure", "--json")).stdout.splitlines())
    assert (again["version"], again["how"]) == (json.loads(seen)["version"], {"slack": 2})
    found = {request.id: request for request in await harness.requests()}
    assert found[live.id].grant is GrantState.REVOKED
    assert {request.state for request in found.values()} == {State.APPROVED, State.TIMED_OUT}


async def test_what_a_killed_restore_left_is_served_by_nobody(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    """The one mark keeps bots and operators out, and the doctor says what to do."""
    file = tmp_path / "backup.jsonl"
    assert (await command(harness, "backup", file)).exit_code == 0
    await RestoreWriter(harness.runner, "restore-killed").begin("", replace=True)
    await harness.redis.delete(harness.runner.key("lease"))  # ten seconds later
    async with launched(harness) as bot:
        assert await bot.ended() == 2
        assert [line for line in bot.sentences if "a restore of this workspace" in line]
    for args in (("secrets", "list"), ("audit", "tail"), ("locks", "--workspace", harness.slack.team_id)):
        refused = await command(harness, *args)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "run `envaccess restore` to its end" in refused.stderr
    looked = await command(harness, "doctor")
    assert "a restore of this workspace is under way, or did not finish" in looked.output
    assert (await command(harness, "restore", file)).exit_code == 0
    async with wiring.operator_context(harness.settings()) as operator:
        assert (await operator.values.read(STRIPE)).text == harness.values[STRIPE]


async def test_a_restore_that_begins_while_a_bot_starts_stops_that_bot(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had looked at the store before the restore began."""

    async def slowly(base: Base, identity: Identity, application: Application) -> bool:
        await RestoreWriter(harness.runner, "restore-1").begin("", replace=True)
        return await check_slack(base, identity, application)

    monkeypatch.setattr("envaccess.wiring.service.check_slack", slowly)
    with pytest.raises(SettingsError, match="A restore of this workspace is under way"):
        async with harness.bot():
            raise AssertionError("it serves")
    assert await harness.redis.get(harness.runner.key("lease")) == "restore-1"


async def test_a_backup_of_an_embedded_store_is_restored_into_another_home(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    """The new home makes no master key of its own: the values need the old one, and it is named."""
    old, new = tmp_path / "old", tmp_path / "new"
    file = tmp_path / "backup.jsonl"
    settings = harness.settings(redis_url=None, master_keys=(), home=old)
    async with wiring.operator_context(settings) as operator:
        await operator.values.write(
            operator.ids.operation(), STRIPE, "value-for-tests", operator.actor, replace=True
        )
    front = Wired()
    front.__dict__["_looked"] = settings
    assert (
        await asyncio.to_thread(CliRunner().invoke, root, ["backup", str(file)], obj=front)
    ).exit_code == 0
    front.__dict__["_looked"] = harness.settings(redis_url=None, master_keys=(), home=new)
    done = await asyncio.to_thread(CliRunner().invoke, root, ["restore", str(file)], obj=front)
    assert done.exit_code == 0, done.output
    assert "warning: its values are sealed under the master key " in done.stderr
    assert not (new / "master.key").exists()
    for home in (old, new):
        await asyncio.to_thread(wiring.wait_gone, harness.settings(redis_url=None, home=home), 10)
