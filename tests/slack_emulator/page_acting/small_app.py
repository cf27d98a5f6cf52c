"""A small app that answers at the page instead of the bot, and the form that it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.slack_emulator.page_browser import Browser
    from tests.slack_emulator.page_harness import PageHarness


PLAIN = {"type": "plain_text", "text": "A label"}
OPTIONS = [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("Red", "Blue")]
SELECT = {"type": "static_select", "action_id": "colour", "options": OPTIONS}
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "v"}
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "form",
    "title": PLAIN,
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": PLAIN,
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
        },
        {
            "type": "input",
            "block_id": "which",
            "label": PLAIN,
            "element": {"type": "external_select", "action_id": "name", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "hue",
            "optional": True,
            "label": PLAIN,
            "element": {"type": "multi_static_select", "action_id": "hues", "options": OPTIONS},
        },
        {"type": "actions", "block_id": "acts", "elements": [BUTTON]},
    ],
}


class App:
    """A small app: it answers commands, opens a form, remembers what it was handed."""

    def __init__(self, page_harness: PageHarness) -> None:
        self.heard: list[Any] = []
        self.errors: dict[str, str] = {}
        self.app: Any = page_harness.emulator.app()
        self.app.command("/envaccess")(self.answer)
        for action in ("go", "colour"):
            self.app.action({"type": "block_actions", "action_id": action})(self.hear)
        self.app.options("name")(self.suggest)
        self.app.view("form")(self.rule)

    async def answer(self, ack: Any, body: Any, client: Any) -> None:
        self.heard.append(body)
        await ack(f"you typed {body['text']}")
        if body["text"] == "form":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def hear(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack()

    async def suggest(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack(options=OPTIONS)

    async def rule(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack(**({"response_action": "errors", "errors": self.errors} if self.errors else {}))


async def form(page: Browser, page_harness: PageHarness) -> Any:
    await page.command("alice", "/envaccess form")
    await page.modal("alice")
    return page_harness.alice.modal and page.views[page_harness.alice.id]["modal"]


def chosen(number: int = 0) -> Any:
    return {**OPTIONS[number], "text": {**OPTIONS[number]["text"], "emoji": True}}  # type: ignore[dict-item]
