"""What every rendered message and view must satisfy: Slack's limits and our own rules."""

import re
from collections.abc import Iterator
from typing import Any

from envaccess.slack.render.blocks import MESSAGE_LIMIT, TEXT_LIMIT, Rendered
from slack_emulator.blockkit import wrong_in_message, wrong_in_view

Json = dict[str, Any]


def walk(value: object) -> Iterator[Json]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from walk(item)


def texts(value: object) -> list[str]:
    """Every string that is drawn."""
    return [found["text"] for found in walk(value) if isinstance(found.get("text"), str)]


def drawn(rendered: Rendered) -> str:
    """Everything drawn, joined."""
    return "\n".join(texts(rendered.blocks))


def buttons(rendered: Rendered) -> list[str]:
    """The action ids of the buttons, in order."""
    return [found["action_id"] for found in walk(rendered.blocks) if found.get("type") == "button"]


_TOKEN = re.compile(r"<(?!!date\^\d+\^[^<>|]*\|[^<>|]*>)([^<>]*)>")


def pings(mrkdwn: str) -> set[str]:
    """What a text would mention, link or notify: everything in angle brackets that is no date."""
    return {found.removeprefix("@") for found in _TOKEN.findall(mrkdwn)}


def check_message(rendered: Rendered, *mentioned: str) -> None:
    """Fail unless Slack takes it, nobody else is mentioned, and nothing typed can be read as markup."""
    assert wrong_in_message(rendered.blocks) == []
    assert 0 < len(rendered.text) <= TEXT_LIMIT
    assert sum(map(len, texts(rendered.blocks))) <= MESSAGE_LIMIT
    _check_texts(rendered.blocks)
    marked = [found["text"] for found in walk(rendered.blocks) if found.get("type") == "mrkdwn"]
    assert set().union(*map(pings, [rendered.text, *marked])) <= set(mentioned)


def check_view(view: Json) -> None:
    """The same for a modal, or a Home tab."""
    assert wrong_in_view(view, view["type"]) == []
    assert all(len(view[name]["text"]) <= 24 for name in ("title", "submit", "close") if name in view)
    _check_texts([block for block in view["blocks"] if block["type"] != "header"])


def pinged(view: Json) -> set[str]:
    """Whom a view would mention, and what it would link."""
    marked = [found["text"] for found in walk(view["blocks"]) if found.get("type") == "mrkdwn"]
    return set().union(*map(pings, marked))


def _check_texts(blocks: object) -> None:
    for found in walk(blocks):
        if found.get("type") == "mrkdwn":
            assert found["verbatim"] is True
        if found.get("type") == "plain_text":
            assert found["emoji"] is False
            assert "<" not in found["text"]
