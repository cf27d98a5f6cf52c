"""Forms at the page: sent, refused, closed, and asked for options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slack_emulator.page.actions import REQUIRED
from tests.slack_emulator.page_acting.small_app import OPTIONS, App, chosen, form
from tests.slack_emulator.page_browser import Browser, named

if TYPE_CHECKING:
    from tests.slack_emulator.page_harness import PageHarness


async def test_a_form_is_sent_with_what_was_entered(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    values = {"why": {"text": "because"}, "which": {"name": OPTIONS[0]}, "hue": {"hues": ["red", "blue"]}}
    await page.do("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    state = app.heard[-1]["view"]["state"]["values"]
    assert state["why"]["text"]["value"] == "because"
    assert state["which"]["name"]["selected_option"] == chosen(0)
    assert [one["value"] for one in state["hue"]["hues"]["selected_options"]] == ["red", "blue"]
    await page.until(lambda: page.views[page_harness.alice.id]["modal"] is None)


async def test_the_app_s_errors_come_back_and_the_form_stays(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    app.errors = {"why": "Say more"}
    view = await form(page, page_harness)
    values = {"why": {"text": "because"}, "which": {"name": OPTIONS[0]}}
    answer = await page.do("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    assert answer["errors"] == {"why": "Say more"}
    assert page.views[page_harness.alice.id]["modal"]["id"] == view["id"]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"why": REQUIRED, "which": REQUIRED}),
        ({"why": {"text": ""}, "which": {"name": None}}, {"why": REQUIRED, "which": REQUIRED}),
        ({"why": {"text": "x" * 11}, "which": {"name": OPTIONS[0]}}, {"why": "Enter 0 to 10 characters."}),
        ({"why": {"text": 7}, "which": {"name": OPTIONS[0]}}, {"why": "A text is needed."}),
        ({"why": {"text": "x"}, "which": {"name": "red"}}, {"which": "Choose one of the suggestions."}),
        (
            {"why": {"text": "x"}, "which": {"name": OPTIONS[0]}, "hue": {"hues": ["green"]}},
            {"hue": "That is not offered."},
        ),
        (
            {"why": {"text": "x"}, "which": {"name": OPTIONS[0]}, "hue": {"hues": "red"}},
            {"hue": "A list of at most 100 is needed."},
        ),
    ],
)
async def test_what_slack_itself_would_not_send_is_told_under_its_input(
    page: Browser, page_harness: PageHarness, app: App, values: Any, errors: Any
) -> None:
    view = await form(page, page_harness)
    app.heard.clear()
    answer = await page.do("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    assert answer["errors"] == errors
    assert not app.heard


async def test_an_emptied_input_is_empty(page: Browser, page_harness: PageHarness) -> None:
    view = await form(page, page_harness)
    seat = {"seat": page_harness.alice.id, "view": view["id"]}
    await page.do("submit", **seat, values={"why": {"text": "x"}})
    answer = await page.do("submit", **seat, values={"why": {"text": ""}, "which": {"name": OPTIONS[0]}})
    assert answer["errors"] == {"why": REQUIRED}


async def test_typing_in_a_select_brings_the_app_s_options(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    order = {"seat": page_harness.alice.id, **named(view, "name")}
    assert (await page.do("suggest", **order, query="r"))["options"] == OPTIONS
    assert app.heard[-1]["value"] == "r"
    assert (await page.do("suggest", **order, query=""))["options"] == []
    assert app.heard[-1]["value"] == "r"
    order |= {"block_id": "why", "action_id": "text"}
    assert "does not ask for options" in await page.refused("suggest", **order, query="r")


async def test_a_press_in_a_form_carries_what_is_typed_so_far(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    order = {"seat": page_harness.alice.id, **named(view, "go")}
    await page.do("view_press", **order, values={"why": {"text": "half"}})
    assert app.heard[-1]["view"]["state"]["values"]["why"]["text"]["value"] == "half"
    assert app.heard[-1]["actions"][0]["value"] == "v"


async def test_a_form_is_sent_by_whoever_has_it_on_the_screen(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    for what in ("submit", "close", "view_press", "suggest"):
        order = {"block_id": "acts", "action_id": "go", "view": view["id"]}
        assert "not open" in await page.refused(what, seat=page_harness.bob.id, **order)
    await page.do("close", seat=page_harness.alice.id, view=view["id"])
    assert "not open" in await page.refused("submit", seat=page_harness.alice.id, view=view["id"])
    assert len(app.heard) == 1


async def test_a_form_that_nobody_answers_can_be_tried_again(
    page: Browser, page_harness: PageHarness
) -> None:
    view = await form(page, page_harness)
    await page_harness.emulator.handlers.pop().close_async()
    await page_harness.emulator.slack.until(lambda: page_harness.emulator.slack.connections == 0)
    values = {"why": {"text": "because"}, "which": {"name": OPTIONS[0]}}
    answer = await page.refused("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    assert answer == "We had some trouble connecting. Try again?"
    assert page.views[page_harness.alice.id]["modal"]["id"] == view["id"]
