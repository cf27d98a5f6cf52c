"""The product's wheel in an environment that has its requirements and nothing of the checkout."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from slack_emulator import SlackEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.packaging.conftest import Environment


@pytest.fixture
def installed(empty: Environment, wheels: dict[str, Path]) -> Environment:
    empty.install(wheels["envaccess"])
    empty.see_everything_locked()
    return empty


def test_neither_the_emulator_nor_the_demo_comes_with_the_product(installed: Environment) -> None:
    program = (
        "import importlib.util as u; print(u.find_spec('slack_emulator'), u.find_spec('envaccess_demo'))"
    )
    assert installed.run("-c", program).stdout == "None None\n"


def test_the_demo_s_command_says_in_one_line_what_to_install(installed: Environment) -> None:
    for more in ((), ("--web",)):
        said = installed.run("-c", "from envaccess.cli import main; main()", "demo", *more)
        assert said.returncode
        assert said.stdout == ""
        assert said.stderr.count("\n") == 1
        assert 'pip install "envaccess[demo]"' in said.stderr


def test_folders_that_are_only_named_like_the_demo_are_no_demo(installed: Environment) -> None:
    """scrapy#4665: Python takes any folder for a package where there is no other of that name."""
    for name in ("envaccess_demo", "slack_emulator"):
        (installed.folder / name).mkdir()
    said = installed.run("-m", "envaccess", "demo")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert 'pip install "envaccess[demo]"' in said.stderr


@pytest.mark.parametrize("more", [(), ("--web",)])
def test_a_demo_left_by_an_upgrade_of_the_product_alone_is_refused_in_one_line(
    installed: Environment, wheels: dict[str, Path], more: tuple[str, ...]
) -> None:
    """pip#9482: pip upgrades what was asked for, and only prints what does not fit it any more."""
    installed.install(wheels["slack_emulator"])
    installed.install(wheels["envaccess_demo"])
    demo = installed.site / "envaccess_demo"
    (demo / "__init__.py").write_text('__version__ = "0.0.9"\n')
    for name in ("story", "web"):
        (demo / f"{name}.py").write_text("from envaccess.store import renamed_since\n")
    said = installed.run("-m", "envaccess", "demo", *more)
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "0.0.9" in said.stderr
    assert 'pip install "envaccess[demo]==0.1.0"' in said.stderr


@pytest.mark.parametrize("module", ["envaccess", "bot"])
def test_serve_names_the_missing_setting(installed: Environment, module: str) -> None:
    said = installed.run("-m", module)
    assert said.returncode == 2
    assert "SLACK_BOT_TOKEN" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("module", ["envaccess", "bot"])
def test_a_module_that_is_run_with_arguments_is_the_command(installed: Environment, module: str) -> None:
    said = installed.run("-m", module, "--version")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("envaccess ")


@contextlib.asynccontextmanager
async def serving(installed: Environment, **settings: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        installed.python,
        "-m",
        "envaccess",
        cwd=installed.folder,
        env={"PATH": "/usr/bin:/bin", "PORT": "0", **settings},
    )
    try:
        yield
    finally:
        process.terminate()
        assert await process.wait() == 0


async def test_the_wheel_serves(installed: Environment, tmp_path: Path) -> None:
    """Scripts, data and the embedded server are found where the wheel was unpacked."""
    async with SlackEmulator(bot_name="envaccess") as slack:
        alice, bob = slack.add_person("alice"), slack.add_person("bob")
        general = slack.add_channel("general", [alice, bob])
        settings = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "ENVACCESS_HOME": str(tmp_path / "home"),
            "ENVACCESS_APPROVERS_CHANNEL": slack.add_channel("approvers", [bob], private=True).id,
            "ENVACCESS_AUDIT_CHANNEL": slack.add_channel("audit", [bob], private=True).id,
        }
        async with serving(installed, **settings):
            await slack.connected(within=60)
            slack.dispatcher.patience = 20
            reply = await alice.command("/envaccess", "help", channel=general)
            assert reply.message, reply.error
            assert "/envaccess" in slack.draw(reply.message)
