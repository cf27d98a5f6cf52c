"""Which payload goes to which handler: one listener a payload kind, then a table (docs/benchmarks.md).

The app has `process_before_response=True`: the ack is sent when the listener returns. Everything before
it ends within Slack's three seconds, because each port bounds its own calls.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from envaccess.slack.actions import press_button
from envaccess.slack.commands import run_command
from envaccess.slack.form_answers import fields_of, refused_form
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.handler_faults import answered
from envaccess.slack.names import COMMAND
from envaccess.slack.options import suggest_options
from envaccess.slack.payload import read_caller
from envaccess.slack.render import Rendered, no_options
from envaccess.slack.value_delivery import in_words, tell
from envaccess.slack.views import submit_form

Ack = Callable[..., Awaitable[BoltResponse]]
Body = dict[str, Any]

_EVERY = re.compile("")


def register(app: AsyncApp, handler: HandlerContext) -> None:
    """Register the listeners, the most frequent kind first, and nothing else."""

    async def on_press(ack: Ack, body: Body) -> None:
        await answer_press(handler, ack, body)

    async def on_command(ack: Ack, body: Body) -> None:
        await answer_command(handler, ack, body)

    async def on_options(ack: Ack, body: Body) -> None:
        await answer_options(handler, ack, body)

    async def on_form(ack: Ack, body: Body) -> None:
        await answer_form(handler, ack, body)

    app.action(_EVERY)(on_press)
    app.command(COMMAND)(on_command)
    app.options(_EVERY)(on_options)
    app.view(_EVERY)(on_form)


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
        handler.background.spawn(tell(handler, who, reply.answer))
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
