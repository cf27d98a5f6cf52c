"""`response_url`: five uses, thirty minutes, and the only way to change an ephemeral message."""

from typing import Any

from slack_emulator import Json, Press
from tests.slack_emulator.house import House

BUTTON = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Hide now"}}
ROW = [{"type": "actions", "elements": [BUTTON]}]


async def pressed(house: House, *, ephemeral: bool = False) -> Press:
    """Bob presses a button in a message."""

    async def acknowledge(ack: Any) -> None:
        await ack()

    app = house.app()
    app.action("press")(acknowledge)
    await house.connect(app)
    if ephemeral:
        await house.client.chat_postEphemeral(
            channel=house.general.id, user=house.bob.id, text="v", blocks=ROW
        )
    else:
        await house.post("v", blocks=ROW)
    return await house.bob.press(house.bob.sees(house.general)[-1], "Hide now")


async def answer(house: House, press: Press, **body: Any) -> tuple[int, Json]:
    async with house.session.post(press.delivery.payload["response_url"], json=body) as reply:
        return reply.status, await reply.json()


async def test_an_answer_is_ephemeral_unless_it_says_otherwise(house: House) -> None:
    press = await pressed(house)
    assert await answer(house, press, text="quietly") == (200, {"ok": True})
    await answer(house, press, text="loudly", response_type="in_channel")
    assert [message.text for message in press.answers] == ["quietly", "loudly"]
    assert [message.text for message in house.bob.sees(house.general)] == ["v", "quietly", "loudly"]
    assert [message.text for message in house.alice.sees(house.general)] == ["v", "loudly"]


async def test_it_replaces_and_deletes_an_ephemeral_message(house: House) -> None:
    press = await pressed(house, ephemeral=True)
    await answer(house, press, replace_original=True, text="hidden")
    assert [(message.text, message.blocks) for message in house.bob.sees(house.general)] == [("hidden", [])]
    await answer(house, press, delete_original=True)
    assert house.bob.sees(house.general) == []
    assert press.answers == []


async def test_it_replaces_a_public_message_for_all(house: House) -> None:
    press = await pressed(house)
    await answer(house, press, replace_original=True, text="done")
    assert [message.text for message in house.alice.sees(house.general)] == ["done"]


async def test_it_works_five_times(house: House) -> None:
    press = await pressed(house)
    statuses = [(await answer(house, press, text=str(number)))[0] for number in range(6)]
    assert statuses == [200] * 5 + [404]
    assert (await answer(house, press, text="x"))[1] == {"ok": False, "error": "used_url"}
    assert len(press.answers) == 5


async def test_it_works_for_thirty_minutes(house: House) -> None:
    press = await pressed(house)
    house.clock.advance(30 * 60)
    assert (await answer(house, press, text="in time"))[0] == 200
    house.clock.advance(1)
    assert await answer(house, press, text="late") == (404, {"ok": False, "error": "expired_url"})


async def test_an_invented_one_is_not_found(house: House) -> None:
    async with house.session.post(
        house.slack.stage.base_url + "/actions/1/guess", json={"text": "x"}
    ) as reply:
        assert reply.status == 404


async def test_bad_content_is_refused(house: House) -> None:
    press = await pressed(house)
    assert (await answer(house, press))[1]["error"] == "no_text"
    status, body = await answer(house, press, blocks=[{"type": "riddle"}])
    assert (status, body["error"]) == (500, "invalid_blocks")
    async with house.session.post(press.delivery.payload["response_url"], data="no json") as reply:
        assert reply.status == 500


async def test_a_commands_url_says_something_new(house: House) -> None:
    async def later(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="later", replace_original=True)

    app = house.app()
    app.command("/hey")(later)
    await house.connect(app)
    reply = await house.alice.command("/hey", channel=house.general)
    assert [message.text for message in reply.answers] == ["later"]
    assert house.bob.sees(house.general) == []
