"""More time: asked for by command, by button and in a form; decided like anything, seamless if granted."""

import pytest

from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import (
    asked,
    card,
    finds,
    granted,
    last_event,
    later,
    one_rule,
    opened,
    pressed,
    revealed,
    shows,
    write_policy,
)
from tests.scenario.watch import buttons, heard, one_request, refusals, say, settled

MINUTE = 60.0


async def extension(harness: ScenarioHarness) -> Message:
    """The approvers' message of a request for more time."""
    return await asked(harness, "asks to keep")


async def ends_at(harness: ScenarioHarness, request: str) -> int:
    """When a grant ends, milliseconds."""
    return (await one_request(harness, request)).expires_at


async def test_more_time_by_command_lengthens_the_same_grant(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        request = await one_request(harness)
        told = await say(harness, f"extend {request.id} 30m the refund takes longer")
        assert "Filed as request" in told
        assert "30 minutes more" in told
        message = await extension(harness)
        await shows(harness, message, "@alice asks to keep `STRIPE_KEY` for *30 minutes* more")
        before = await ends_at(harness, request.id)
        await harness.carol.press(message, "Approve")
        await shows(
            harness, message, "*Approved* by @carol", f"Access of request `{request.id}` goes on until"
        )
        assert await ends_at(harness, request.id) == before + 30 * 60_000
        key = harness.runner.key("grant", request.id)
        assert await harness.redis.pexpiretime(key) == before + 30 * 60_000
        await settled(harness)
        await later(harness, 60 * MINUTE)
        shown = await finds(harness, harness.alice, "You have access to", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, shown), "no gap at the first end"
    event = await last_event(harness, "grant.extended")
    assert (event.request, event.detail["seconds"]) == (request.id, "1800")


async def test_more_time_by_the_warnings_button(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        await later(harness, 46 * MINUTE)
        warned = await card(harness, "It ends soon", "[ Extend ]")
        form = await opened(harness, harness.alice, warned, "Extend")
        assert "More time for `STRIPE_KEY`" in form.draw()
        sent = await form.submit({"duration": "1h", "reason": "the refund takes longer"})
        assert sent.next is not None
        assert sent.next.title == "Filed"
        await harness.bob.press(await extension(harness), "Approve")
        picture = await shows(harness, warned, "You have access to `STRIPE_KEY`", "in 1 hour")
        assert "It ends soon" not in picture
        await settled(harness)
        await later(harness, 61 * MINUTE)
        again = await card(harness, "It ends soon")
        assert again.ts != warned.ts, "the new end has a warning of its own"


async def test_a_denied_extension_leaves_the_grant_as_it_is(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        request = await one_request(harness)
        await say(harness, f"extend {request.id} 30m the refund takes longer")
        before = await ends_at(harness, request.id)
        message = await extension(harness)
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        await harness.bob.modal.submit({"reason": "one hour is enough"})
        await card(harness, "*Denied* by @bob", "one hour is enough")
        assert await ends_at(harness, request.id) == before
        shown = await finds(harness, harness.alice, "You have access to", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, shown)


async def test_an_extension_approved_too_late_is_new_access(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        request = await one_request(harness)
        await say(harness, f"extend {request.id} 30m the refund takes longer")
        message = await extension(harness)
        await later(harness, 61 * MINUTE)
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "*Approved*", "Access ends")
        await settled(harness)
        fresh = await card(harness, "You have access to `STRIPE_KEY`", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, fresh)
        assert (await one_request(harness, request.id)).live is False


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("extend {id} 9h the refund takes longer", "at most 8 hours, together with what is left of it"),
        ("extend {id} once the refund takes longer", "Only live access can be extended"),
        ("extend 00000000 1h the refund takes longer", "No request has that id"),
        ("extend {id}", "After the id comes how much longer"),
        ("extend", "That is no id of a request"),
        ("extend {id} 1h", "Please say why you need it"),
    ],
)
async def test_what_cannot_be_extended_says_so(harness: ScenarioHarness, typed: str, words: str) -> None:
    async with harness.bot():
        await granted(harness)
        request = await one_request(harness)
        assert words in await say(harness, typed.format(id=request.id))
    assert (await harness.tags()).count("request.created") == 1


async def test_only_live_access_and_only_ones_own(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        request = await one_request(harness)
        assert "somebody else's request" in await say(
            harness, f"extend {request.id} 1h for me", harness.carol
        )
        await say(harness, f"revoke {request.id}")
        assert "Only live access can be extended" in await say(harness, f"extend {request.id} 1h once more")
        await harness.filed("staging/DB_URL 1h a slow query")
        waiting = await one_request(harness)
        assert "Only live access can be extended" in await say(harness, f"extend {waiting.id} 1h once more")
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_yours"]


async def test_the_form_may_be_corrected_after_a_time_too_long(harness: ScenarioHarness) -> None:
    """The policy counts what is left: the form stays, and what is sent next is another try."""
    policy = write_policy(harness, one_rule("max: 2h"))
    async with harness.bot(policy_file=policy):
        await granted(harness, "STRIPE_KEY 90m a long debugging")
        shown = await card(harness, "[ Reveal ]")
        await later(harness, 76 * MINUTE)
        warned = await card(harness, "It ends soon", "[ Extend ]")
        assert shown.ts != warned.ts
        form = await opened(harness, harness.alice, warned, "Extend")
        sent = await form.submit({"duration": "2h", "reason": "the refund takes longer"})
        assert "shorter time" in sent.errors["duration"]
        assert sent.next is not None
        sent = await sent.next.submit({"duration": "1h", "reason": "the refund takes longer"})
        assert sent.errors == {}
        assert sent.next is not None
        assert sent.next.title == "Filed"
        await extension(harness)


async def test_an_extension_never_lasts_longer_than_the_policy_allows(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("max: 1h"))
    async with harness.bot(policy_file=policy):
        await granted(harness)
        request = await one_request(harness)
        assert "too long" in await say(harness, f"extend {request.id} 30m the refund takes longer")
        await later(harness, 40 * MINUTE)
        assert "Filed" in heard(
            harness, await harness.ask(f"extend {request.id} 30m the refund takes longer")
        )
        await harness.bob.press(await extension(harness), "Approve")
        await shows(harness, await extension(harness), "*Approved*")
        now = (await harness.events())[-1].at
        assert await ends_at(harness, request.id) <= now + 60 * 60_000


async def test_the_home_tab_extends_too(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        await harness.slack.open_home(harness.alice)
        home = await harness.until(lambda: harness.alice.home)
        await home.press("Extend")
        form = await harness.until(lambda: harness.alice.modal)
        sent = await form.submit({"duration": "15m", "reason": "the refund takes longer"})
        assert sent.next is not None
        assert sent.next.title == "Filed"
        message = await extension(harness)
        assert buttons(message) == ["Approve", "Approve less…", "Ask…", "Deny"]
        assert "cannot decide on your own" in await pressed_by_alice(harness, message)


async def pressed_by_alice(harness: ScenarioHarness, message: Message) -> str:
    """Her own extension, approved by herself: refused."""
    harness.slack.join(harness.alice, harness.approvers)
    return await pressed(harness, harness.alice, message, "Approve")
