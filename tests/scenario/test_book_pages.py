"""Pages for operators, typed as they stand there."""

import base64
import os
from pathlib import Path

import pytest

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.processes import environment
from tests.scenario.readme import make_installed, page_commands
from tests.scenario.test_readme import Shell


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_installed(tmp_path / "checkout")


def operator(checkout: Path, harness: ScenarioHarness, **more: str | None) -> Shell:
    """Somebody on the bot's host, with its settings and `envaccess` on the PATH."""
    path = f"{checkout / '.venv' / 'bin'}:/usr/bin:/bin"
    return Shell(checkout, **environment(harness, PATH=path, **more))


async def test_how_to_choose_a_store(checkout: Path, harness: ScenarioHarness) -> None:
    """`choose-a-store.md`: the key that is printed is one that the settings take."""
    generate, url, keys, doctor = page_commands("how-to/choose-a-store.md")
    shell = operator(
        checkout, harness, REDIS_URL=None, ENVACCESS_MASTER_KEYS=None, ENVACCESS_UNSAFE_REDIS="1"
    )
    key = (await shell.run(generate)).split()[-1]
    await shell.run(url.replace("rediss://user:password@redis.example:6379/0", harness.redis_url))
    await shell.run(keys.replace("...", f"{key},{environment(harness)['ENVACCESS_MASTER_KEYS']}"))
    assert "every stored value can be opened" in await shell.run(doctor)


async def test_how_to_install(checkout: Path, harness: ScenarioHarness) -> None:
    """`install.md`: what the tutorial has is the same here; what pip does, .ci/run does."""
    lines = page_commands("how-to/install.md")
    tutorial = page_commands("tutorial/first-grant.md")
    assert [line for line in lines if line in tutorial] == tutorial[-3:]
    exported = [line.partition("=")[0] for line in lines if line.startswith("export ")]
    assert exported == [
        "export ENVACCESS_API_URL",
        "export ENVACCESS_LISTEN",
        "export ENVACCESS_TRUSTED_PROXIES",
    ]
    generate, reseal = lines[-2:]
    assert generate in page_commands("how-to/choose-a-store.md")
    key = base64.urlsafe_b64encode(bytes(range(32))).decode()
    old = environment(harness)["ENVACCESS_MASTER_KEYS"]
    shell = operator(checkout, harness, ENVACCESS_MASTER_KEYS=f"{key},{old}")
    assert "value" in await shell.run(reseal)


async def test_how_to_back_up_and_restore(checkout: Path, harness: ScenarioHarness, tmp_path: Path) -> None:
    """`backup.md`: the file goes into an empty store of another machine, and the value is there."""
    backup, restore, nightly = page_commands("how-to/backup.md")
    assert backup == "envaccess backup FILE"  # `upgrade.md` runs it
    nightly = nightly.replace("T0ACME123", harness.slack.team_id)
    await operator(checkout, harness).run(nightly.replace("/backup/", f"{tmp_path}/"))
    [file] = [tmp_path / name for name in os.listdir(tmp_path) if name.startswith("envaccess-20")]  # noqa: PTH208
    other = operator(checkout, harness, REDIS_URL=None, ENVACCESS_HOME=str(tmp_path / "other"))
    assert "Restored" in await other.run(restore.replace("FILE", str(file)))
    value = await other.run("envaccess secrets read STRIPE_KEY --why restored")
    assert harness.values[STRIPE] in value


async def test_how_to_upgrade(checkout: Path, harness: ScenarioHarness) -> None:
    """`upgrade.md`: what is typed before and between, while the bot serves."""
    backup, fleet, doctor = page_commands("how-to/upgrade.md")
    shell = operator(checkout, harness)
    async with harness.bot():
        await shell.run(backup)
        assert "leads" in await shell.run(fleet)
        assert "every stored value can be opened" in await shell.run(doctor)
