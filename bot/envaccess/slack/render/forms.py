"""Modals: ask for access, and what a form came to."""

from collections.abc import Sequence

from envaccess.domain.duration import Duration, parse_duration
from envaccess.domain.ids import parse_id
from envaccess.domain.policy.variable_sets import VariableSet
from envaccess.domain.text import count
from envaccess.domain.typed_parts import VARIABLES_MAX
from envaccess.domain.variable import Variable
from envaccess.slack.names import COMMAND, DURATION, NO_MATCH, NOTICE, REQUEST_FORM, USUAL_TIME, VARIABLES
from envaccess.slack.payload import read_ts
from envaccess.slack.render.blocks import TITLE_LIMIT, Block, code, context, plain
from envaccess.slack.render.fields import choice, field, name_choices, reason_field, select
from envaccess.slack.render.words import span

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
            reason_field("Why do you need it?"),
            _other_lengths(),
        ],
    }


def read_metadata(text: str) -> tuple[str | None, str]:
    """The request id (None when it is none) and `ts` (empty when it is none) that a form carries."""
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


def variable_options(variables: Sequence[Variable], sets: Sequence[VariableSet] = ()) -> list[Block]:
    """At most 100 choices, sets first; never none, because an empty list hangs the form."""
    named = [choice(tell_set(one), str(one)) for one in sets]
    found = [*named, *name_choices(variables[:OPTIONS_MAX])][:OPTIONS_MAX]
    return found or [choice(_NOTHING_FOUND, NO_MATCH)]


def tell_set(found: VariableSet) -> str:
    """`@shop (12 variables)`."""
    return f"{found} ({count(len(found.variables), 'variable')})"


def no_options() -> list[Block]:
    """The one choice that says that the list could not be had."""
    return [choice(_NOT_LOOKED, NO_MATCH)]


def _variables_field() -> Block:
    element = {
        "type": "multi_external_select",
        "min_query_length": 0,
        "max_selected_items": VARIABLES_MAX,
        "placeholder": plain("Type a part of the name"),
    }
    return field(VARIABLES, "Which variables?", element)


def _duration_field() -> Block:
    usual = choice("As usual: what the policy gives", USUAL_TIME)
    return select(DURATION, "For how long?", [usual, *map(_duration_choice, _DURATIONS)], usual)


def _duration_choice(word: str) -> Block:
    duration = parse_duration(word) or Duration(0)
    label = span(duration)
    return choice(label[0].upper() + label[1:], word)


def _other_lengths() -> Block:
    another = f"Another length of time? Type it: {code(f'{COMMAND} NAME 45m')} and why."
    return context(f"{another} For access that begins later, begin why with {code('from 22:00')}.")
