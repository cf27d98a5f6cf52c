"""Blocks, and what must hold between them."""

from collections.abc import Iterator

from slack_emulator.blockkit.charts import CHART, TYPE
from slack_emulator.blockkit.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION
from slack_emulator.blockkit.objects import plain, words
from slack_emulator.blockkit.richtext import RICH_TEXT
from slack_emulator.blockkit.rules import Rule, Shape, anything, flag, items, kinds, one_of, problem, text

_ID = {"block_id": text(255)}
_IN_CONTEXT: dict[str, Rule] = {
    "image": IMAGE,
    "plain_text": words(3000),
    "mrkdwn": words(3000),
}


def _elements_differ(value: object, at: str) -> Iterator[str]:
    """Within one block no two elements have the same `action_id`."""
    elements = value.get("elements", []) if isinstance(value, dict) else []
    yield from _twins(elements, "action_id", f"{at}/elements")


def _twins(things: object, key: str, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, thing in enumerate(things if isinstance(things, list) else []):
        name = thing.get(key) if isinstance(thing, dict) else None
        if isinstance(name, str) and name in seen:
            yield problem(f"`{key}` {name} already exists", f"{at}/{index}/{key}")
        elif isinstance(name, str):
            seen.add(name)


BLOCKS: dict[str, Rule] = {
    "section": Shape(
        {},
        {
            **_ID,
            "text": words(3000),
            "fields": items(words(2000), 10),
            "accessory": kinds(IN_SECTION),
            "expand": flag,
        },
        (one_of("text", "fields"),),
    ),
    "header": Shape({"text": plain(150)}, _ID),
    "divider": Shape({}, _ID),
    "context": Shape({"elements": items(kinds(_IN_CONTEXT), 10)}, _ID),
    "actions": Shape({"elements": items(kinds(IN_ACTIONS), 25)}, _ID, (_elements_differ,)),
    "input": Shape(
        {"label": plain(2000), "element": kinds(IN_INPUT)},
        {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "image": Shape(
        {"alt_text": text(2000)},
        {**_ID, "image_url": text(3000), "slack_file": anything, "title": plain(2000)},
        (one_of("image_url", "slack_file"),),
    ),
    "rich_text": RICH_TEXT,
    TYPE: CHART,
}


def blocks(most: int, *, least: int = 0) -> Rule:
    """A list of blocks, none with another's `block_id`."""
    each = items(kinds(BLOCKS), most, least=least)

    def check(value: object, at: str) -> Iterator[str]:
        yield from each(value, at)
        yield from _twins(value, "block_id", at)

    return check
