"""Views that the tests open, and a bot that answers for them."""

from typing import Any

from slack_emulator import Json
from tests.slack_emulator.harness import EmulatorHarness


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def text_input(block_id: str, **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": f"{block_id}_typed", **more.pop("element", {})}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id.title()),
        "element": element,
        **more,
    }


def modal(title: str = "Ask", *blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "title": plain(title),
        "submit": plain("Send"),
        "callback_id": "ask",
        "blocks": list(blocks or [text_input("reason")]),
        **more,
    }


SEARCH = {
    "type": "input",
    "block_id": "variable",
    "label": plain("Variable"),
    "element": {"type": "external_select", "action_id": "search", "min_query_length": 0},
}


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


class Desk:
    """A bot that opens one modal, and answers its submission as it is told to."""

    def __init__(self, emulator: EmulatorHarness, view: Json) -> None:
        self.emulator = emulator
        self.view = view
        self.answer: Json = {}
        self.heard: list[Json] = []
        self.options: list[Json] = []

    async def open(self) -> None:
        app = self.emulator.app()
        app.command("/ask")(self.ask)
        app.view("ask")(self._submitted)
        app.view_closed("ask")(self._closed)
        app.options("search")(self._suggest)
        app.action("press")(self._closed)
        await self.emulator.connect(app)
        await self.emulator.alice.command("/ask")

    async def ask(self, ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=self.view)
        await ack()

    async def _submitted(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack(**self.answer)

    async def _closed(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack()

    async def _suggest(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack(options=self.options)


async def opened(emulator: EmulatorHarness, view: Json | None = None) -> Desk:
    desk = Desk(emulator, view or modal())
    await desk.open()
    return desk


def trigger(emulator: EmulatorHarness) -> str:
    """A fresh trigger id of Alice's."""
    return emulator.slack.state.triggers.mint(emulator.alice.id)
