"""`/envaccess audit`: security people look at what happened, privately; others do not; each look is told."""

import time
from functools import partial
from typing import Final

from envaccess.domain.audit import Tag, person
from slack_emulator import Message
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, granted, write_policy
from tests.scenario.watch import buttons, one_request, refusals, say

WATCHED: Final = """
version: 1
security: [{dana}, {carol}]
sets: {{shop: [STRIPE_KEY]}}
rules:
  - name: everything
    match: "*/*"
    approvers: [{bob}, {carol}]
"""


async def happened(harness: ScenarioHarness, times: int, who: str, **detail: str) -> None:
    """So many events of one person."""
    for number in range(times):
        detail |= {"count": str(number)}
        await harness.runner.run(
            "append",
            op=f"{who}{number}{time.monotonic_ns()}",
            event=Tag.ACCESS_REFUSED_COUNT,
            actor=str(person(who)),
            detail=detail,
        )


async def asked(harness: ScenarioHarness, about: str) -> Message:
    """Dana's private answer."""
    reply = await harness.ask(f"audit {about}", harness.dana)
    assert reply.message is not None
    assert reply.message.is_ephemeral
    return reply.message


async def turned(harness: ScenarioHarness, message: Message, button: str) -> str:
    """The same message once the page was turned."""
    before = harness.slack.draw(message)
    await harness.dana.press(message, button)

    def other() -> str | None:
        now = harness.slack.draw(message)
        return now if now != before else None

    return await harness.until(other)


async def test_security_people_see_what_happened_and_each_look_is_an_event(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness)
        request = await one_request(harness)
        for about in ("STRIPE_KEY", "@alice", "@shop", request.id):
            told = await say(harness, f"audit {about}", harness.dana)
            assert "`request.created` @alice asked for `STRIPE_KEY`" in told
            assert told.index("grant.activated") < told.index("request.created"), "the newest first"
            assert f"request `{request.id}`" in told
            assert "a failed refund" in told
            assert "Nothing older about this" in told
            assert "audit export" in told
        await audit_says(harness, "audit.read", "@dana looked at events", "about @alice")
        event = (await harness.events())[0].id
        told = await say(harness, f"audit {event}", harness.dana)
        assert f"event `{event}`" in told
        assert f"envaccess audit prove {event}" in told
        assert "@dana looked" not in await say(harness, "audit @bob", harness.dana)
        assert "@dana looked" in await say(harness, "audit @dana", harness.carol)
    looks = [event.detail["about"] for event in await harness.events() if event.event == Tag.AUDIT_READ]
    person_of = f"person:{harness.alice.id}"
    assert looks[:5] == ["STRIPE_KEY", person_of, "@shop", request.id, event]


async def test_pages_are_turned_in_the_same_message_back_and_on(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await happened(harness, 18, harness.bob.id)
        message = await asked(harness, "@bob")
        assert "count `17`" in harness.slack.draw(message)
        assert buttons(message) == ["Older"]
        second = await turned(harness, message, "Older")
        assert ("count `9`" in second, "count `2`" in second, "count `1` " in second) == (True, True, False)
        assert buttons(message) == ["Newer", "Older"]
        assert "count `0`" in await turned(harness, message, "Older")
        assert buttons(message) == ["Newer"]
        back = await turned(harness, message, "Newer")
        assert back.partition("Looked at")[0] == second.partition("Looked at")[0]
        assert "count `17`" in await turned(harness, message, "Newer")
        assert buttons(message) == ["Older"]


async def test_whoever_is_no_security_person_is_refused_and_that_is_audited(
    harness: ScenarioHarness,
) -> None:
    typed = "audit @alice"
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        told = await say(harness, typed, harness.bob)
        assert "Only the security people" in told
        assert "Please ask one of them, or whoever runs envaccess" in told
        await harness.slack.tell(harness.slack.change(harness.carol, is_restricted=True))
        assert "is a guest's" in await say(harness, typed, harness.carol)
        await say(harness, "lock @dana laptop stolen", harness.dana)
        assert "is locked" in await say(harness, typed, harness.dana)
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_security", "guest", "locked"]
    assert Tag.AUDIT_READ not in await harness.tags()


async def test_without_security_people_nobody_looks_and_the_answer_says_how(harness: ScenarioHarness) -> None:
    async with harness.bot():
        told = await say(harness, "audit STRIPE_KEY", harness.bob)
        assert "`security:`" in told
        assert "envaccess audit" in told


async def test_whoever_was_just_removed_turns_no_page_of_what_they_still_see(
    harness: ScenarioHarness,
) -> None:
    team = harness.slack.add_group("watch", [harness.dana, harness.carol])
    policy = write_policy(harness, WATCHED.replace("[{dana}, {carol}]", "[{team}]", 1), team=team.id)
    async with harness.bot(policy_file=policy):
        await happened(harness, 10, harness.bob.id)
        message = await asked(harness, "@bob")
        await harness.slack.tell(harness.slack.remove_from_group(harness.dana, team))
        before = harness.slack.draw(message)
        press = await harness.dana.press(message, "Older")
        await harness.until(lambda: press.answers)
        assert "Only the security people" in harness.slack.draw(press.answers[0])
        assert harness.slack.draw(message) == before


FORGED: Final = (
    "",
    "7",
    "0-0",
    "99999999999999999999-1 @bob",
    "1-1 <!channel>",
    "1-1 NAME NAME",
    "٣-1 STRIPE_KEY",
    "1-1 @nobody",
)


async def test_a_forged_page_shows_nothing_that_could_not_be_typed(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await happened(harness, 10, harness.bob.id)
        message = await asked(harness, "@bob")
        for value in FORGED:
            message.blocks[-1]["elements"][0]["value"] = value
            press = await harness.dana.press(message, "Older")
            await harness.until(partial(getattr, press, "answers"))
            assert "count" not in harness.slack.draw(press.answers[0])


NOTHING: Final = {
    "": "Name what the events are about",
    "<https://evil.test|STRIPE_KEY>": "Name what the events are about",
    "xoxb-" + "1" * 12 + "-" + "a" * 24: "Name what the events are about",
    "NOBODY_HAS_THIS": "No event about `NOBODY_HAS_THIS` is among those kept here",
    "1760000000123-0": "No event `1760000000123-0` is among those kept here",
    "@none": "has no set `@none`",
}


async def test_what_names_nothing_is_told_so(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        for about, told in NOTHING.items():
            answer = await say(harness, f"audit {about}".strip(), harness.dana)
            assert told in answer
            assert "evil.test|" not in answer
            assert "xoxb" not in answer


async def test_turning_pages_counts_as_typing_and_a_flood_delays_only_its_maker(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await happened(harness, 10, harness.bob.id)
        answers = [harness.slack.draw(await asked(harness, "@bob")) for _ in range(21)]
        assert "slow" in answers[-1].lower()
        assert "slow" not in (await say(harness, "audit @bob", harness.carol)).lower()
    assert (await harness.tags()).count(Tag.AUDIT_READ) <= 22
