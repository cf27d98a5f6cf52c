"""Whole surfaces: a message's blocks, a modal, a home tab, the options of a select."""

from collections.abc import Iterator

from slack_emulator.blockkit.charts import few_charts
from slack_emulator.blockkit.layout import blocks
from slack_emulator.blockkit.objects import OPTION, OPTION_GROUP, plain
from slack_emulator.blockkit.rules import Rule, Shape, flag, items, kinds, one_of, problem, text

_MESSAGE = blocks(50)
_VIEW = blocks(100)
_COMMON: dict[str, Rule] = {
    "private_metadata": text(3000, least=0),
    "callback_id": text(255, least=0),
    "external_id": text(255, least=0),
}


def _inputs_need_submit(value: object, at: str) -> Iterator[str]:
    given = value.get("blocks") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(given, list) or value.get("submit"):
        return
    if any(isinstance(block, dict) and block.get("type") == "input" for block in given):
        yield problem("missing required field: submit", at)


_MODAL = Shape(
    {"title": plain(24), "blocks": _VIEW},
    {
        **_COMMON,
        "close": plain(24),
        "submit": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
    (_inputs_need_submit,),
)
_HOME = Shape({"blocks": _VIEW}, _COMMON)
_OPTIONS = Shape(
    {},
    {"options": items(OPTION, 100, least=0), "option_groups": items(OPTION_GROUP, 100, least=0)},
    (one_of("options", "option_groups"),),
)


def wrong_in_message(given: object) -> list[str]:
    """What is wrong with the blocks of a message."""
    return [*_MESSAGE(given, "/blocks"), *few_charts(given, "/blocks")]


def wrong_in_view(given: object, *kinds_allowed: str) -> list[str]:
    """What is wrong with a view; `kinds_allowed` are `modal` or `home`."""
    shapes: dict[str, Rule] = {"modal": _MODAL, "home": _HOME}
    return list(kinds({kind: shapes[kind] for kind in kinds_allowed})(given, "/view"))


def wrong_in_options(given: object) -> list[str]:
    """What is wrong with an answer to a `block_suggestion`."""
    return list(_OPTIONS(given, ""))
