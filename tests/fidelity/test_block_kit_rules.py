"""What goes where in Block Kit, compared with https://docs.slack.dev/reference/block-kit and @slack/types."""

from slack_emulator import Json
from slack_emulator.blockkit import wrong_in_message, wrong_in_view
from tests.fidelity.blocks import button, field, image, modal, mrkdwn, plain, row, section


def test_a_text_object_that_must_be_plain_is_not_mrkdwn() -> None:
    for wrong in (
        wrong_in_message([{"type": "header", "text": mrkdwn()}]),
        wrong_in_message([row(button(text=mrkdwn()))]),
        wrong_in_message([field(label=mrkdwn())]),
        wrong_in_view(modal(title=mrkdwn()), "modal"),
    ):
        assert "unsupported type: mrkdwn" in wrong[0]


def test_a_form_with_inputs_needs_a_submit_button() -> None:
    view = modal(blocks=[field()])
    assert wrong_in_view(view, "modal") == []
    del view["submit"]
    assert wrong_in_view(view, "modal") == ["missing required field: submit [json-pointer:/view]"]


def test_elements_stand_only_in_the_blocks_that_take_them() -> None:
    """@slack/types, `SectionBlockAccessory`, `ActionsBlockElement`, `InputBlockElement`."""
    moment = {"type": "datetimepicker"}
    assert wrong_in_message([row(moment), field(moment)]) == []
    assert wrong_in_message([section(text=plain(), accessory=moment)]) != []
    assert wrong_in_message([section(text=plain(), accessory=image())]) == []
    assert wrong_in_message([row(image())]) != []
    assert wrong_in_message([row({"type": "plain_text_input"})]) != []
    assert wrong_in_message([field(button())]) != []


def test_every_inline_of_rich_text_is_known_and_preformatted_takes_text_and_links_only() -> None:
    """@slack/types, `RichTextElement` and `RichTextPreformatted`."""
    inlines: list[Json] = [
        {"type": "broadcast", "range": "here"},
        {"type": "color", "value": "#aabbcc"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "x"},
        {"type": "emoji", "name": "tada"},
        {"type": "link", "url": "https://example.com"},
        {"type": "team", "team_id": "T1"},
        {"type": "text", "text": "x", "style": {"bold": True, "code": True}},
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
    ]

    def wrong(part: str, *elements: Json) -> list[str]:
        return wrong_in_message(
            [{"type": "rich_text", "elements": [{"type": part, "elements": list(elements)}]}]
        )

    for part in ("rich_text_section", "rich_text_quote"):
        assert wrong(part, *inlines) == []
    for inline in inlines:
        refused = inline["type"] not in ("text", "link")
        assert bool(wrong("rich_text_preformatted", inline)) is refused
