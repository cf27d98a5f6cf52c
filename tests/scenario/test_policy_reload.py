"""A changed policy file under a running bot: taken if it checks, else the old one stays, and all hear it."""

import pytest

from envaccess.application import file_watch
from envaccess.yaml_file.file import digest_of
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, one_rule, pressed, revealed, shows, write_policy
from tests.scenario.test_chain_people import TWO_OF_THREE
from tests.scenario.watch import heard, one_request, say

pytestmark = pytest.mark.usefixtures("watchful")


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the file comes all the time instead of each five seconds."""
    monkeypatch.setattr(file_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(file_watch, "SETTLE_SECONDS", 0.02)


async def reloaded(harness: ScenarioHarness, text: str) -> None:
    """The file is changed, and taken: the audit channel says so after it holds."""
    digest = digest_of(write_policy(harness, text).read_text())[:12]
    await audit_says(harness, "`policy.loaded`", digest)


async def rejected(harness: ScenarioHarness, text: str) -> str:
    """The file is changed, and not taken; what the audit channel says."""
    write_policy(harness, text)
    return await audit_says(harness, "`policy.rejected`", "the old one stays")


async def test_a_file_that_others_may_write_is_not_taken_and_the_audit_channel_says_so(
    harness: ScenarioHarness,
) -> None:
    policy = write_policy(harness, one_rule("max: 20m"))
    async with harness.bot(policy_file=policy):
        policy.chmod(0o666)
        write_policy(harness, one_rule("max: 2h"))
        await audit_says(harness, "`policy.rejected`", "may be changed by everybody", "the old one stays")
        assert "at most 20 minutes" in heard(harness, await harness.ask("STRIPE_KEY 30m a failed refund"))
        policy.chmod(0o644)
        await audit_says(harness, "`policy.loaded`", "*/* (max_seconds")


async def test_a_changed_file_is_taken(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("max: 2h"))
    async with harness.bot(policy_file=policy):
        await reloaded(harness, one_rule("max: 10m"))
        assert "at most 10 minutes" in heard(harness, await harness.ask("STRIPE_KEY 30m a failed refund"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\nrules:\n  - match: [", "line"),
        (one_rule("maximum: 2h"), "maximum"),
        (one_rule(steps="approvers: [nobodies]"), "nobodies"),
        (one_rule(steps="approvers: [S0NOSUCH]"), "S0NOSUCH"),
        ("", "line"),
    ],
)
async def test_a_bad_file_keeps_the_old_one_and_the_audit_channel_says_so(
    harness: ScenarioHarness, text: str, words: str
) -> None:
    policy = write_policy(harness, one_rule("max: 20m"))
    async with harness.bot(policy_file=policy):
        assert words in await rejected(harness, text)
        assert "at most 20 minutes" in heard(harness, await harness.ask("STRIPE_KEY 30m a failed refund"))
        await reloaded(harness, one_rule("max: 2h"))
        assert "Filed" in heard(harness, await harness.ask("STRIPE_KEY 30m a failed refund"))


async def test_a_pending_request_is_not_loosened(harness: ScenarioHarness) -> None:
    """Two had to agree when it was asked: one still does not do, though one would do for a new request."""
    policy = write_policy(harness, TWO_OF_THREE)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await reloaded(harness, one_rule())
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "1 of 2 agreed: @bob")
        assert (await one_request(harness)).grant is None
        await harness.carol.press(message, "Approve")
        await card(harness, "[ Reveal ]")


async def test_a_new_approver_of_the_new_policy_decides_nothing_old(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule())
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        harness.slack.join(harness.dana, harness.approvers)
        await reloaded(harness, one_rule(steps="approvers: [{bob}, {dana}]"))
        assert "does not let you decide" in await pressed(harness, harness.dana, message, "Approve")
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
        await harness.bob.press(message, "Approve")
        await card(harness, "[ Reveal ]")


@pytest.mark.parametrize(
    "now",
    [
        one_rule("max: 10m"),
        one_rule("reason: {least: 100}"),
        one_rule("reason: {pattern: 'PAY-[0-9]+', hint: a ticket}"),
    ],
)
async def test_what_the_new_policy_would_refuse_is_not_approved(harness: ScenarioHarness, now: str) -> None:
    policy = write_policy(harness, one_rule())
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await reloaded(harness, now)
        assert "The policy has changed since this was asked" in await pressed(
            harness, harness.bob, message, "Approve"
        )
        assert (await one_request(harness)).grant is None
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        await harness.bob.modal.submit({"reason": "please ask again"})
        await card(harness, "*Denied* by @bob")


async def test_a_live_grant_keeps_what_was_granted(harness: ScenarioHarness) -> None:
    """A policy rules on what is asked; whoever should lose access is revoked."""
    policy = write_policy(harness, one_rule())
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        shown = await card(harness, "[ Reveal ]")
        await reloaded(harness, one_rule("max: 10m", "delivery: [cli]"))
        assert harness.values[STRIPE] in await revealed(harness, shown)


async def test_a_file_that_is_gone_is_told_and_the_old_one_stays(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("max: 20m"))
    async with harness.bot(policy_file=policy):
        policy.unlink()
        await audit_says(harness, "`policy.rejected`", "the old one stays")
        assert "at most 20 minutes" in await say(harness, "STRIPE_KEY 30m a failed refund")
