"""The real command as a process: started, read, and signed in as people do it."""

import asyncio
import os
import sys
from pathlib import Path

from tests.scenario.harness import ScenarioHarness
from tests.scenario.terminal import LOGIN_CODE
from tests.scenario.watch import say

Process = asyncio.subprocess.Process


async def start(state: Path, *arguments: str) -> Process:
    """The command as a process of its own, with nothing of ours in its environment but its folder."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "PYTHONPATH", "LANG"}}  # noqa: TID251
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "envaccess", *arguments),
        env={**kept, "ENVACCESS_STATE_DIR": str(state), "HOME": str(state)},
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )


async def line_with(process: Process, words: str) -> str:
    """The next line on stderr that holds these words."""
    assert process.stderr
    async with asyncio.timeout(60):
        while line := (await process.stderr.readline()).decode():
            if words in line:
                return line
    raise AssertionError(await process.communicate())


async def sign_in(harness: ScenarioHarness, state: Path, base: str) -> None:
    """`/envaccess login` gives the code, `envaccess login` shows the number, and Alice picks it in Slack."""
    code = LOGIN_CODE.search(await say(harness, "login"))
    assert code
    process = await start(state, "login", base)
    assert process.stdin
    process.stdin.write(f"{code[0].lower()}\n".encode())
    await process.stdin.drain()
    number = (await line_with(process, "        ")).split()[0]
    message = await harness.until(lambda: harness.alice.find("wants to sign in as you"))
    await harness.heeded(lambda: harness.alice.press(message, number))
    _, err = await process.communicate()
    assert process.returncode == 0, err
    assert code[0] not in err.decode()
