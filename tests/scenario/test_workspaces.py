"""One process serves several workspaces: each as if it were alone, and none of them another's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from envaccess.store.client import Client
from slack_emulator import SlackEmulator
from tests.scenario.conftest import note_sentences
from tests.scenario.workspaces import Company


@pytest.fixture
async def company(
    redis: Client, valkey: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Company]:
    """Two workspaces with people, channels and a value each; the bot is not started yet."""
    async with SlackEmulator(bot_name="envaccess", patience=60.0) as slack:
        company = Company(slack, redis, valkey, tmp_path, tmp_path / "workspaces.yml")
        company.add()
        company.add("T0SECOND")
        for one in company.workspaces:
            await company.install(one)
            await company.store(one)
        company.write_file(*company.workspaces)
        yield company
        note_sentences(request, slack)


async def test_two_workspaces_are_served_by_one_process_and_see_only_their_own(company: Company) -> None:
    one, two = company.workspaces
    async with company.bot(one, two):
        first, second = await one.shown(), await two.shown()
    assert one.value in first
    assert two.value in second
    assert one.value not in second
    assert two.value not in first
    for here, there in ((one, two), (two, one)):
        assert not there.team.messages(there.approvers)[0].text.count(here.alice.id)
        tags = await company.tags(here)
        assert tags.count("grant.revealed") == 1
        assert (tags[0], tags[-1]) != ("", "")
        assert tags.count("bot.started") == tags.count("bot.stopped") == 1
