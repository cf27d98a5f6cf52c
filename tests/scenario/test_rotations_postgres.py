"""The password of a role that somebody saw, on real servers: what Slack shows, and what logs in."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from envaccess.domain.variable import Variable
from tests.fakes.postgres import PASSWORD, RotatedRoles, login, rotated_roles, server_of, tenant_of, works
from tests.fakes.postgres_server import VERSIONS
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import finds, last_event, later
from tests.scenario.rotating import ends, happens, is_given, looked_at, sees

DB_URL = Variable("production", "DB_URL")
LOGIN = r"postgresql://[^\s`<>]+"


@dataclass
class Rotated:
    """A value in the sealed store that is the login of one of two roles, and the rule that rotates it."""

    harness: ScenarioHarness
    roles: RotatedRoles

    def sources(self, *when: str) -> Path:
        """`sources.yml`: with no words it is rotated at a grant's end, and the old one ended at once."""
        said = ", ".join(when or ("when: {grant_end: true}", "grace: 1s"))
        path = self.harness.home / "sources.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"version: 1\nsources:\n  pg: {{kind: postgres, dsn: 'env:MINTER'}}\n"
            f"names:\n  - match: {DB_URL}\n    rotate: {{with: postgres, source: pg, "
            f"roles: [{', '.join(self.roles.roles)}], url: '{self.roles.url}', {said}}}\n"
        )
        return path

    async def may_log_in(self) -> Sequence[str]:
        """Which of the two roles can."""
        async with self.roles.tenant.admin() as session:
            query = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname = ANY($1) ORDER BY 1"
            return [row["rolname"] for row in await session.fetch(query, list(self.roles.roles))]


async def rotated_on(
    version: str, harness: ScenarioHarness, factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch
) -> Rotated:
    base = factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 pytest's own variable
    patched.setattr("envaccess.sources.postgres.scram.ITERATIONS", 1)
    roles = await rotated_roles(await tenant_of(server_of(version, folder)))
    patched.setenv("MINTER", roles.tenant.dsn())
    patched.setenv("ENVACCESS_UNSAFE_POSTGRES_15", "1")
    await harness.store(DB_URL, roles.first)
    return Rotated(harness, roles)


@pytest.fixture
async def rotated(
    harness: ScenarioHarness, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Rotated:
    return await rotated_on("18", harness, tmp_path_factory, monkeypatch)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_password_that_alice_saw_is_refused_once_her_access_has_ended(
    version: str,
    harness: ScenarioHarness,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twice, so that the two roles are used in turn: what was seen first is not let in again by that."""
    rotated = await rotated_on(version, harness, tmp_path_factory, monkeypatch)
    seen: list[str] = []
    async with harness.bot(sources_file=rotated.sources()):
        for turn in (1, 2)[: 1 if version == "15" else 2]:
            await is_given(harness, harness.alice, DB_URL)
            seen.append(await sees(harness, harness.alice, LOGIN))
            assert await works(seen[-1])
            async with login(seen[-1]) as session:
                await ends(harness, harness.alice)
                await happens(harness, "rotation.done", turn)
                with pytest.raises(Exception, match=r"terminat|closed"):
                    await session.fetchval("SELECT 1")
            assert [await works(value) for value in seen] == [False] * turn
            assert len(await rotated.may_log_in()) == 1
        await is_given(harness, harness.alice, DB_URL)
        assert await works(await sees(harness, harness.alice, LOGIN))
    over = await last_event(harness, "rotation.done")
    assert (over.detail["why"], over.detail["how"]) == ("grant_end", "postgres")
    said = str(await harness.events()) + rotated.roles.tenant.server.log.replace(PASSWORD, "")
    assert not [value for value in seen if value.split(":")[2].partition("@")[0] in said]


async def test_who_still_holds_it_is_waited_for_until_the_last_one_ends(
    rotated: Rotated, harness: ScenarioHarness
) -> None:
    async with harness.bot(sources_file=rotated.sources("when: {grant_end: true}", "wait: 1d", "grace: 1s")):
        for who in (harness.alice, harness.dana):
            await is_given(harness, who, DB_URL)
            value = await sees(harness, who, LOGIN)
        await ends(harness, harness.alice)
        await happens(harness, "rotation.due")
        await later(harness, 300)
        await looked_at(harness)
        assert await works(value)
        await ends(harness, harness.dana)
        await happens(harness, "rotation.done")
        assert not await works(value)
    assert (await harness.tags()).count("rotation.due") == 1
    assert "holders" not in (await last_event(harness, "rotation.done")).detail


async def test_who_holds_it_past_the_cap_is_told_before_the_old_password_ends(
    rotated: Rotated, harness: ScenarioHarness
) -> None:
    """Dana learns of it when the new one is published, and has the grace to change over."""
    sources = rotated.sources("when: {grant_end: true}", "wait: 10m", "grace: 10m")
    async with harness.bot(sources_file=sources):
        for who in (harness.alice, harness.dana):
            await is_given(harness, who, DB_URL)
            value = await sees(harness, who, LOGIN)
        await ends(harness, harness.alice)
        await happens(harness, "rotation.due")
        await looked_at(harness)
        assert len(await rotated.may_log_in()) == 1
        await later(harness, 601)
        await finds(harness, harness.dana, "What you saw before may stop working from", "*Reveal*")
        assert await works(value), "for the grace"
        fresh = await sees(harness, harness.dana, LOGIN)
        assert fresh != value
        assert await works(fresh)
        await later(harness, 601)
        await happens(harness, "rotation.done")
        assert not await works(value)
        assert await works(fresh)
    assert (await last_event(harness, "rotation.done")).detail["holders"] == "1"
