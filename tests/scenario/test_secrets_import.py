"""`envaccess secrets import` on the bot's host: what it stores, somebody asks for and sees."""

import asyncio
import sys

from envaccess.domain.variable import Variable
from tests.scenario.harness import ScenarioHarness
from tests.scenario.processes import environment

COMPOSE = """
services:
  shop:
    environment:
      SMTP_PASSWORD: value-for-tests
      STRIPE_KEY: op://vault/stripe/key
      HOST: ${HOST}
"""


async def _import(harness: ScenarioHarness, *options: str) -> str:
    path = harness.home / "compose.yaml"
    path.write_text(COMPOSE, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "envaccess", "secrets", "import", str(path), *options),
        env=environment(harness),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    return said


async def test_a_compose_file_is_stored_and_alice_sees_the_one_value_that_stood_in_it(
    harness: ScenarioHarness,
) -> None:
    said = await _import(harness, "--environment", "production", "--yes")
    assert "1 created." in said
    assert "left out: production/STRIPE_KEY" in said
    assert "value-for-tests" not in said
    harness.values[Variable("production", "SMTP_PASSWORD")] = "value-for-tests"
    [seen] = [event for event in await harness.events() if event.event == "value.seen"]
    assert (seen.detail["seer"], seen.detail["how"]) == ("unknown", "imported")
    async with harness.bot():
        card = await harness.granted("production/SMTP_PASSWORD 1h debugging a failed mail")
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find("value-for-tests"))
