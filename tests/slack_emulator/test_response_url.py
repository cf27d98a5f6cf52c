"""`response_url`: five uses, thirty minutes, and the only way to change an ephemeral message."""

from typing import Any

from slack_emulator import Json, Press
from tests.slack_emulator.harness import EmulatorHarness

BUTTON = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Hide now"}}
ROW = [{"type": "actions", "elements": [BUTTON]}]


async def pressed(emulator: EmulatorHarness, *, ephemeral: bool = False) -> Press:
    """Bob presses a button in a message."""

    async def acknowledge(ack: Any) -> None:
        await ack()

    app = emulator.app()
    app.action("press")(acknowledge)
    await emulator.connect(app)
    if ephemeral:
        await emulator.client.chat_postEphemeral(
            channel=emulator.general.id, user=emulator.bob.id, text="v", blocks=ROW
        )
    else:
        await emulator.post("v", blocks=ROW)
    return await emulator.bob.press(emulator.bob.sees(emulator.general)[-1], "Hide now")


async def answer(emulator: EmulatorHarness, press: Press, **body: Any) -> tuple[int, Json]:
    async with emulator.session.post(press.delivery.payload["response_url"], json=body) as reply:
        return reply.status, await reply.json()


async def test_an_answer_is_ephemeral_unless_it_says_otherwise(emulator: EmulatorHarness) -> None:
    press = await pressed(emulator)
    assert await answer(emulator, press, text="quietly") == (200, {"ok": True})
    await answer(emulator, press, text="loudly", response_type="in_channel")
    assert [message.text for message in press.answers] == ["quietly", "loudly"]
    assert [message.text for message in emulator.bob.sees(emulator.general)] == ["v", "quietly", "loudly"]
    assert [message.text for message in emulator.alice.sees(emulator.general)] == ["v", "loudly"]


async def test_it_replaces_and_deletes_an_ephemeral_message(emulator: EmulatorHarness) -> None:
    press = await pressed(emulator, ephemeral=True)
    await answer(emulator, press, replace_original=True, text="hidden")
    assert [(message.text, message.blocks) for message in emulator.bob.sees(emulator.general)] == [
        ("hidden", [])
    ]
    await answer(emulator, press, delete_original=True)
    assert emulator.bob.sees(emulator.general) == []
    assert press.answers == []


async def test_it_replaces_a_public_message_for_all(emulator: EmulatorHarness) -> None:
    press = await pressed(emulator)
    await answer(emulator, press, replace_original=True, text="done")
    assert [message.text for message in emulator.alice.sees(emulator.general)] == ["done"]


async def test_it_works_five_times(emulator: EmulatorHarness) -> None:
    press = await pressed(emulator)
    statuses = [(await answer(emulator, press, text=str(number)))[0] for number in range(6)]
    assert statuses == [200] * 5 + [404]
    assert (await answer(emulator, press, text="x"))[1] == {"ok": False, "error": "used_url"}
    assert len(press.answers) == 5


async def test_it_works_for_thirty_minutes(emulator: EmulatorHarness) -> None:
    press = await pressed(emulator)
    emulator.clock.advance(30 * 60)
    assert (await answer(emulator, press, text="in time"))[0] == 200
    emulator.clock.advance(1)
    assert await answer(emulator, press, text="late") == (404, {"ok": False, "error": "expired_url"})


async def test_an_invented_one_is_not_found(emulator: EmulatorHarness) -> None:
    async with emulator.session.post(
        emulator.slack.state.base_url + "/actions/1/guess", json={"text": "x"}
    ) as reply:
        assert reply.status == 404


async def test_bad_content_is_refused(emulator: EmulatorHarness) -> None:
    press = await pressed(emulator)
    assert (await answer(emulator, press))[1]["error"] == "no_text"
    status, body = await answer(emulator, press, blocks=[{"type": "riddle"}])
    assert (status, body["error"]) == (500, "invalid_blocks")
    async with emulator.session.post(press.delivery.payload["response_url"], data="no json") as reply:
        assert reply.status == 500


async def test_a_commands_url_says_something_new(emulator: EmulatorHarness) -> None:
    async def later(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="later", replace_original=True)

    app = emulator.app()
    app.command("/hey")(later)
    await emulator.connect(app)
    reply = await emulator.alice.command("/hey", channel=emulator.general)
    assert [message.text for message in reply.answers] == ["later"]
    assert emulator.bob.sees(emulator.general) == []
