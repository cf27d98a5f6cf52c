"""Which payload goes to which handler: one table, looked at before Bolt looks for a listener.

Bolt makes every argument that a listener could ask for once for each listener that it tries, and once more
to run it (slack-bolt 1.30, `build_async_required_kwargs`); a middleware is handed the request as it is. The
ack is sent when the handler returns. Everything before it ends within Slack's three seconds, because each
port bounds its own calls.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from envaccess.slack.actions import press_button
from envaccess.slack.commands import run_command
from envaccess.slack.form_answers import fields_of, refused_form
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.handler_faults import answered
from envaccess.slack.names import COMMAND
from envaccess.slack.options import suggest_options
from envaccess.slack.payload import read_caller, text
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.forms import no_options
from envaccess.slack.value_delivery import in_words, tell
from envaccess.slack.views import submit_form

Ack = Callable[..., Awaitable[BoltResponse]]
Body = dict[str, Any]


async def answer_command(handler: HandlerContext, ack: Ack, body: Body) -> None:
    """The ack is the answer, seen only by the person who typed."""
    outcome = await answered("command", run_command(handler, body))
    reply = outcome if isinstance(outcome, HandlerReply) else HandlerReply(in_words(outcome))
    await (ack(_privately(reply.answer)) if reply.answer else ack())
    if reply.after:
        handler.background.spawn(reply.after())


def _privately(answer: Rendered) -> Body:
    return {"response_type": "ephemeral", "text": answer.text, "blocks": answer.blocks}


async def answer_press(handler: HandlerContext, ack: Ack, body: Body) -> None:
    """Ack as soon as the press is ruled; what is to be said follows by its `response_url`."""
    outcome = await answered("button", press_button(handler, body))
    reply = outcome if isinstance(outcome, HandlerReply) else HandlerReply(in_words(outcome))
    await ack()
    if reply.answer:
        who = read_caller(body, "-", "trigger_id")
        handler.background.spawn(tell(handler, who, reply.answer, replaces=reply.replaces))
    if reply.after:
        handler.background.spawn(reply.after())


async def answer_form(handler: HandlerContext, ack: Ack, body: Body) -> None:
    """The ack is what the form turns into: errors at its fields, a notice, or nothing (it closes)."""
    outcome = await answered("form", submit_form(handler, body))
    answer = outcome if isinstance(outcome, dict) else refused_form(outcome, fields=fields_of(body))
    await (ack(answer) if answer else ack())


async def answer_options(handler: HandlerContext, ack: Ack, body: Body) -> None:
    """The ack is the list, and never an empty one."""
    outcome = await answered("options", suggest_options(handler, body))
    await ack(options=outcome if isinstance(outcome, list) else no_options())


Answer = Callable[[HandlerContext, Ack, Body], Awaitable[None]]

_ANSWERS: Final[Mapping[str, Answer]] = {
    "block_actions": answer_press,
    "block_suggestion": answer_options,
    "view_submission": answer_form,
}
"""By a payload's `type`; a command has none."""


def register(app: AsyncApp, handler: HandlerContext) -> None:
    """Answer commands, buttons, lists and forms; whatever else comes is left to Bolt's listeners."""
    app.use(_Front(handler))


class _Front(AsyncMiddleware):
    def __init__(self, handler: HandlerContext) -> None:
        self._handler = handler

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name for it
    ) -> BoltResponse | None:
        is_command = text(req.body, "command") == COMMAND
        answer = answer_command if is_command else _ANSWERS.get(text(req.body, "type"))
        if answer is None:
            await next()
            return resp
        ack = req.context.ack
        await answer(self._handler, ack, req.body)
        return ack.response
