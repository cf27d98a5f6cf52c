"""What `channel` may be for `chat.postMessage`, and the headers that tell of scopes.

https://docs.slack.dev/reference/methods/chat.postMessage: "An encoded ID or channel name that represents a
channel, private group, or IM channel"; bolt-python's examples pass a person's id for a direct message.
"""

import pytest

from tests.slack_emulator.harness import EmulatorHarness


@pytest.mark.parametrize("name", ["general", "#general"])
async def test_a_channel_may_be_named(emulator: EmulatorHarness, name: str) -> None:
    answer = await emulator.raw("chat.postMessage", channel=name, text="hello")
    assert answer["channel"] == emulator.general.id
    assert emulator.bob.find("hello", emulator.general)


async def test_a_private_channel_that_the_app_is_not_in_has_no_name_for_it(emulator: EmulatorHarness) -> None:
    emulator.slack.add_channel("plans", [emulator.alice], private=True, with_bot=False)
    assert (await emulator.refused("chat.postMessage", channel="plans", text="x"))[
        "error"
    ] == "channel_not_found"


async def test_a_person_s_id_leads_to_their_direct_messages_with_the_app(emulator: EmulatorHarness) -> None:
    answer = await emulator.raw("chat.postMessage", channel=emulator.alice.id, text="only you")
    assert emulator.alice.dm
    assert answer["channel"] == emulator.alice.dm.id
    assert not emulator.bob.find("only you")


async def test_nobody_and_deactivated_people_are_no_channel(emulator: EmulatorHarness) -> None:
    emulator.slack.change(emulator.bob, deleted=True)
    for given in (emulator.bob.id, emulator.slack.bot.id, "U9NOBODY", "#"):
        refused = await emulator.refused("chat.postMessage", channel=given, text="x")
        assert refused["error"] == "channel_not_found"


async def test_other_methods_take_ids_alone(emulator: EmulatorHarness) -> None:
    """Their pages say no more than an id."""
    ts = await emulator.post()
    for method, more in (("chat.update", {"text": "x"}), ("chat.delete", {})):
        refused = await emulator.refused(method, channel="general", ts=ts, **more)
        assert refused["error"] == "channel_not_found"


async def test_an_answer_lists_the_scopes_that_the_method_asks_for(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/authentication/installing-with-oauth: `X-Accepted-OAuth-Scopes`."""
    headers = {"Authorization": f"Bearer {emulator.slack.bot_token}"}
    for method, asked in (("chat.postMessage", "chat:write"), ("auth.test", None)):
        async with emulator.session.post(emulator.slack.api_url + method, headers=headers) as answer:
            assert answer.headers.get("x-accepted-oauth-scopes") == asked
            assert answer.headers["x-oauth-scopes"].split(",") == emulator.slack.state.scopes
