"""Whatever people type gets a clear private answer; nothing of it pings, breaks or is filed by mistake."""

from typing import Any

import pytest

from envaccess.domain.request import State
from slack_emulator import Message
from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import MINUTE, heard, id_on, refusals, say, settled

Json = dict[str, Any]

WRONG: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("STRIPE_KEY", ("how long", "1h30m", "once")),
    ("STRIPE_KEY 1h", ("why",)),
    ("STRIPE_KEY once", ("why",)),
    ("STRIPE_KEY 1h ab", ("at least 3 characters",)),
    ("STRIPE_KEY 1h  \u200b \u2060 ", ("why",)),
    ("STRIPE_KEY debugging it", ("how long", "debugging")),
    ("STRIPE_KEY 90 debugging it", ("duration", "90")),
    ("STRIPE_KEY 0s debugging it", ("duration", "0s")),
    ("STRIPE_KEY -1h debugging it", ("how long",)),
    ("STRIPE_KEY 1.5h debugging it", ("how long",)),
    ("STRIPE_KEY 1H debugging it", ("duration", "1H")),
    ("STRIPE_KEY 99999999999999999999h debugging it", ("duration",)),
    ("STRIPE_KEY 9999999d debugging it", ("at most 8 hours",)),
    ("STRIPE_KEY 28801s debugging it", ("at most 8 hours",)),
    ("STRIPE-KEY 1h debugging it", ("STRIPE-KEY", "Did you mean", "STRIPE_KEY")),
    ("STRIP_KEY 1h debugging it", ("STRIP_KEY", "Did you mean `STRIPE_KEY`")),
    ("stripe_key 1h debugging it", ("Did you mean `STRIPE_KEY`",)),
    ("DB_URL 1h debugging it", ("Did you mean `staging/DB_URL`",)),
    ("STRIPE_KEY,NOPE 1h debugging it", ("There is no variable `NOPE`", "list")),
    ("a/b/c 1h debugging it", ("a/b/c",)),
    ("../etc/passwd 1h debugging it", ("name",)),
    ("* 1h debugging it", ("name",)),
    ("STRIPE_KEY;DEL 1h debugging it", ("name",)),
    ("1h STRIPE_KEY debugging it", ("name", "1h")),
    (",".join(f"NAME_{n}" for n in range(11)) + " 1h why not", ("more than 10 variables",)),
    ("x" * 10_000, ("longer than 4,000",)),
    ("STRIPE_KEY 1h " + "x" * 501, ("500 characters",)),
    ("STRIPE_KEY 1h " + "\U0001f600" * 501, ("500 characters",)),
    ("V" * 200 + " 1h debugging it", ("name",)),
    ("show", ("show NAME",)),
    ("show A B", ("show NAME",)),
    ("cancel", ("cancel ID", "eight letters")),
    ("cancel 7k2m9xq", ("eight letters",)),
    ("revoke everything", ("eight letters",)),
    ("cancel 7k2m9xq4", ("No request has that id", "status")),
    ("revoke 7k2m9xq4", ("No request has that id", "status")),
    ("status now", ("Nothing more is needed",)),
    ("list all", ("Nothing more is needed",)),
    ("help me", ("Nothing more is needed",)),
    ("Help", ("small letters", "`/envaccess help`")),
    ("STATUS", ("small letters", "`/envaccess status`")),
    ("Show STRIPE_KEY", ("small letters", "`/envaccess show NAME`")),
    ("Revoke 7k2m9xq4", ("small letters", "`/envaccess revoke ID`")),
)


async def test_every_wrong_command_is_answered_privately_with_what_to_do(harness: ScenarioHarness) -> None:
    """Each answer names the fault, says that nothing was done, and leads on; nothing is filed."""
    async with harness.bot():
        for typed, words in WRONG:
            answer = await say(harness, typed)
            for word in words:
                assert word in answer, (typed[:60], answer)
            assert "Nothing" in answer or "nothing" in answer, (typed[:60], answer)
            assert "/envaccess" in answer or "shorter time" in answer, (typed[:60], answer)
            assert len(answer) < 700, typed[:60]
        await settled(harness)
        assert harness.slack.messages(harness.approvers) == []
        assert await harness.requests() == []
    assert {event.detail["why"] for event in await refusals(harness)} <= {
        "unknown_variable",
        "too_long",
        "unknown_id",
    }


MISCHIEF = (
    "<!channel> <!here> <!everyone> look",
    "@channel @here @everyone look",
    "<@U0BOT> and @bob and <@U0BOT|bob>",
    "<#C0006APPROV> and #general",
    "<https://example.com|safe> https://example.com/?a=1&b=2",
    "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "*bold* _it_ ~no~ `code` ```pre``` > quote",
    ":x: :white_check_mark: *Approved* by <@U0BOT>",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u202eevil\u202c \u2066x\u2069",
    "null\u0000byte bell\u0007 esc\u001b[31m del\u007f",
    "line\nbreak\r\nand\u2028more\u2029here\ttab",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 \ufeff",
    "{{7*7}} ${HOME} $(id) %s {0} '; DROP TABLE x; --",
    '{"blocks": [], "text": "x"} \\u003c!channel\\u003e',
    "x" * 500,
    "\U0001f600" * 500,
    "&" * 500,
    "<" * 500,
    "a|b <a|b> <a|b|c> <|> <>",
    "<!date^1^{date}|x> <!subteam^S1|y>",
)


@pytest.mark.usefixtures("unpaced")
async def test_mischief_in_a_reason_is_inert_everywhere(harness: ScenarioHarness) -> None:
    """It is drawn as text where it is told: no ping, no link, no markup, no broken message."""
    async with harness.bot():
        for reason in MISCHIEF:
            await harness.move_clock(MINUTE)
            message = await harness.filed(f"STRIPE_KEY 1h {reason}")
            await settled(harness)
            card = next(m for m in harness.alice.sees() if "Cancel request" in harness.slack.draw(m))
            assert set(harness.slack.pings(message)) <= {harness.alice.id}, reason
            assert not set(harness.slack.pings(card)) - {harness.alice.id}, reason
            for line in harness.slack.messages(harness.audit):
                assert not {"channel", "here", "everyone", "S1"} & set(harness.slack.pings(line)), reason
            assert "\u202e" not in str(message.blocks)
            assert "\u0000" not in str(message.blocks)
            await withdraw(harness, message)
    assert (await harness.tags()).count("request.cancelled") == len(MISCHIEF)


async def withdraw(harness: ScenarioHarness, message: Message) -> None:
    """Cancel by the id on the message and wait for the drawing."""
    answer = await say(harness, f"cancel {id_on(message)}")
    assert "Withdrawn" in answer
    await settled(harness)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("tell <!channel> & <b>", "Why: tell <!channel> & <b>"),
        ("ask @bob in #general", None),
        ("a  lot   of    space", "Why: a lot of space"),
        ("&lt;tag&gt;", "Why: &lt;tag&gt;"),
    ],
)
async def test_a_reason_is_shown_as_it_was_typed(
    harness: ScenarioHarness, typed: str, shown: str | None
) -> None:
    """Decoded once and escaped once: neither more nor fewer entities than the person wrote."""
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 1h {typed}")
        drawn = harness.slack.draw(message)
        wanted = shown or f"Why: ask @{harness.bob.id} in #{harness.general.id}"
        assert wanted in drawn


async def test_more_than_twenty_commands_a_minute_are_slowed_down_and_write_nothing(
    harness: ScenarioHarness,
) -> None:
    """Law 12: and a repeated delivery of a slowed command is slowed as well."""
    async with harness.bot():
        for _ in range(20):
            assert "Slow down" not in heard(harness, await harness.ask("help"))
        before = len(await harness.events())
        for text in ("NOPE 1h debugging a refund", "STRIPE_KEY 1h debugging a refund", "list"):
            reply = await harness.ask(text)
            assert "Slow down" in heard(harness, reply)
            again = await harness.slack.repeat(reply.delivery)
            assert "Slow down" in str(again.ack)
        assert len(await harness.events()) == before
        assert await harness.requests() == []
        assert "Slow down" not in heard(harness, await harness.ask("help", harness.bob)), (
            "only this person is slowed"
        )
        assert "Filed" in await say(harness, "STRIPE_KEY 1h debugging a refund")


BROKEN: tuple[Json, ...] = (
    {"text": None},
    {"text": 7},
    {"text": ["STRIPE_KEY"]},
    {"user_id": None},
    {"user_id": ""},
    {"user_id": "U0NOBODY"},
    {"user_id": "x" * 10_000},
    {"user_id": "*"},
    {"team_id": "T0FORGED"},
    {"team_id": None, "user_id": "U0NOBODY"},
    {"response_url": None},
    {"trigger_id": None},
    {"channel_id": None},
    {"command": "/envaccess", "text": "status", "user_id": {"id": "U1"}},
)


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
async def test_a_command_with_broken_fields_is_answered_and_changes_nothing(
    harness: ScenarioHarness, broken: Json
) -> None:
    """Law 8: a payload comes from outside; the worst one is an answer, never a crash."""
    async with harness.bot():
        reply = await harness.alice.command(
            "/envaccess",
            "list",
            channel=harness.general,
            change=lambda payload: payload | broken,
        )
        assert reply.error is None
        assert "Something broke" not in reply.text
    assert await harness.requests() == []


async def test_an_id_is_read_as_people_mistype_it(harness: ScenarioHarness) -> None:
    """Upper case, hyphens, backticks, `o` for `0` and `l` for `1`: the same request."""
    async with harness.bot():
        request = id_on(await harness.filed())
        mistyped = f"`{request.upper().replace('0', 'O').replace('1', 'L')}`"
        assert "Withdrawn" in await say(harness, f"cancel {mistyped}")
        found = (await harness.requests())[0]
        assert (found.id, found.state) == (request, State.CANCELLED)
