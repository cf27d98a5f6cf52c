"""The emulator's wheel with aiohttp and nothing else, and apps of slack_bolt's own documentation on it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import textwrap
from typing import TYPE_CHECKING

import pytest
from slack_bolt import App

from tests.packaging.conftest import Environment, make_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEEDED = [
    "aiohttp",
    "aiosignal",
    "aiohappyeyeballs",
    "attr",
    "attrs",
    "frozenlist",
    "idna",
    "multidict",
    "propcache",
    "yarl",
    "tzdata",
    "typing_extensions.py",
]
"""aiohttp and what it brings."""

DRIVER = """
import asyncio, json, os, sys
import aiohttp
from slack_emulator import SlackEmulator

API = "{api}"

async def started(command, slack, **settings):
    environment = {{
        "PATH": os.environ["PATH"],
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        **settings,
    }}
    command = [part.replace(API, slack.api_url) for part in command]
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=sys.stderr)

async def reachable(sender):
    while True:
        try:
            return await sender.verify_url()
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)

async def main(kind, port, *command):
    async with SlackEmulator(events=["message.channels"]) as slack:
        slack.dispatcher.patience = 20
        alice = slack.add_person("alice")
        general = slack.add_channel("general", [alice])
        app = await started(command, slack, PORT=port)
        try:
            async with asyncio.timeout(60):
                print(json.dumps(await {{"http": http, "socket": socket}}[kind](slack, alice, general, port)))
        finally:
            app.kill()
            await app.wait()

async def http(slack, alice, general, port):
    await reachable(slack.http_target(f"http://127.0.0.1:{{port}}/slack/events"))
    await alice.say(general, "well hello there")
    return slack.draw(await slack.until(lambda: alice.find("Hey there", general), within=60))

async def socket(slack, alice, general, port):
    await slack.connected(within=60)
    reply = await alice.command("/echo", "once more", channel=general)
    assert not reply.error, reply.error
    return slack.draw(await slack.until(lambda: alice.find("once more", general), within=60))

asyncio.run(main(*sys.argv[1:]))
"""
API = "API-URL"


def documented(method: Callable[..., object], first: str) -> str:
    """The example in a docstring of slack_bolt that begins with this line, as it stands there."""
    lines = textwrap.dedent(str(method.__doc__)).splitlines()
    [start] = [at for at, line in enumerate(lines) if line.strip() == first][:1]
    depth = len(lines[start]) - len(lines[start].lstrip())
    example = [lines[start]]
    for line in lines[start + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) < depth:
            break
        example.append(line)
    return textwrap.dedent("\n".join(example)) + "\n"


@pytest.fixture
def alone(empty: Environment, wheels: dict[str, Path]) -> Environment:
    empty.install(wheels["slack_emulator"])
    empty.link(*NEEDED)
    return empty


@pytest.fixture
def app_environment(tmp_path: Path, wheels: dict[str, Path]) -> Environment:
    """Where the app runs: slack_bolt, and the emulator for its `slack_emulator.bolt`."""
    environment = make_environment(tmp_path / "app")
    environment.install(wheels["slack_emulator"])
    environment.see_everything_locked()
    return environment


def drive(alone: Environment, app: Environment, kind: str, source: str, port: int) -> str:
    """Run an app's source on the emulator; what Alice saw in the end."""
    (app.folder / "app.py").write_text(source, "utf-8")
    (alone.folder / "driver.py").write_text(DRIVER.format(api=API), "utf-8")
    command = [app.python, "-m", "slack_emulator.bolt", API, str(app.folder / "app.py")]
    done = alone.run("-I", str(alone.folder / "driver.py"), kind, str(port), *command)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout))


def test_the_emulator_brings_nothing_of_slack_and_nothing_of_the_product(alone: Environment) -> None:
    program = "import importlib.util as u; print(*map(u.find_spec, ('slack_sdk', 'slack_bolt', 'envaccess')))"
    assert alone.run("-I", "-c", program).stdout == "None None None\n"


def test_the_app_in_bolt_s_own_documentation_runs_unchanged_over_http(
    alone: Environment, app_environment: Environment, unused_tcp_port: int
) -> None:
    """`slack_bolt.App`: the docstring of its constructor is a whole app."""
    source = documented(App.__init__, "import os")
    assert "app.start(port=" in source
    drawn = drive(alone, app_environment, "http", source, unused_tcp_port)
    assert drawn.splitlines()[-1] == "Hey there @alice!"


def test_the_command_in_bolt_s_own_documentation_answers_in_socket_mode(
    alone: Environment, app_environment: Environment, unused_tcp_port: int
) -> None:
    source = "\n".join(
        [
            documented(App.__init__, "import os").partition("# Listens")[0],
            documented(App.command, "# Use this method as a decorator").partition("# Pass a function")[0],
            "from slack_bolt.adapter.socket_mode import SocketModeHandler",
            'SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()',
        ]
    )
    drawn = drive(alone, app_environment, "socket", source, unused_tcp_port)
    assert drawn.splitlines()[-1] == "once more"


async def start(alone: Environment, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        alone.python, "-I", "-m", "slack_emulator", *arguments,
        cwd=alone.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_started_by_itself_it_prints_what_an_app_needs_and_ends_with_ctrl_c(alone: Environment) -> None:
    process = await start(alone, "--person", "dora", "--channel", "shop", "--command", "/order")
    assert process.stdout
    assert process.stderr
    async with asyncio.timeout(60):
        names = [(await process.stdout.readline()).decode().partition("=")[0] for _ in range(4)]
        told = (await process.stderr.readline()).decode()
    assert names == ["SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"]
    assert re.search(r"http://127\.0\.0\.1:\d+/[\w-]+/$", told.strip())
    process.send_signal(2)
    _, rest = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in rest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("people = 3", "write each entry of people as [[people]]"),
        ('[[people]]\nname = "dora"\nboss = true', "does not know boss"),
        ("[[people]]\nname = 3", "name has the wrong type"),
        ('[[people]]\ntitle = "x"', "needs name"),
        ('[[channels]]\nname = "shop"\nmembers = ["nobody"]', "nobody is a member"),
        ('events = ["team_join"]', "not team_join"),
        ("[[", "shop.toml: Invalid initial character"),
    ],
)
def test_a_workspace_file_that_makes_no_sense_is_refused_in_one_line(
    alone: Environment, text: str, said: str
) -> None:
    (alone.folder / "shop.toml").write_text(text, "utf-8")
    refused = alone.run("-I", "-m", "slack_emulator", "--workspace", "shop.toml")
    assert refused.returncode
    assert refused.stderr.count(os.linesep) == 1
    assert said in refused.stderr
