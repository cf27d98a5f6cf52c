"""The playground as the bot will use it: a request, an approval, a private value, a modal."""

from typing import Any

from tests.slack_emulator.house import House

Said = dict[str, Any]


def request_bot(house: House) -> Any:
    app = house.app()

    async def ask(ack: Any, body: Said, client: Any) -> None:
        button = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}}
        section = {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{body['user_id']}> asks"}}
        blocks = [section, {"type": "actions", "elements": [button | {"value": body["user_id"]}]}]
        await client.chat_postMessage(channel=house.general.id, text="a request", blocks=blocks)
        await ack(f"Filed: {body['text']}")

    async def approve(ack: Any, body: Said, client: Any, respond: Any) -> None:
        requester = body["actions"][0]["value"]
        message = body["message"]
        await client.chat_update(channel=house.general.id, ts=message["ts"], text="approved", blocks=[])
        dm = (await client.conversations_open(users=requester))["channel"]["id"]
        await client.chat_postEphemeral(channel=dm, user=requester, text="your value")
        await respond("Thank you")
        await ack()

    app.command("/envaccess")(ask)
    app.action("approve")(approve)
    return app


async def test_a_request_is_filed_approved_and_answered_privately(house: House) -> None:
    await house.connect(request_bot(house))
    reply = await house.alice.command("/envaccess", "STRIPE_KEY 1h why", channel=house.general)
    assert reply.text == "Filed: STRIPE_KEY 1h why"
    assert house.bob.find("Filed") is None
    [message] = house.bob.sees(house.general)
    assert house.slack.draw(message).splitlines()[1:] == ["@alice asks", "[ Approve ]"]
    press = await house.bob.press(message, "Approve")
    assert [answer.text for answer in press.answers] == ["Thank you"]
    assert (message.text, message.blocks) == ("approved", [])
    assert house.alice.dm is not None
    [value] = house.alice.sees(house.alice.dm)
    assert house.slack.draw(value).splitlines()[1:] == ["Only visible to you", "your value"]
    house.alice.reload()
    assert house.alice.sees(house.alice.dm) == []
