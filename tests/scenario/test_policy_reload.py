"""A changed policy file under a running bot: taken if it checks, else the old one stays, and all hear it."""

import pytest

from envaccess.application.policy import reload
from envaccess.policy_file.reading import digest_of
from tests.scenario.policies import audit_says, card, one_rule, pressed, revealed, shows, write_policy
from tests.scenario.test_chain_people import TWO_OF_THREE
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import heard, one_request, say

pytestmark = pytest.mark.usefixtures("watchful")


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the file comes all the time instead of each five seconds."""
    monkeypatch.setattr(reload, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(reload, "SETTLE_SECONDS", 0.02)


async def reloaded(town: Town, text: str) -> None:
    """The file is changed, and taken: the audit channel says so after it holds."""
    digest = digest_of(write_policy(town, text).read_text())[:12]
    await audit_says(town, "`policy.loaded`", digest)


async def rejected(town: Town, text: str) -> str:
    """The file is changed, and not taken; what the audit channel says."""
    write_policy(town, text)
    return await audit_says(town, "`policy.rejected`", "the old one stays")


async def test_a_file_that_others_may_write_is_not_taken_and_the_audit_channel_says_so(town: Town) -> None:
    policy = write_policy(town, one_rule("max: 20m"))
    async with town.bot(policy_file=policy):
        policy.chmod(0o666)
        write_policy(town, one_rule("max: 2h"))
        await audit_says(town, "`policy.rejected`", "may be changed by everybody", "the old one stays")
        assert "at most 20 minutes" in heard(town, await town.ask("STRIPE_KEY 30m a failed refund"))
        policy.chmod(0o644)
        await audit_says(town, "`policy.loaded`", "*/* (max_seconds")


async def test_a_changed_file_is_taken(town: Town) -> None:
    policy = write_policy(town, one_rule("max: 2h"))
    async with town.bot(policy_file=policy):
        await reloaded(town, one_rule("max: 10m"))
        assert "at most 10 minutes" in heard(town, await town.ask("STRIPE_KEY 30m a failed refund"))


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
    town: Town, text: str, words: str
) -> None:
    policy = write_policy(town, one_rule("max: 20m"))
    async with town.bot(policy_file=policy):
        assert words in await rejected(town, text)
        assert "at most 20 minutes" in heard(town, await town.ask("STRIPE_KEY 30m a failed refund"))
        await reloaded(town, one_rule("max: 2h"))
        assert "Filed" in heard(town, await town.ask("STRIPE_KEY 30m a failed refund"))


async def test_a_pending_request_is_not_loosened(town: Town) -> None:
    """Two had to agree when it was asked: one still does not do, though one would do for a new request."""
    policy = write_policy(town, TWO_OF_THREE)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await reloaded(town, one_rule())
        await town.bob.press(message, "Approve")
        await shows(town, message, "1 of 2 agreed: @bob")
        assert (await one_request(town)).grant is None
        await town.carol.press(message, "Approve")
        await card(town, "[ Reveal ]")


async def test_a_new_approver_of_the_new_policy_decides_nothing_old(town: Town) -> None:
    policy = write_policy(town, one_rule())
    async with town.bot(policy_file=policy):
        message = await town.filed()
        town.slack.join(town.dana, town.approvers)
        await reloaded(town, one_rule(steps="approvers: [{bob}, {dana}]"))
        assert "does not let you decide" in await pressed(town, town.dana, message, "Approve")
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")
        await town.bob.press(message, "Approve")
        await card(town, "[ Reveal ]")


@pytest.mark.parametrize(
    "now",
    [
        one_rule("max: 10m"),
        one_rule("reason: {least: 100}"),
        one_rule("reason: {pattern: 'PAY-[0-9]+', hint: a ticket}"),
    ],
)
async def test_what_the_new_policy_would_refuse_is_not_approved(town: Town, now: str) -> None:
    policy = write_policy(town, one_rule())
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await reloaded(town, now)
        assert "The policy has changed since this was asked" in await pressed(
            town, town.bob, message, "Approve"
        )
        assert (await one_request(town)).grant is None
        await town.bot_opens_deny(message)
        assert town.bob.modal is not None
        await town.bob.modal.submit({"reason": "please ask again"})
        await card(town, "*Denied* by @bob")


async def test_a_live_grant_keeps_what_was_granted(town: Town) -> None:
    """A policy rules on what is asked; whoever should lose access is revoked."""
    policy = write_policy(town, one_rule())
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.bob.press(message, "Approve")
        shown = await card(town, "[ Reveal ]")
        await reloaded(town, one_rule("max: 10m", "delivery: [cli]"))
        assert town.values[STRIPE] in await revealed(town, shown)


async def test_a_file_that_is_gone_is_told_and_the_old_one_stays(town: Town) -> None:
    policy = write_policy(town, one_rule("max: 20m"))
    async with town.bot(policy_file=policy):
        policy.unlink()
        await audit_says(town, "`policy.rejected`", "the old one stays")
        assert "at most 20 minutes" in await say(town, "STRIPE_KEY 30m a failed refund")
