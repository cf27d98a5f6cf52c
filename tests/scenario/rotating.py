"""What the scenarios of rotations share: people who see a value, and the engine that goes on."""

import re
from functools import partial

from envaccess.domain.variable import Variable
from slack_emulator import Message, User
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import finds
from tests.scenario.watch import buttons, comes_true


async def is_given(harness: ScenarioHarness, who: User, variable: Variable) -> None:
    """Somebody asks for it, and Bob agrees."""
    known = set(map(id, harness.slack.messages(harness.approvers)))
    await harness.heeded(partial(harness.ask, f"{variable} 1h debugging a failed refund", who))

    def asked() -> Message | None:
        new = [m for m in harness.slack.messages(harness.approvers) if id(m) not in known]
        return next((m for m in new if "Approve" in buttons(m)), None)

    await harness.heeded(partial(harness.bob.press, await harness.until(asked), "Approve"))


async def sees(harness: ScenarioHarness, who: User, like: str) -> str:
    """The value of this pattern that somebody is shown once they pressed Reveal on their newest card."""
    known = set(map(id, who.sees()))
    card = await finds(harness, who, "[ Reveal ]")
    await who.press(card, "Reveal")

    def shown() -> str | None:
        fresh = [m for m in who.sees() if id(m) not in known and "Hide now" in buttons(m)]
        found = re.search(like, harness.slack.draw(fresh[-1])) if fresh else None
        return found[0] if found else None

    return await harness.until(shown)


async def ends(harness: ScenarioHarness, who: User) -> None:
    """Somebody gives back what they have."""
    await who.press(await finds(harness, who, "[ End now ]"), "End now")


async def happens(harness: ScenarioHarness, tag: str, times: int = 1) -> None:
    """Wait until the audit stream has it so often."""

    async def often() -> bool:
        return (await harness.tags()).count(tag) >= times

    await comes_true(often)


async def looked_at(harness: ScenarioHarness) -> None:
    """The worker has looked at every rotation once more, and found nothing that may be done."""
    key, runner = harness.runner.key("rotations"), harness.runner
    for rotation in await runner.client.zrange(key, 0, -1):
        await runner.client.zadd(key, {rotation: 0})

    async def put_off() -> bool:
        scores = [score for _, score in await runner.client.zrange(key, 0, -1, withscores=True)]
        return all(score > 0 for score in scores)

    await comes_true(put_off)
