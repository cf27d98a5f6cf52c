"""More time: asked for by command, by button and in a form; decided like anything, seamless if granted."""

import pytest

from slack_emulator import Message
from tests.scenario.policies import (
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
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import buttons, heard, one_request, refusals, say, settled

MINUTE = 60.0


async def extension(town: Town) -> Message:
    """The approvers' message of a request for more time."""
    return await town.until(
        lambda: next(
            (m for m in town.slack.messages(town.approvers) if "asks to keep" in town.slack.draw(m)), None
        )
    )


async def ends_at(town: Town, request: str) -> int:
    """When a grant ends, milliseconds."""
    return (await one_request(town, request)).expires_at


async def test_more_time_by_command_lengthens_the_same_grant(town: Town) -> None:
    async with town.bot():
        await granted(town)
        request = await one_request(town)
        told = await say(town, f"extend {request.id} 30m the refund takes longer")
        assert "Filed as request" in told
        assert "30 minutes more" in told
        message = await extension(town)
        await shows(town, message, "@alice asks to keep `STRIPE_KEY` for *30 minutes* more")
        before = await ends_at(town, request.id)
        await town.carol.press(message, "Approve")
        await shows(town, message, "*Approved* by @carol", f"Access of request `{request.id}` goes on until")
        assert await ends_at(town, request.id) == before + 30 * 60_000
        key = town.runner.key("grant", request.id)
        assert await town.redis.pexpiretime(key) == before + 30 * 60_000
        await settled(town)
        await later(town, 60 * MINUTE)
        shown = await finds(town, town.alice, "You have access to", "[ Reveal ]")
        assert town.values[STRIPE] in await revealed(town, shown), "no gap at the first end"
    event = await last_event(town, "grant.extended")
    assert (event.request, event.detail["seconds"]) == (request.id, "1800")


async def test_more_time_by_the_warnings_button(town: Town) -> None:
    async with town.bot():
        await granted(town)
        await later(town, 46 * MINUTE)
        warned = await card(town, "It ends soon", "[ Extend ]")
        form = await opened(town, town.alice, warned, "Extend")
        assert "More time for `STRIPE_KEY`" in form.draw()
        sent = await form.submit({"duration": "1h", "reason": "the refund takes longer"})
        assert sent.next is not None
        assert sent.next.title == "Filed"
        await town.bob.press(await extension(town), "Approve")
        picture = await shows(town, warned, "You have access to `STRIPE_KEY`", "in 1 hour")
        assert "It ends soon" not in picture
        await settled(town)
        await later(town, 61 * MINUTE)
        again = await card(town, "It ends soon")
        assert again.ts != warned.ts, "the new end has a warning of its own"


async def test_a_denied_extension_leaves_the_grant_as_it_is(town: Town) -> None:
    async with town.bot():
        await granted(town)
        request = await one_request(town)
        await say(town, f"extend {request.id} 30m the refund takes longer")
        before = await ends_at(town, request.id)
        message = await extension(town)
        await town.bot_opens_deny(message)
        assert town.bob.modal is not None
        await town.bob.modal.submit({"reason": "one hour is enough"})
        await card(town, "*Denied* by @bob", "one hour is enough")
        assert await ends_at(town, request.id) == before
        shown = await finds(town, town.alice, "You have access to", "[ Reveal ]")
        assert town.values[STRIPE] in await revealed(town, shown)


async def test_an_extension_approved_too_late_is_new_access(town: Town) -> None:
    async with town.bot():
        await granted(town)
        request = await one_request(town)
        await say(town, f"extend {request.id} 30m the refund takes longer")
        message = await extension(town)
        await later(town, 61 * MINUTE)
        await town.bob.press(message, "Approve")
        await shows(town, message, "*Approved*", "Access ends")
        await settled(town)
        fresh = await card(town, "You have access to `STRIPE_KEY`", "[ Reveal ]")
        assert town.values[STRIPE] in await revealed(town, fresh)
        assert (await one_request(town, request.id)).live is False


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
async def test_what_cannot_be_extended_says_so(town: Town, typed: str, words: str) -> None:
    async with town.bot():
        await granted(town)
        request = await one_request(town)
        assert words in await say(town, typed.format(id=request.id))
    assert (await town.tags()).count("request.created") == 1


async def test_only_live_access_and_only_ones_own(town: Town) -> None:
    async with town.bot():
        await granted(town)
        request = await one_request(town)
        assert "somebody else's request" in await say(town, f"extend {request.id} 1h for me", town.carol)
        await say(town, f"revoke {request.id}")
        assert "Only live access can be extended" in await say(town, f"extend {request.id} 1h once more")
        await town.filed("staging/DB_URL 1h a slow query")
        waiting = await one_request(town)
        assert "Only live access can be extended" in await say(town, f"extend {waiting.id} 1h once more")
    assert [event.detail["why"] for event in await refusals(town)] == ["not_yours"]


async def test_the_form_may_be_corrected_after_a_time_too_long(town: Town) -> None:
    """The policy counts what is left: the form stays, and what is sent next is another try."""
    policy = write_policy(town, one_rule("max: 2h"))
    async with town.bot(policy_file=policy):
        await granted(town, "STRIPE_KEY 90m a long debugging")
        shown = await card(town, "[ Reveal ]")
        await later(town, 76 * MINUTE)
        warned = await card(town, "It ends soon", "[ Extend ]")
        assert shown.ts != warned.ts
        form = await opened(town, town.alice, warned, "Extend")
        sent = await form.submit({"duration": "2h", "reason": "the refund takes longer"})
        assert "shorter time" in sent.errors["duration"]
        assert sent.next is not None
        sent = await sent.next.submit({"duration": "1h", "reason": "the refund takes longer"})
        assert sent.errors == {}
        assert sent.next is not None
        assert sent.next.title == "Filed"
        await extension(town)


async def test_an_extension_never_lasts_longer_than_the_policy_allows(town: Town) -> None:
    policy = write_policy(town, one_rule("max: 1h"))
    async with town.bot(policy_file=policy):
        await granted(town)
        request = await one_request(town)
        assert "too long" in await say(town, f"extend {request.id} 30m the refund takes longer")
        await later(town, 40 * MINUTE)
        assert "Filed" in heard(town, await town.ask(f"extend {request.id} 30m the refund takes longer"))
        await town.bob.press(await extension(town), "Approve")
        await shows(town, await extension(town), "*Approved*")
        now = (await town.events())[-1].at
        assert await ends_at(town, request.id) <= now + 60 * 60_000


async def test_the_home_tab_extends_too(town: Town) -> None:
    async with town.bot():
        await granted(town)
        await town.slack.open_home(town.alice)
        home = await town.until(lambda: town.alice.home)
        await home.press("Extend")
        form = await town.until(lambda: town.alice.modal)
        sent = await form.submit({"duration": "15m", "reason": "the refund takes longer"})
        assert sent.next is not None
        assert sent.next.title == "Filed"
        message = await extension(town)
        assert buttons(message) == ["Approve", "Approve less…", "Ask…", "Deny"]
        assert "cannot decide on your own" in await pressed_by_alice(town, message)


async def pressed_by_alice(town: Town, message: Message) -> str:
    """Her own extension, approved by herself: refused."""
    town.slack.join(town.alice, town.approvers)
    return await pressed(town, town.alice, message, "Approve")
