"""What Slack adds to blocks that it accepts: the ids and flags that were left out."""

import secrets
from typing import Any

from slack_emulator.types import Json

_ACTING = ("accessory", "element")
_SILENT = frozenset({"image", "plain_text", "mrkdwn"})


def fill(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks with every `block_id`, `action_id`, `emoji`, `verbatim` and `optional` set."""
    return [_block(block) for block in blocks]


def _block(block: Json) -> Json:
    filled = {name: fill_words(value) for name, value in block.items()}
    filled.setdefault("block_id", secrets.token_urlsafe(4)[:5])
    for name in _ACTING:
        if name in filled:
            filled[name] = _acting(filled[name])
    if block["type"] == "input":
        filled.setdefault("optional", False)
    if block["type"] == "actions":
        filled["elements"] = [_acting(element) for element in filled["elements"]]
    return filled


def _acting(element: Json) -> Json:
    return element if element["type"] in _SILENT else {"action_id": secrets.token_urlsafe(4)[:5], **element}


def fill_words(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A copy with `emoji` and `verbatim` set in every text object inside."""
    if isinstance(value, list):
        return [fill_words(item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {name: fill_words(item) for name, item in value.items()}
    if value.get("type") == "plain_text":
        filled.setdefault("emoji", True)
    if value.get("type") == "mrkdwn":
        filled.setdefault("verbatim", False)
    return filled
