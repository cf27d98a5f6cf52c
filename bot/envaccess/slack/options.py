"""The request form's list of variables, asked for with every letter typed."""

from collections.abc import Mapping
from typing import Any

from envaccess.application.catalog import search_sets, search_variables
from envaccess.application.gate import refuse_typed
from envaccess.domain.limits import Act
from envaccess.domain.refusal import Reason
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.payload import read_caller, text
from envaccess.slack.render.blocks import Block
from envaccess.slack.render.forms import no_options, variable_options

_TYPED_MAX = 150


async def suggest_options(handler: HandlerContext, body: Mapping[str, Any]) -> list[Block]:
    """The sets and variables that match; never an empty list, because that hangs the form."""
    who = read_caller(body, handler.context.ids.operation(), "trigger_id")
    if refusal := await refuse_typed(handler.context, who.call, "search", Act.SEARCH):
        return no_options() if refusal.reason is Reason.TOO_MANY_PRESSES else variable_options(())
    typed = text(body, "value")[:_TYPED_MAX]
    sets = await search_sets(handler.context, who.user, typed)
    return variable_options(await search_variables(handler.context, who.user, typed), sets)
