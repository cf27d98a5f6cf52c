"""Several workspaces in one emulator: one app, and nothing of one is seen in another."""

from slack_emulator import SlackEmulator
from tests.fidelity.socket_connection import button, payload_of, row
from tests.slack_emulator.harness import EmulatorHarness


async def test_a_second_workspace_has_people_channels_and_a_token_of_its_own(
    emulator: EmulatorHarness,
) -> None:
    two = emulator.slack.add_team("T0TWO", "two")
    tom = two.add_person("tom")
    there = two.add_channel("there", [tom])
    answer = await emulator.raw("auth.test", token=two.bot_token)
    assert (answer["team_id"], answer["user_id"]) == ("T0TWO", two.bot.id)
    assert two.bot.id != emulator.slack.bot.id
    assert (await emulator.refused("users.info", user=tom.id))["error"] == "user_not_found"
    answer = await emulator.refused("chat.postMessage", channel=there.id, text="x")
    assert answer["error"] == "channel_not_found"
    assert (await emulator.raw("chat.postMessage", token=two.bot_token, channel=there.id, text="x"))["ok"]
    assert emulator.slack.calls[-1].team == "T0TWO"
    typed = await payload_of(emulator, tom.command("/x", channel=there))
    assert (typed["team_id"], typed["team_domain"], typed["user_id"]) == ("T0TWO", "two", tom.id)


async def test_people_and_channels_of_the_same_ids_are_kept_apart(emulator: EmulatorHarness) -> None:
    """Slack promises that a user id is unique in its workspace only."""
    two = emulator.slack.add_team("T0TWO", "two", twin_ids=True)
    tom, _ = two.add_person("alice", "Tom Twin"), two.add_person("bob")
    there = two.add_channel("general", [tom])
    assert (tom.id, there.id) == (emulator.alice.id, emulator.general.id)
    await emulator.post("of the first")
    assert two.messages(there) == []
    for token, name in ((None, "Alice Engineer"), (two.bot_token, "Tom Twin")):
        user = (await emulator.raw("users.info", token=token, user=tom.id))["user"]
        assert user["real_name"] == name


async def test_what_comes_back_by_a_response_url_is_said_where_it_was_asked(
    emulator: EmulatorHarness,
) -> None:
    two = emulator.slack.add_team("T0TWO", "two")
    tom = two.add_person("tom")
    there = two.add_channel("there", [tom])
    typed = await payload_of(emulator, tom.command("/x", channel=there))
    async with emulator.session.post(typed["response_url"], json={"text": "hello"}) as answer:
        assert answer.status == 200
    assert tom.find("hello", there)


async def test_a_fault_may_be_one_workspaces_alone(emulator: EmulatorHarness) -> None:
    two = emulator.slack.add_team("T0TWO")
    emulator.slack.faults.answer("auth.test", "fatal_error", team="T0TWO")
    assert (await emulator.refused("auth.test", token=two.bot_token))["error"] == "fatal_error"
    assert (await emulator.raw("auth.test"))["ok"]


async def test_rates_are_counted_for_each_workspace(emulator: EmulatorHarness) -> None:
    emulator.slack.enforce_rates()
    two = emulator.slack.add_team("T0TWO")
    answers = [await emulator.raw("usergroups.list") for _ in range(21)]
    assert answers[-1]["error"] == "ratelimited"
    assert (await emulator.raw("usergroups.list", token=two.bot_token))["ok"]


async def test_a_workspace_without_the_app_gets_a_token_when_somebody_installs_it(
    emulator: EmulatorHarness,
) -> None:
    two = emulator.slack.add_team("T0TWO", installed=False)
    assert two.bot_token == ""
    token = two.install()
    assert token == two.bot_token
    two.uninstall()
    assert (await emulator.refused("auth.test", token=token))["error"] == "account_inactive"
    assert (await emulator.raw("auth.test", token=two.install()))["ok"]


async def test_a_shared_channel_has_one_history_and_a_press_says_whose_person_it_was(
    emulator: EmulatorHarness,
) -> None:
    two = emulator.slack.add_team("T0TWO", "two")
    tom = two.add_person("tom")
    shared = emulator.slack.share_with(emulator.general, two, [tom])
    assert shared["connected_team_id"] == "T0TWO"
    await emulator.client.chat_postMessage(
        channel=emulator.general.id, text="x", blocks=[row(button())], token=emulator.slack.bot_token
    )
    [message] = two.messages(emulator.general)
    pressed = await payload_of(emulator, tom.press(message, "Press"))
    assert (pressed["team"]["id"], pressed["user"]["team_id"]) == ("T0TWO", "T0TWO")
    assert pressed["message"]["ts"] == message.ts
    user = (await emulator.raw("users.info", user=tom.id))["user"]
    assert (user["team_id"], user.get("is_stranger")) == ("T0TWO", None)
    told = await payload_of(emulator, emulator.slack.tell(emulator.slack.leave(tom, emulator.general)))
    assert told["is_ext_shared_channel"] is True


async def test_an_app_that_nobody_installed_has_no_token() -> None:

    assert SlackEmulator(installed=False).bot_token == ""
