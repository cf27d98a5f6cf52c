"""The `rich_text` block."""

from slack_emulator.blockkit.rules import Rule, Shape, choice, flag, items, kinds, number, text

_STYLE = {"style": Shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag))}
_LINK = Shape({"url": text(3000)}, {"text": text(3000, least=0), "unsafe": flag, **_STYLE})
_TEXT = Shape({"text": text(40_000)}, _STYLE)

_INLINE: dict[str, Rule] = {
    "text": _TEXT,
    "link": _LINK,
    "user": Shape({"user_id": text(64)}, _STYLE),
    "usergroup": Shape({"usergroup_id": text(64)}, _STYLE),
    "team": Shape({"team_id": text(64)}, _STYLE),
    "channel": Shape({"channel_id": text(64)}, _STYLE),
    "emoji": Shape({"name": text(255)}, {"unicode": text(255), "url": text(3000), **_STYLE}),
    "broadcast": Shape({"range": choice("here", "channel", "everyone")}, _STYLE),
    "date": Shape(
        {"timestamp": number(0, 9_999_999_999), "format": text(255)},
        {"url": text(3000), "fallback": text(255), **_STYLE},
    ),
    "color": Shape({"value": text(64)}, _STYLE),
}
_RUN = items(kinds(_INLINE), 1000, least=0)
_BORDER = {"border": number(0, 1)}
_SECTION = Shape({"elements": _RUN})

_PARTS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": Shape({"elements": _RUN}, _BORDER),
    "rich_text_preformatted": Shape(
        {"elements": items(kinds({"text": _TEXT, "link": _LINK}), 1000, least=0)},
        {**_BORDER, "language": text(64)},
    ),
    "rich_text_list": Shape(
        {
            "style": choice("bullet", "ordered"),
            "elements": items(kinds({"rich_text_section": _SECTION}), 1000),
        },
        {"indent": number(0, 8), "offset": number(0, 10_000), **_BORDER},
    ),
}

RICH_TEXT = Shape({"elements": items(kinds(_PARTS), 1000)}, {"block_id": text(255)})
