"""Every limit of Block Kit: what is at it passes, what is one over it is refused, with its place.

The pages are those under https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/reference/views;
slack-sdk holds many of the same numbers, and is asked for them too, so that a change shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from slack_sdk.models import blocks as sdk
from slack_sdk.models import views as sdk_views

from slack_emulator.blockkit import wrong_in_message, wrong_in_options, wrong_in_view
from tests.fidelity.blocks import (
    button,
    confirm,
    field,
    groups,
    image,
    modal,
    mrkdwn,
    options,
    plain,
    row,
    section,
    select,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_emulator import Json


def in_message(build: Callable[[int], Json]) -> Callable[[int], list[str]]:
    return lambda size: wrong_in_message([build(size)])


def in_view(build: Callable[[int], Json]) -> Callable[[int], list[str]]:
    return lambda size: wrong_in_view(build(size), "modal", "home")


@dataclass(frozen=True)
class Limit:
    """One limit: what is checked at a size, the most, where the complaint points, and slack-sdk's number."""

    check: Callable[[int], list[str]]
    most: int
    place: str
    sdk: int | None = None
    least: int | None = None


LIMITS = {
    "message: blocks": Limit(lambda n: wrong_in_message([{"type": "divider"}] * n), 50, "/blocks"),
    "modal: blocks": Limit(
        in_view(lambda n: modal(blocks=[section()] * n)),
        100,
        "/view/blocks",
        sdk_views.View.blocks_max_length,
    ),
    "home: blocks": Limit(
        in_view(lambda n: {"type": "home", "blocks": [section()] * n}), 100, "/view/blocks"
    ),
    "modal: title": Limit(
        in_view(lambda n: modal(title=plain(n))), 24, "/view/title/text", sdk_views.View.title_max_length, 1
    ),
    "modal: submit": Limit(
        in_view(lambda n: modal(submit=plain(n))),
        24,
        "/view/submit/text",
        sdk_views.View.submit_max_length,
        1,
    ),
    "modal: close": Limit(
        in_view(lambda n: modal(close=plain(n))), 24, "/view/close/text", sdk_views.View.close_max_length, 1
    ),
    "view: private_metadata": Limit(
        in_view(lambda n: modal(private_metadata="x" * n)),
        3000,
        "/view/private_metadata",
        sdk_views.View.private_metadata_max_length,
    ),
    "view: callback_id": Limit(
        in_view(lambda n: modal(callback_id="x" * n)),
        255,
        "/view/callback_id",
        sdk_views.View.callback_id_max_length,
    ),
    "view: external_id": Limit(in_view(lambda n: modal(external_id="x" * n)), 255, "/view/external_id"),
    "block_id": Limit(
        in_message(lambda n: {"type": "divider", "block_id": "x" * n}),
        255,
        "/0/block_id",
        sdk.Block.block_id_max_length,
    ),
    "action_id": Limit(
        in_message(lambda n: row(button(action_id="x" * n))),
        255,
        "/0/elements/0/action_id",
        sdk.InteractiveElement.action_id_max_length,
    ),
    "section: text": Limit(
        in_message(lambda n: section(text=mrkdwn(n))),
        3000,
        "/0/text/text",
        sdk.SectionBlock.text_max_length,
        1,
    ),
    "section: fields": Limit(
        in_message(lambda n: section(fields=[mrkdwn()] * n)),
        10,
        "/0/fields",
        sdk.SectionBlock.fields_max_length,
        1,
    ),
    "section: a field": Limit(
        in_message(lambda n: section(fields=[mrkdwn(n)])), 2000, "/0/fields/0/text", None, 1
    ),
    "header: text": Limit(
        in_message(lambda n: {"type": "header", "text": plain(n)}),
        150,
        "/0/text/text",
        sdk.HeaderBlock.text_max_length,
        1,
    ),
    "context: elements": Limit(
        in_message(lambda n: {"type": "context", "elements": [mrkdwn()] * n}),
        10,
        "/0/elements",
        sdk.ContextBlock.elements_max_length,
        1,
    ),
    "context: a text": Limit(
        in_message(lambda n: {"type": "context", "elements": [mrkdwn(n)]}),
        3000,
        "/0/elements/0/text",
        None,
        1,
    ),
    "actions: elements": Limit(
        in_message(lambda n: row(*[button()] * n)), 25, "/0/elements", sdk.ActionsBlock.elements_max_length, 1
    ),
    "input: label": Limit(
        in_message(lambda n: field(label=plain(n))), 2000, "/0/label/text", sdk.InputBlock.label_max_length, 1
    ),
    "input: hint": Limit(
        in_message(lambda n: field(hint=plain(n))), 2000, "/0/hint/text", sdk.InputBlock.hint_max_length, 1
    ),
    "image: image_url": Limit(
        in_message(lambda n: image(image_url="x" * n)),
        3000,
        "/0/image_url",
        sdk.ImageBlock.image_url_max_length,
    ),
    "image: alt_text": Limit(
        in_message(lambda n: image(alt_text="x" * n)), 2000, "/0/alt_text", sdk.ImageBlock.alt_text_max_length
    ),
    "image: title": Limit(
        in_message(lambda n: image(title=plain(n))), 2000, "/0/title/text", sdk.ImageBlock.title_max_length
    ),
    "button: text": Limit(
        in_message(lambda n: row(button(text=plain(n)))),
        75,
        "/0/elements/0/text/text",
        sdk.ButtonElement.text_max_length,
        1,
    ),
    "button: value": Limit(
        in_message(lambda n: row(button(value="x" * n))),
        2000,
        "/0/elements/0/value",
        sdk.ButtonElement.value_max_length,
    ),
    "button: url": Limit(
        in_message(lambda n: row(button(url="x" * n))),
        3000,
        "/0/elements/0/url",
        sdk.ButtonElement.url_max_length,
    ),
    "button: accessibility_label": Limit(
        in_message(lambda n: row(button(accessibility_label="x" * n))),
        75,
        "/0/elements/0/accessibility_label",
        sdk.ButtonElement.text_max_length,
    ),
    "confirm: title": Limit(
        in_message(lambda n: confirm(title=plain(n))),
        100,
        "/0/elements/0/confirm/title/text",
        sdk.ConfirmObject.title_max_length,
    ),
    "confirm: text": Limit(
        in_message(lambda n: confirm(text=plain(n))),
        300,
        "/0/elements/0/confirm/text/text",
        sdk.ConfirmObject.text_max_length,
    ),
    "confirm: confirm": Limit(
        in_message(lambda n: confirm(confirm=plain(n))),
        30,
        "/0/elements/0/confirm/confirm/text",
        sdk.ConfirmObject.confirm_max_length,
    ),
    "confirm: deny": Limit(
        in_message(lambda n: confirm(deny=plain(n))),
        30,
        "/0/elements/0/confirm/deny/text",
        sdk.ConfirmObject.deny_max_length,
    ),
    "select: options": Limit(
        in_message(lambda n: row(select(options=options(n)))),
        100,
        "/0/elements/0/options",
        sdk.StaticSelectElement.options_max_length,
        1,
    ),
    "select: option_groups": Limit(
        in_message(lambda n: row(select(option_groups=groups(n)))),
        100,
        "/0/elements/0/option_groups",
        sdk.StaticSelectElement.option_groups_max_length,
        1,
    ),
    "select: placeholder": Limit(
        in_message(lambda n: row(select(placeholder=plain(n)))),
        150,
        "/0/elements/0/placeholder/text",
        sdk.InputInteractiveElement.placeholder_max_length,
    ),
    "option: text": Limit(
        in_message(lambda n: row(select(options=options(text=plain(n))))),
        75,
        "/0/elements/0/options/0/text/text",
        sdk.Option.label_max_length,
        1,
    ),
    "option: value": Limit(
        in_message(lambda n: row(select(options=options(value="x" * n)))),
        150,
        "/0/elements/0/options/0/value",
        sdk.Option.value_max_length,
    ),
    "option: description": Limit(
        in_message(lambda n: row(select(options=options(description=plain(n))))),
        75,
        "/0/elements/0/options/0/description/text",
        sdk.Option.label_max_length,
    ),
    "option: url": Limit(
        in_message(lambda n: row({"type": "overflow", "options": options(url="x" * n)})),
        3000,
        "/0/elements/0/options/0/url",
    ),
    "option group: label": Limit(
        in_message(lambda n: row(select(option_groups=groups(label=plain(n))))),
        75,
        "/0/elements/0/option_groups/0/label/text",
        sdk.OptionGroup.label_max_length,
    ),
    "option group: options": Limit(
        in_message(lambda n: row(select(option_groups=groups(options=options(n))))),
        100,
        "/0/elements/0/option_groups/0/options",
        sdk.OptionGroup.options_max_length,
    ),
    "overflow: options": Limit(
        in_message(lambda n: row({"type": "overflow", "options": options(n)})),
        5,
        "/0/elements/0/options",
        None,
        1,
    ),
    "checkboxes: options": Limit(
        in_message(lambda n: row({"type": "checkboxes", "options": options(n)})), 10, "/0/elements/0/options"
    ),
    "radio buttons: options": Limit(
        in_message(lambda n: row({"type": "radio_buttons", "options": options(n)})),
        10,
        "/0/elements/0/options",
    ),
    "text input: min_length": Limit(
        in_message(lambda n: field({"type": "plain_text_input", "min_length": n})),
        3000,
        "/0/element/min_length",
    ),
    "text input: max_length": Limit(
        in_message(lambda n: field({"type": "plain_text_input", "max_length": n})),
        3000,
        "/0/element/max_length",
        None,
        1,
    ),
    "suggested options": Limit(lambda n: wrong_in_options({"options": options(n)}), 100, "/options"),
    "suggested groups": Limit(
        lambda n: wrong_in_options({"option_groups": groups(n)}), 100, "/option_groups"
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_at_the_limit_passes(name: str) -> None:
    limit = LIMITS[name]
    assert limit.check(limit.most) == []


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_one_over_the_limit_is_refused_with_its_place(name: str) -> None:
    limit = LIMITS[name]
    assert [one for one in limit.check(limit.most + 1) if f"{limit.place}]" in one]


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.least])
def test_what_is_at_least_needed_passes_and_less_is_refused(name: str) -> None:
    limit = LIMITS[name]
    assert limit.least is not None
    assert limit.check(limit.least) == []
    assert limit.check(limit.least - 1) != []


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.sdk is not None])
def test_slack_sdk_knows_the_same_number(name: str) -> None:
    assert LIMITS[name].sdk == LIMITS[name].most


SAID_IN_DOCS = {
    "50 blocks a message": ["message: blocks"],
    "100 a view": ["modal: blocks", "home: blocks"],
    "section text 3,000": ["section: text"],
    "fields 10 x 2,000": ["section: fields", "section: a field"],
    "header 150": ["header: text"],
    "context 10": ["context: elements"],
    "actions 25": ["actions: elements"],
    "button text 75": ["button: text"],
    "value 2,000": ["button: value"],
    "ids 255": ["block_id", "action_id", "view: callback_id", "view: external_id"],
    "option text 75": ["option: text"],
    "value 150": ["option: value"],
    "100 options": ["select: options", "suggested options"],
    "title/submit/close 24": ["modal: title", "modal: submit", "modal: close"],
    "`private_metadata` 3,000": ["view: private_metadata"],
}


def test_docs_slack_md_says_the_same_numbers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "slack.md").read_text()
    said = " ".join(page.partition("## Block Kit")[2].partition("##")[0].split())
    for phrase, names in SAID_IN_DOCS.items():
        assert phrase in said
        numbers = [int(word) for word in phrase.replace(",", "").replace("`", "").split() if word.isdigit()]
        assert all(LIMITS[name].most in numbers for name in names), phrase
