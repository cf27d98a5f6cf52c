"""Messages and views drawn as text, as near to Slack's screen as a terminal gets."""

from collections.abc import Iterator
from datetime import UTC, datetime

from slack_emulator import mrkdwn
from slack_emulator.inputs import can_hold, initial, is_empty
from slack_emulator.messages import Message
from slack_emulator.types import Json
from slack_emulator.workspace import Workspace

_RULE = "-" * 40
_MENTIONS = {
    "user": ("@", "user_id"),
    "usergroup": ("!subteam^", "usergroup_id"),
    "channel": ("#", "channel_id"),
}


def draw_message(message: Message, workspace: Workspace) -> str:
    """One message: who, when, whether only you see it, and what it shows."""
    author = workspace.members[message.author]
    at = datetime.fromtimestamp(float(message.ts), UTC).strftime("%H:%M")
    edited = " (edited)" if message.edited_ts and not message.blocks else ""
    head = f"{author.real_name or author.name}  {at}{edited}"
    private = ["Only visible to you"] if message.is_ephemeral else []
    return "\n".join([head, *private, *draw_content(message.text, message.blocks, workspace)])


def draw_content(text: str, blocks: list[Json], workspace: Workspace) -> Iterator[str]:
    """The lines of a message's body: its blocks, or its text when it has none."""
    if blocks:
        yield from draw_blocks(blocks, workspace)
    else:
        yield from mrkdwn.render(text, workspace).splitlines()


def draw_view(given: Json, workspace: Workspace) -> str:
    """A modal: its title, blocks and buttons."""
    title = given["title"]["text"] if given.get("title") else "Home"
    buttons = [f"[ {given[name]['text']} ]" for name in ("close", "submit") if given.get(name)]
    return "\n".join(
        [f"== {title} ==", *draw_blocks(given["blocks"], workspace), "  ".join(buttons)]
    ).rstrip()


def draw_blocks(blocks: list[Json], workspace: Workspace) -> Iterator[str]:
    """The lines of some blocks."""
    for block in blocks:
        yield from _BLOCKS[block["type"]](block, workspace)


def _section(block: Json, workspace: Workspace) -> Iterator[str]:
    texts = [block["text"]] if "text" in block else []
    for words in [*texts, *block.get("fields", [])]:
        yield from _words(words, workspace).splitlines()
    if "accessory" in block:
        yield f"    {_element(block['accessory'])}"


def _header(block: Json, workspace: Workspace) -> Iterator[str]:
    heading = _words(block["text"], workspace)
    yield from (heading, "=" * len(heading))


def _divider(_block: Json, _workspace: Workspace) -> Iterator[str]:
    yield _RULE


def _context(block: Json, workspace: Workspace) -> Iterator[str]:
    parts = [
        f"({element['alt_text']})" if element["type"] == "image" else _words(element, workspace)
        for element in block["elements"]
    ]
    yield from (f"  {line}" for line in "  ".join(parts).splitlines())


def _actions(block: Json, _workspace: Workspace) -> Iterator[str]:
    yield "  ".join(_element(element) for element in block["elements"])


def _input(block: Json, _workspace: Workspace) -> Iterator[str]:
    optional = " (optional)" if block.get("optional") else ""
    yield f"{block['label']['text']}{optional}: {_element(block['element'])}"
    if "hint" in block:
        yield f"  {block['hint']['text']}"


def _image(block: Json, _workspace: Workspace) -> Iterator[str]:
    yield f"({block['alt_text']})"


def _rich_text(block: Json, workspace: Workspace) -> Iterator[str]:
    for part in block["elements"]:
        yield from _rich_part(part, workspace)


def _rich_part(part: Json, workspace: Workspace) -> Iterator[str]:
    if part["type"] == "rich_text_list":
        for number, item in enumerate(part["elements"], 1):
            mark = f"{number}." if part["style"] == "ordered" else "-"
            yield f"{mark} {_run(item['elements'], workspace)}"
        return
    lines = _run(part["elements"], workspace).split("\n")
    edge = {"rich_text_preformatted": "    ", "rich_text_quote": "> "}.get(part["type"], "")
    yield from (f"{edge}{line}" for line in lines)


def _chart(block: Json, _workspace: Workspace) -> Iterator[str]:
    yield f"chart: {block['title']}"
    chart = block["chart"]
    series = chart.get("series") or [{"name": "", "data": chart.get("segments", [])}]
    for one in series:
        points = ", ".join(f"{point['label']} {point['value']}" for point in one["data"])
        yield f"    {one['name']}: {points}" if one["name"] else f"    {points}"


def _run(elements: list[Json], workspace: Workspace) -> str:
    return "".join(_inline(element, workspace) for element in elements)


def _inline(element: Json, workspace: Workspace) -> str:
    match element:
        case {"type": "text", "text": text} | {"type": "link", "text": text} | {"type": "link", "url": text}:
            return str(text)
        case {"type": "user" | "usergroup" | "channel" as kind}:
            sign, key = _MENTIONS[kind]
            return mrkdwn.render(f"<{sign}{element[key]}>", workspace)
        case {"type": "date", "timestamp": when, "format": form}:
            return mrkdwn.date(int(when), str(form), workspace.clock())
        case {"type": "emoji", "name": name}:
            return f":{name}:"
    named = next((element[key] for key in ("range", "team_id") if key in element), None)
    return f"@{named or element.get('value')}"


def _words(words: Json, workspace: Workspace) -> str:
    if words["type"] == "plain_text":
        return mrkdwn.unescape(words["text"])
    return mrkdwn.render(words["text"], workspace)


def _element(element: Json) -> str:
    if element["type"] == "image":
        return f"({element['alt_text']})"
    if element["type"] == "button":
        return f"[ {element['text']['text']} ]"
    if not can_hold(element):
        return "[ ... ]"
    held = initial(element)
    if is_empty(held):
        return f"[{element.get('placeholder', {}).get('text', '')} _]"
    return f"[{_shown(next(value for name, value in held.items() if name != 'type'))}]"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return str(value["text"]["text"]) if isinstance(value, dict) else str(value)


_BLOCKS = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "data_visualization": _chart,
}
