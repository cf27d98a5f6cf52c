"""The page over a local Slack with a small app of its own, as a process: every control on all three surfaces.

    python -m tests.browser.sample_app

It prints the page's address, serves until it is interrupted, and puts what was pressed on the Home tab.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from envaccess_demo.page import DemoExtension, MovableClock
from slack_emulator import Json, SlackEmulator
from slack_emulator.page import Page
from tests.slack_emulator.page_harness import PROGRAM, FakeBackend

if TYPE_CHECKING:
    from slack_emulator import Group


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*names: str) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


def controls(offered: list[Json]) -> list[Json]:
    """One of each kind of control that chooses."""
    return [
        {"type": "static_select", "action_id": "one", "placeholder": plain("Pick one"), "options": offered},
        {"type": "radio_buttons", "action_id": "radio", "options": offered},
        {"type": "checkboxes", "action_id": "boxes", "options": offered},
        {"type": "overflow", "action_id": "more", "options": options("Rename", "Remove")},
    ]


def row(block_id: str, *elements: Json) -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": action_id, **more}


def field(label: str, element: Json) -> Json:
    return {"type": "input", "block_id": element["action_id"], "label": plain(label), "element": element}


class SampleApp:
    """The app: it remembers the last thing pressed, and shows it to that person."""

    def __init__(self, slack: SlackEmulator, client: AsyncWebClient, group: Group) -> None:
        self._client, self._group = client, group
        self._offered = options("Red", "Green", "Blue")
        self._last: dict[str, str] = {}
        self.app: Any = AsyncApp(
            client=client, signing_secret=slack.signing_secret, process_before_response=True
        )
        self.app.event("app_home_opened")(self.opened)
        self.app.event("subteam_members_changed")(self.members_changed)
        self.app.event("subteam_updated")(self.nothing)
        self.app.command("/envaccess")(self.post)
        self.app.action("form")(self.form)
        self.app.action({"type": "block_actions", "action_id": re.compile("")})(self.pressed)
        self.app.view("form")(self.sent)

    async def publish(self, user: str, last: str = "") -> None:
        self._last[user] = last or self._last.get(user, "nothing yet")
        blocks: list[Json] = [
            {"type": "header", "text": plain("What I hold")},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"*STRIPE_KEY* for <!subteam^{self._group.id}>"},
                "accessory": button("reveal", "Reveal", style="primary"),
            },
            row("choices", *controls(self._offered)),
            row("bulk", button("form", "Open form"), button("fewer", "Offer fewer")),
            {"type": "context", "block_id": "last", "elements": [plain(self._last[user])]},
        ]
        await self._client.views_publish(user_id=user, view={"type": "home", "blocks": blocks})

    async def opened(self, event: Json) -> None:
        if event["tab"] == "home":
            await self.publish(event["user"])

    async def members_changed(self, event: Json) -> None:
        for user in [*event["added_users"], *event["removed_users"]]:
            came = "came into" if user in event["added_users"] else "left"
            await self.publish(user, f"{user} {came} the group")

    async def nothing(self) -> None:
        """Slack tells the same change twice."""

    async def post(self, ack: Any, body: Json) -> None:
        await ack()
        blocks = [row("choices", *controls(self._offered))]
        await self._client.chat_postMessage(channel=body["channel_id"], text="Choose", blocks=blocks)

    async def form(self, ack: Any, body: Json, client: Any) -> None:
        await ack()
        select, radio, boxes, _ = controls(self._offered)
        view = {
            "type": "modal",
            "callback_id": "form",
            "title": plain("A form"),
            "submit": plain("Send"),
            "blocks": [field("One", select), field("Radio", radio), field("Boxes", boxes)],
        }
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def pressed(self, ack: Any, body: Json) -> None:
        await ack()
        action = body["actions"][0]
        if action["action_id"] == "fewer":
            self._offered = options("Blue")
        where = body["container"]["type"]
        state = body.get("view", body)["state"]["values"]
        await self.publish(body["user"]["id"], f"{where}: {said(action)}; {json.dumps(held(state))}")

    async def sent(self, ack: Any, body: Json) -> None:
        await ack()
        await self.publish(body["user"]["id"], f"form: {json.dumps(held(body['view']['state']['values']))}")


def said(action: Json) -> str:
    chosen = action.get("selected_option") or {}
    return f"{action['action_id']}={chosen.get('value', action.get('value', ''))}"


def held(state: Json) -> Json:
    """The chosen values by action id."""
    found: Json = {}
    for elements in state.values():
        for name, element in elements.items():
            one, many = element.get("selected_option"), element.get("selected_options")
            found[name] = (
                [option["value"] for option in many] if many is not None else (one or {}).get("value")
            )
    return found


async def serve() -> None:
    """Serve until interrupted."""
    clock = MovableClock(time.time)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, over.set)
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackEmulator(bot_name="envaccess", clock=clock))
        alice, bob = slack.add_person("alice", "Alice Archer"), slack.add_person("bob", "Bob Baker")
        slack.add_channel("general", [alice, bob])
        group = slack.add_group("on-call", [alice], name="On call")
        for person in (alice, bob):
            slack.state.workspace.open_im(slack.bot.id, person.id)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        client.proxy = None
        handler: Any = AsyncSocketModeHandler(
            SampleApp(slack, client, group).app, slack.app_token, web_client=client
        )
        handler.client.proxy = None
        await handler.connect_async()
        stack.push_async_callback(handler.close_async)
        address = await stack.enter_async_context(
            Page(slack, PROGRAM, DemoExtension(slack, clock, FakeBackend())).served()
        )
        print(address, flush=True)  # noqa: T201 - what whoever started it reads
        await over.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
