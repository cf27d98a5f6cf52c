"""Modals: ask for access, say why a request is denied, and what either came to."""

from collections.abc import Sequence

from bot.domain.command import VARIABLES_MAX
from bot.domain.duration import Duration, parse_duration
from bot.domain.ids import parse_id
from bot.domain.request import Request
from bot.domain.text import REASON_MAX, REASON_MIN
from bot.domain.variable import Variable
from bot.slack.names import (
    COMMAND,
    DENY_FORM,
    DURATION,
    NO_MATCH,
    NOTICE,
    REASON,
    REQUEST_FORM,
    USUAL_TIME,
    VARIABLES,
)
from bot.slack.payload import read_ts
from bot.slack.render.blocks import (
    OPTION_LIMIT,
    TITLE_LIMIT,
    Block,
    code,
    context,
    mention,
    plain,
    quote,
    section,
)
from bot.slack.render.words import names, span

OPTIONS_MAX = 100
_DURATIONS = ("once", "15m", "30m", "1h", "2h", "4h", "8h")
_NOTHING_FOUND = "Nothing matches: type another part of the name"
_NOT_LOOKED = "We could not look just now: type on in a moment"


def request_form() -> Block:
    """Ask for access: a searchable list of variables, how long, why."""
    return {
        "type": "modal",
        "callback_id": REQUEST_FORM,
        "title": plain("Ask for access", TITLE_LIMIT),
        "submit": plain("Ask", TITLE_LIMIT),
        "close": plain("Close", TITLE_LIMIT),
        "blocks": [
            _variables_field(),
            _duration_field(),
            _reason_field("Why do you need it?"),
            _other_lengths(),
        ],
    }


def deny_form(request: Request, ts: str) -> Block:
    """Say why; carries the request's id and the pressed message's `ts`, nothing else."""
    asks = f"{mention(request.requester)} asks for {names(request.variables)} for {span(request.duration)}."
    return {
        "type": "modal",
        "callback_id": DENY_FORM,
        "private_metadata": f"{request.id} {ts}".strip(),
        "title": plain("Deny a request", TITLE_LIMIT),
        "submit": plain("Deny", TITLE_LIMIT),
        "close": plain("Back", TITLE_LIMIT),
        "blocks": [
            section(asks),
            quote("Why:", request.reason),
            _reason_field("Why not?"),
            context(
                f"{mention(request.requester)} and everybody who sees the request will read your reason."
            ),
        ],
    }


def read_metadata(text: str) -> tuple[str | None, str]:
    """The request id (None when it is none) and `ts` (empty when it is none) that `deny_form` put in."""
    found, _, ts = text.partition(" ")
    return parse_id(found), read_ts(ts)


def notice(title: str, *blocks: Block) -> Block:
    """What a form turns into after it was sent; nothing in it can be submitted."""
    return {
        "type": "modal",
        "callback_id": NOTICE,
        "title": plain(title, TITLE_LIMIT),
        "close": plain("Close", TITLE_LIMIT),
        "blocks": list(blocks),
    }


def variable_options(variables: Sequence[Variable]) -> list[Block]:
    """At most 100 choices; never none, because an empty list hangs the form."""
    return [_option(variable) for variable in variables[:OPTIONS_MAX]] or [_choice(_NOTHING_FOUND, NO_MATCH)]


def no_options() -> list[Block]:
    """The one choice that says that the list could not be had."""
    return [_choice(_NOT_LOOKED, NO_MATCH)]


def _option(variable: Variable) -> Block:
    label = variable.label
    if len(label) > OPTION_LIMIT:
        # Long names differ at their ends more often than in the middle.
        label = f"{label[: OPTION_LIMIT // 2]}…{label[-(OPTION_LIMIT // 2) :]}"
    return _choice(label, str(variable))


def _choice(label: str, value: str) -> Block:
    return {"text": plain(label, OPTION_LIMIT), "value": value}


def _field(name: str, label: str, element: Block, hint: str = "") -> Block:
    drawn = {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": element | {"action_id": name},
    }
    return drawn | {"hint": plain(hint)} if hint else drawn


def _variables_field() -> Block:
    element = {
        "type": "multi_external_select",
        "min_query_length": 0,
        "max_selected_items": VARIABLES_MAX,
        "placeholder": plain("Type a part of the name"),
    }
    return _field(VARIABLES, "Which variables?", element)


def _duration_field() -> Block:
    usual = _choice("As usual: what the policy gives", USUAL_TIME)
    options = [usual, *(_duration_choice(word) for word in _DURATIONS)]
    return _field(
        DURATION, "For how long?", {"type": "static_select", "options": options, "initial_option": usual}
    )


def _duration_choice(word: str) -> Block:
    duration = parse_duration(word) or Duration(0)
    label = span(duration)
    return _choice(label[0].upper() + label[1:], word)


def _reason_field(label: str) -> Block:
    element = {
        "type": "plain_text_input",
        "multiline": True,
        "min_length": REASON_MIN,
        "max_length": REASON_MAX,
    }
    return _field(REASON, label, element, "No passwords, tokens or other secrets, please.")


def _other_lengths() -> Block:
    return context(f"Another length of time? Type it: {code(f'{COMMAND} NAME 45m')} and why.")
