"""An approvers channel that turns unsafe while the bot runs (law 9): nobody decides until it is mended."""

from collections.abc import Callable

import pytest

from envaccess.slack import channel_guard
from slack_emulator import Channel
from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import Log, readiness, serving
from tests.scenario.watch import heard, one_request, told

UNREADY = (503, ["channels"])


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once while something is wrong."""
    monkeypatch.setattr(channel_guard, "ALARMED_SECONDS", 0.05)
    monkeypatch.setattr(channel_guard, "_PAUSE_SECONDS", 0.05)


def _make_public(channel: Channel) -> None:
    channel.kind = "public"


def _make_private(channel: Channel) -> None:
    channel.kind = "private"


def _crowd(channel: Channel) -> None:
    channel.members += [f"U0CROWD{number}" for number in range(1_001)]


def _disperse(channel: Channel) -> None:
    channel.members = [member for member in channel.members if not member.startswith("U0CROWD")]


WAYS = pytest.mark.parametrize(
    ("spoil", "mend"), [(_make_public, _make_private), (_crowd, _disperse)], ids=["public", "crowded"]
)


async def _ready_again(harness: ScenarioHarness, log: Log) -> None:
    async def ready() -> bool:
        return (await readiness(log))[0] == 200

    await harness.slack.until(ready)


@WAYS
async def test_whoever_joins_a_channel_that_turned_unsafe_approves_nothing(
    harness: ScenarioHarness, spoil: Callable[[Channel], None], mend: Callable[[Channel], None]
) -> None:
    """The start refuses such a channel; a click must not be easier than a start."""
    async with serving(harness) as log:
        message = await harness.filed()
        spoil(harness.approvers)
        await harness.slack.tell(harness.slack.join(harness.dana, harness.approvers))
        press = await harness.dana.press(message, "Approve")
        assert "Nothing was changed" in await told(harness, press)
        press = await harness.bob.press(message, "Approve")
        assert "Nothing was changed" in await told(harness, press), "nor does anybody who was there before"
        await harness.bob.press(message, "Deny")
        assert harness.bob.modal is None
        refused = heard(harness, await harness.ask("staging/DB_URL 1h to see the schema"))
        assert "othing was filed" in refused
        assert await readiness(log) == UNREADY
        assert "request.approved" not in await harness.tags()
        mend(harness.approvers)
        await harness.slack.tell(harness.slack.leave(harness.dana, harness.approvers))
        await _ready_again(harness, log)
        await harness.bob.press(message, "Approve")
        assert (await one_request(harness)).decided_by == harness.bob.id


async def test_a_channel_that_turned_public_is_an_alarm_though_nobody_asks_for_anything(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack tells no app of it, and the next request may be days away."""
    monkeypatch.setattr(channel_guard, "LOOK_SECONDS", 0.05)
    async with serving(harness) as log:
        await _ready_again(harness, log)
        _make_public(harness.approvers)

        async def alarmed() -> bool:
            return await readiness(log) == UNREADY

        await harness.slack.until(alarmed)
        _make_private(harness.approvers)
        await _ready_again(harness, log)


async def test_a_public_channel_decides_while_we_serve_under_the_loud_name(harness: ScenarioHarness) -> None:
    async with serving(harness, unsafe_public_approvers=True) as log:
        message = await harness.filed()
        _make_public(harness.approvers)
        await harness.slack.tell(harness.slack.join(harness.dana, harness.approvers))
        await harness.dana.press(message, "Approve")
        assert (await one_request(harness)).decided_by == harness.dana.id
        assert (await readiness(log))[0] == 200
