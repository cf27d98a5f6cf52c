"""Block Kit's limits, each at its edge and one over it."""

import json
from typing import Any

import pytest

from slack_emulator.blockkit import fill, wrong_in_message, wrong_in_options, wrong_in_view
from tests.slack_emulator.harness import EmulatorHarness

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def option(text: str = "One", value: str = "1") -> Json:
    return {"text": plain(text), "value": value}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def section(**more: Any) -> Json:
    return {"type": "section", **more}


def buttons(count: int) -> list[Json]:
    return [button(action_id=f"b{number}") for number in range(count)]


def options(count: int) -> list[Json]:
    return [option(value=str(number)) for number in range(count)]


CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Really"), "confirm": plain("Yes"), "deny": plain("No")}

FITS = {
    "section text": section(text=mrkdwn("x" * 3000)),
    "section fields": section(fields=[mrkdwn("x" * 2000)] * 10),
    "header": {"type": "header", "text": plain("x" * 150)},
    "context": {"type": "context", "elements": [mrkdwn("x")] * 10},
    "actions": actions(*buttons(25)),
    "button": actions(button(text=plain("x" * 75), value="x" * 2000, action_id="x" * 255, style="danger")),
    "confirm": actions(button(confirm=CONFIRM)),
    "options": actions(select(options=options(100))),
    "option": actions(select(options=[option("x" * 75, "x" * 150)])),
    "block id": {"type": "divider", "block_id": "x" * 255},
    "image": {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "a picture"},
    "rich text": {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 0},
            {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]},
        ],
    },
}

BREAKS = {
    "section text": (section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters", "/0/text/text"),
    "section empty": (section(), "missing required field: text or fields", "/0"),
    "empty text": (section(text=mrkdwn("")), "must be more than 0 characters", "/0/text/text"),
    "too many fields": (section(fields=[mrkdwn("x")] * 11), "no more than 10 items allowed", "/0/fields"),
    "long field": (section(fields=[mrkdwn("x" * 2001)]), "less than 2001", "/0/fields/0/text"),
    "header": ({"type": "header", "text": plain("x" * 151)}, "less than 151", "/0/text/text"),
    "mrkdwn header": ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/0/text/type"),
    "context": ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10", "/0/elements"),
    "no elements": (actions(), "must not be empty", "/0/elements"),
    "actions": (actions(*buttons(26)), "no more than 25 items allowed", "/0/elements"),
    "button text": (actions(button(text=plain("x" * 76))), "less than 76", "/0/elements/0/text/text"),
    "button value": (actions(button(value="x" * 2001)), "less than 2001", "/0/elements/0/value"),
    "button style": (actions(button(style="pink")), "valid enum value", "/0/elements/0/style"),
    "action id": (actions(button(action_id="x" * 256)), "less than 256", "/0/elements/0/action_id"),
    "twin action": (actions(button(), button()), "`action_id` go already exists", "/0/elements/1/action_id"),
    "confirm": (
        actions(button(confirm={"title": plain("?")})),
        "missing required field",
        "/0/elements/0/confirm",
    ),
    "options": (actions(select(options=options(101))), "no more than 100", "/0/elements/0/options"),
    "no options": (
        actions({"type": "static_select", "action_id": "pick"}),
        "missing required field: options or option_groups",
        "/0/elements/0",
    ),
    "option text": (actions(select(options=[option("x" * 76)])), "less than 76", "/options/0/text/text"),
    "option value": (actions(select(options=[option(value="x" * 151)])), "less than 151", "/options/0/value"),
    "stray initial": (
        actions(select(initial_option=option("Two", "2"))),
        "initial option must",
        "/0/elements/0",
    ),
    "input in actions": (actions({"type": "plain_text_input"}), "unsupported type", "/0/elements/0/type"),
    "block id": ({"type": "divider", "block_id": "x" * 256}, "less than 256", "/0/block_id"),
    "unknown block": ({"type": "riddle"}, "unsupported type: riddle", "/0/type"),
    "unknown field": ({"type": "divider", "colour": "red"}, "invalid additional property: colour", "/0"),
    "no type": ({"text": plain("x")}, "missing required field: type", "/0"),
    "not an object": ("divider", "must be an object", "/0"),
    "preformatted": (
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "emoji", "name": "x"}]}],
        },
        "unsupported type: emoji",
        "/0/elements/0/elements/0/type",
    ),
    "rich text type": (
        {"type": "rich_text", "elements": [{"type": "text"}]},
        "unsupported type",
        "/0/elements/0",
    ),
    "not a string": (section(text=mrkdwn(7)), "must be a string", "/0/text/text"),  # type: ignore[arg-type]
    "not a boolean": (section(text=plain("x") | {"emoji": "yes"}), "must be a boolean", "/0/text/emoji"),
    "not a list": ({"type": "context", "elements": {}}, "must be an array", "/0/elements"),
}


@pytest.mark.parametrize("name", FITS)
def test_what_is_just_within_the_limits_fits(name: str) -> None:
    assert wrong_in_message([FITS[name]]) == []


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_just_over_a_limit_is_named_with_its_place(name: str) -> None:
    block, sentence, place = BREAKS[name]
    wrong = wrong_in_message([block])
    assert any(sentence in one and place in one for one in wrong), wrong


def test_a_message_has_50_blocks_and_a_view_100() -> None:
    divider = {"type": "divider"}
    assert wrong_in_message([divider] * 50) == []
    assert wrong_in_message([divider] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    view = {"type": "modal", "title": plain("T")}
    assert wrong_in_view(view | {"blocks": [divider] * 100}, "modal") == []
    assert wrong_in_view(view | {"blocks": [divider] * 101}, "modal") != []


def test_no_two_blocks_have_one_id() -> None:
    divider = {"type": "divider", "block_id": "same"}
    assert "already exists" in wrong_in_message([divider, divider])[0]


@pytest.mark.parametrize(
    "change",
    [
        {"title": plain("x" * 25)},
        {"title": mrkdwn("x")},
        {"submit": plain("x" * 25)},
        {"close": plain("x" * 25)},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"type": "home"},
        {"surprise": True},
        {"blocks": [{"type": "input", "label": plain("L"), "element": button()}]},
    ],
)
def test_a_modal_over_a_limit_is_refused(change: Json) -> None:
    good = {
        "type": "modal",
        "title": plain("x" * 24),
        "submit": plain("x" * 24),
        "close": plain("x" * 24),
        "private_metadata": "x" * 3000,
        "callback_id": "x" * 255,
        "blocks": [{"type": "input", "label": plain("L"), "element": {"type": "plain_text_input"}}],
    }
    assert wrong_in_view(good, "modal") == []
    assert wrong_in_view(good | change, "modal") != []


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    block = {"type": "input", "label": plain("L"), "element": {"type": "plain_text_input"}}
    view = {"type": "modal", "title": plain("T"), "blocks": [block]}
    assert wrong_in_view(view, "modal") == ["missing required field: submit [json-pointer:/view]"]


def test_suggested_options_are_checked_too() -> None:
    assert wrong_in_options({"options": []}) == []
    assert wrong_in_options({"options": options(101)}) != []
    assert wrong_in_options({}) != []


def test_what_was_left_out_is_filled_in_and_what_was_given_is_kept() -> None:
    given = [actions({"type": "button", "text": plain("Go")}, block_id="mine")]
    [block] = fill(given)
    assert block["block_id"] == "mine"
    assert block["elements"][0]["action_id"]
    assert block["elements"][0]["text"] == {"type": "plain_text", "text": "Go", "emoji": True}
    assert given == [actions({"type": "button", "text": plain("Go")}, block_id="mine")]


async def test_the_web_api_lists_what_is_wrong_as_slack_does(emulator: EmulatorHarness) -> None:
    block = section(text=mrkdwn("x" * 3001))
    answer = await emulator.refused(
        "chat.postMessage", channel=emulator.general.id, text="x", blocks=json.dumps([block])
    )
    assert answer["error"] == "invalid_blocks"
    wrong = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [wrong]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {wrong}"]}
