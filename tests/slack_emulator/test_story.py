"""The emulator as the bot will use it: a request, an approval, a private value, a modal."""

from typing import Any

from tests.slack_emulator.harness import EmulatorHarness

Said = dict[str, Any]


def request_bot(emulator: EmulatorHarness) -> Any:
    app = emulator.app()

    async def ask(ack: Any, body: Said, client: Any) -> None:
        button = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}}
        section = {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{body['user_id']}> asks"}}
        blocks = [section, {"type": "actions", "elements": [button | {"value": body["user_id"]}]}]
        await client.chat_postMessage(channel=emulator.general.id, text="a request", blocks=blocks)
        await ack(f"Filed: {body['text']}")

    async def approve(ack: Any, body: Said, client: Any, respond: Any) -> None:
        requester = body["actions"][0]["value"]
        message = body["message"]
        await client.chat_update(channel=emulator.general.id, ts=message["ts"], text="approved", blocks=[])
        dm = (await client.conversations_open(users=requester))["channel"]["id"]
        await client.chat_postEphemeral(channel=dm, user=requester, text="your value")
        await respond("Thank you")
        await ack()

    app.command("/envaccess")(ask)
    app.action("approve")(approve)
    return app


async def test_a_request_is_filed_approved_and_answered_privately(emulator: EmulatorHarness) -> None:
    await emulator.connect(request_bot(emulator))
    reply = await emulator.alice.command("/envaccess", "STRIPE_KEY 1h why", channel=emulator.general)
    assert reply.text == "Filed: STRIPE_KEY 1h why"
    assert emulator.bob.find("Filed") is None
    [message] = emulator.bob.sees(emulator.general)
    assert emulator.slack.draw(message).splitlines()[1:] == ["@alice asks", "[ Approve ]"]
    press = await emulator.bob.press(message, "Approve")
    assert [answer.text for answer in press.answers] == ["Thank you"]
    assert (message.text, message.blocks) == ("approved", [])
    assert emulator.alice.dm is not None
    [value] = emulator.alice.sees(emulator.alice.dm)
    assert emulator.slack.draw(value).splitlines()[1:] == ["Only visible to you", "your value"]
    emulator.alice.reload()
    assert emulator.alice.sees(emulator.alice.dm) == []
