"""The front door with real Bolt, real services and an in-memory world: send payloads, see the answers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from envaccess.slack.app import build_app
from envaccess.slack.background import Background
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.delivery import DirectDelivery
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.listeners import Ack, register
from tests.fakes.books import Books
from tests.fakes.context import WORKSPACE, FakeDirectory, FakeSource, make_context
from tests.fakes.handler import FakeForms, FakeHome, FakeMessages, FakeResponder
from tests.unit.slack.checker import drawn, texts
from tests.unit.slack.samples import STAGING_DB, STRIPE

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
URL = "https://hooks.example/response"
VALUE = "value-for-tests"

Json = dict[str, Any]
Handler = Callable[[HandlerContext, Ack, Json], Awaitable[None]]


class Front:
    """Alice may ask; Bob and Carol are the approvers. Two variables exist."""

    def __init__(self, client: SlackClient) -> None:
        self.books = Books(values={STRIPE: VALUE, STAGING_DB: "another-for-tests"})
        self.directory = FakeDirectory()
        self.directory.join(ALICE, BOB, CAROL)
        self.directory.approvers = frozenset({BOB, CAROL})
        self.source = FakeSource(self.books)
        self.messages = FakeMessages()
        self.responder = FakeResponder()
        self.forms = FakeForms()
        self.background = Background()
        context = make_context(self.books, self.directory, self.source)
        self.home = FakeHome()
        self.handler = HandlerContext(
            context, DirectDelivery(self.messages), self.responder, self.forms, self.background, self.home
        )
        self.app = build_app(Identity(WORKSPACE, "U0BOT", "B0BOT"), client)
        register(self.app, self.handler)
        self._triggers = 0

    def trigger(self) -> str:
        self._triggers += 1
        return f"13345224609.738474920.{self._triggers}"

    async def send(self, body: Json) -> tuple[int, str]:
        """One payload through Bolt: status and body of the ack. What follows the ack is finished, too."""
        response = await self.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        await self.background.drain(5)
        return response.status, response.body

    async def ack(self, body: Json) -> Json:
        """The JSON of a 200; empty for an empty one."""
        status, text = await self.send(body)
        assert status == 200
        found: Json = json.loads(text) if text else {}
        return found

    async def type(self, text: str, user: str = ALICE, **fields: object) -> str:
        """Type `/envaccess TEXT`; returns what the private answer says."""
        answer = await self.ack(self.command(text, user, **fields))
        assert not answer or answer["response_type"] == "ephemeral"
        return "\n".join(texts(answer.get("blocks", [])))

    async def press(self, action: str, value: object, by: str = ALICE, **fields: object) -> list[str]:
        """Press a button; returns what was answered so far."""
        assert await self.ack(self.button(action, value, by, **fields)) == {}
        return [drawn(rendered) for _, rendered in self.responder.answers]

    async def survives(self, handler: Handler, body: Json) -> bool:
        """Whether a handler answers a payload that Bolt itself would not let through."""
        acks: list[Json] = []

        async def ack(*given: object, **named: object) -> BoltResponse:
            acks.append({"given": given, **named})
            return BoltResponse(status=200)

        with capture_logs() as logs:
            await handler(self.handler, ack, body)
            await self.background.drain(5)
        return len(acks) == 1 and not any("error_id" in entry for entry in logs)

    def command(self, text: str, user: str = ALICE, **fields: object) -> Json:
        return {
            "command": "/envaccess",
            "text": text,
            "team_id": WORKSPACE,
            "user_id": user,
            "channel_id": "C0ANY",
            "trigger_id": self.trigger(),
            "response_url": URL,
            **fields,
        }

    def button(self, action: object, value: object, by: str = ALICE, **fields: object) -> Json:
        return {
            "type": "block_actions",
            "team": {"id": WORKSPACE},
            "user": {"id": by, "team_id": WORKSPACE},
            "trigger_id": self.trigger(),
            "response_url": URL,
            "container": {"type": "message", "message_ts": "1760000000.000100"},
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
            **fields,
        }

    def submission(self, callback: str, values: Json, user: str = ALICE, **view: object) -> Json:
        drawn_view = {
            "id": "V0FORM",
            "type": "modal",
            "callback_id": callback,
            "state": {"values": values},
            **view,
        }
        return {
            "type": "view_submission",
            "team": {"id": WORKSPACE},
            "user": {"id": user, "team_id": WORKSPACE},
            "trigger_id": self.trigger(),
            "view": drawn_view,
        }

    def suggestion(self, typed: object, user: str = ALICE, **fields: object) -> Json:
        return {
            "type": "block_suggestion",
            "team": {"id": WORKSPACE},
            "user": {"id": user, "team_id": WORKSPACE},
            "action_id": "variables",
            "block_id": "variables",
            "value": typed,
            **fields,
        }

    async def filed(self, *, once: bool = False) -> str:
        """A pending request of Alice's."""
        await self.type(f"STRIPE_KEY {'once' if once else '1h'} debugging a refund")
        return list(self.books.requests)[-1]

    async def granted(self, *, once: bool = False) -> str:
        """A live grant of Alice's."""
        request = await self.filed(once=once)
        assert await self.press("approve", request, BOB) == []
        return request


def wanted(*names: str, duration: str = "1h", reason: str = "debugging a refund") -> Json:
    """The state of a filled-in request form."""
    chosen = [{"value": name} for name in names or (str(STRIPE),)]
    return {
        "variables": {"variables": {"type": "multi_external_select", "selected_options": chosen}},
        "duration": {"duration": {"type": "static_select", "selected_option": {"value": duration}}},
        "reason": {"reason": {"type": "plain_text_input", "value": reason}},
    }


def because(reason: object) -> Json:
    """The state of a filled-in denial."""
    return {"reason": {"reason": {"type": "plain_text_input", "value": reason}}}


def option_names(answer: Json) -> list[str]:
    """The labels of the options in an ack."""
    return [option["text"]["text"] for option in answer["options"]]
