"""Whatever is sent as blocks, the answer is a list of problems and never a crash."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models import blocks as sdk
from slack_sdk.models.views import View

from slack_emulator.blockkit import fill, wrong_in_message, wrong_in_view

Json = dict[str, Any]

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def sample() -> list[Json]:
    """One of each block, made by slack-sdk's own classes."""
    option = sdk.Option(text=sdk.PlainTextObject(text="One"), value="1")
    confirm = sdk.ConfirmObject(title="Sure?", text=sdk.MarkdownTextObject(text="Really"))
    button = sdk.ButtonElement(text="Go", action_id="go", value="v", style="danger", confirm=confirm)
    pick = sdk.StaticSelectElement(
        action_id="pick", placeholder="Pick", options=[option], initial_option=option
    )
    grouped = sdk.StaticMultiSelectElement(
        action_id="many",
        option_groups=[sdk.OptionGroup(label=sdk.PlainTextObject(text="All"), options=[option])],
    )
    rich = sdk.RichTextBlock(
        elements=[
            sdk.RichTextPreformattedElement(elements=[sdk.RichTextElementParts.Text(text="x")]),
            sdk.RichTextListElement(
                style="bullet",
                elements=[sdk.RichTextSectionElement(elements=[sdk.RichTextElementParts.User(user_id="U1")])],
            ),
        ],
    )
    made = [
        sdk.HeaderBlock(text="Heading"),
        sdk.SectionBlock(
            text="*hi*", accessory=sdk.OverflowMenuElement(action_id="menu", options=[option, option])
        ),
        sdk.SectionBlock(fields=["*a*", "*b*"]),
        sdk.DividerBlock(),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="small")]),
        sdk.ActionsBlock(elements=[button, pick, grouped]),
        sdk.ImageBlock(image_url="https://example.com/i.png", alt_text="a picture"),
        sdk.InputBlock(label="Why", element=sdk.PlainTextInputElement(action_id="why", multiline=True)),
        sdk.InputBlock(
            label="Which", element=sdk.ExternalDataSelectElement(action_id="which", min_query_length=0)
        ),
        rich,
    ]
    return [block.to_dict() for block in made]


def test_what_the_sdk_makes_fits() -> None:
    assert wrong_in_message(sample()) == []
    view = View(type="modal", title="Ask", submit="Send", close="No", callback_id="c", blocks=sample())
    assert wrong_in_view(view.to_dict(), "modal") == []


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


PLACES = [place for place in places(sample()) if place]


@given(place=st.sampled_from(PLACES), junk=JUNK)
def test_junk_anywhere_is_named_and_what_fits_can_be_filled(place: tuple[Any, ...], junk: Any) -> None:
    blocks = copy.deepcopy(sample())
    target: Any = blocks
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = junk
    if not wrong_in_message(blocks):
        assert wrong_in_message(fill(blocks)) == []


@given(JUNK)
def test_junk_is_no_message_and_no_view(junk: Any) -> None:
    if junk != []:
        assert wrong_in_message(junk)
    assert wrong_in_view(junk, "modal", "home")
