"""A store that a later version has changed: nothing of this version reads it, writes it, or starts on it."""

from pathlib import Path

import pytest

from envaccess.store.keys import EPOCH
from tests.scenario.harness import ScenarioHarness
from tests.scenario.processes import launched
from tests.scenario.test_backup import command

LATER = "a later version of envaccess has changed this store"


async def test_a_store_of_a_later_version_is_refused_at_start_in_one_line(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    """An older version, started by mistake after an upgrade, would undo what that brought."""
    await harness.redis.set(harness.runner.key("epoch"), str(EPOCH + 1))
    events = await harness.tags()
    async with launched(harness) as bot:
        assert await bot.ended() == 2
        (sentence,) = bot.sentences
        assert LATER in sentence
    workspace = ("--workspace", harness.slack.team_id)
    for args in (
        ("secrets", "list"),
        ("audit", "tail"),
        ("audit", "export"),
        ("locks", *workspace),
        ("backup", tmp_path / "backup.jsonl"),
    ):
        refused = await command(harness, *args)
        assert (refused.exit_code, refused.stdout) == (2, ""), args
        assert LATER in refused.stderr, args
    looked = await command(harness, "doctor")
    assert LATER in looked.output
    assert not (tmp_path / "backup.jsonl").exists()
    assert await harness.tags() == events


@pytest.mark.parametrize("epoch", [None, "0", str(EPOCH)])
async def test_a_store_of_this_version_or_an_earlier_one_is_served(
    harness: ScenarioHarness, epoch: str | None
) -> None:
    if epoch:
        await harness.redis.set(harness.runner.key("epoch"), epoch)
    async with harness.bot():
        pass
    assert (await command(harness, "secrets", "list")).exit_code == 0
