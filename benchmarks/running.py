"""`envaccess run` with a live grant, through the real bot, beside `env NAME=value CMD`."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import load, terminals
from benchmarks.children import quiet
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import VARIABLE_NAMES, new_people, press
from benchmarks.scale import Scale
from benchmarks.slack_stub import DECIDERS
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.client.session_file import SessionFile
from envaccess.slack.names import APPROVE

_NAME = VARIABLE_NAMES[0]
_COMMAND = str(Path(sys.executable).with_name("envaccess"))
_RUN = (_COMMAND, "run", _NAME, "1h", "a benchmark", "--")
_ENV = ("env", f"{_NAME}=value-for-benchmarks")
_HAS_IT = ("sh", "-c", f'test -n "${_NAME}" && test "${_NAME}" != value-for-benchmarks')


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Both by turns, by somebody who is signed in and has access already, with the bot at rest."""
    async with open_harness(cores, folder, slack_limits=False) as harness, harness.bot(api=True) as bot:
        environment = await _with_access(harness, bot)
        await quiet(bot.process)
        await asyncio.to_thread(_start, (*_RUN, *_HAS_IT), environment)  # it is a value of the bot's
        pairs = [await _turn(bot, environment) for _ in range(scale.starts)]
    ours, limit = (middle(times) for times in zip(*pairs, strict=True))
    return [
        Row(
            "`envaccess run` with a live grant",
            milliseconds(ours),
            f"`env NAME=value CMD` {milliseconds(limit)}",
            None,
            Goal(150, unit=" ms more"),
            ours - limit,
        )
    ]


async def _with_access(harness: BenchmarkHarness, bot: Bot) -> dict[str, str]:
    """The environment of a terminal whose person may read a variable for an hour."""
    (person,), state = new_people(1, 1), harness.folder / "state"
    session = await terminals.sign_in(harness, bot, person, state)
    SessionFile(state).save(session)
    request = await terminals.file(session, bot, _NAME, state)
    await load.press(bot.port, [press(DECIDERS[0], APPROVE, request.id)], connections=1)
    with terminals.open_terminal(session, bot, state) as terminal:
        grant = await asyncio.to_thread(terminal.grant, request.id)
    assert grant.state == "active", grant.state
    return {"ENVACCESS_STATE_DIR": str(state), "HOME": str(harness.folder), "PATH": "/usr/bin:/bin"}


async def _turn(bot: Bot, environment: Mapping[str, str]) -> tuple[float, float]:
    """Ours, once the bot has drawn what the last one changed, and the other."""
    await quiet(bot.process)
    ours = await asyncio.to_thread(_start, (*_RUN, "true"), environment)
    return ours, await asyncio.to_thread(_start, (*_ENV, "true"), environment)


def _start(words: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """Milliseconds from start to end."""
    began = time.perf_counter()
    done = subprocess.run(words, cwd=environment["HOME"], env=environment, check=False, capture_output=True)  # noqa: S603
    spent = (time.perf_counter() - began) * 1000
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return spent
