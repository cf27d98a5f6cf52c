"""Blocks that fit, to be made a little too large."""

from typing import Any

from slack_emulator import Json


def plain(length: int = 1) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 1) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: Any) -> Json:
    return {"type": "section", **(more or {"text": plain()})}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), **more}


def row(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(element: Json | None = None, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element or {"type": "plain_text_input"}, **more}


def options(count: int = 1, **more: Any) -> list[Json]:
    return [{"text": plain(), "value": str(number), **more} for number in range(count)]


def select(**more: Any) -> Json:
    return {
        "type": "static_select",
        **(more if {"options", "option_groups"} & set(more) else {"options": options(), **more}),
    }


def groups(count: int = 1, **more: Any) -> list[Json]:
    return [{"label": plain(), "options": options(), **more}] * count


def confirm(**more: Any) -> Json:
    dialog = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain(), **more}
    return row(button(confirm=dialog))


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "x", **more}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": [section()], **more}
