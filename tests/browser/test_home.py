"""The Home tab, and every control that chooses, on all three surfaces; who is in a user group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.demo_browser import BrowserUser, sample_app, visitor
from tests.browser.test_reach import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator


@pytest.fixture
def guest(browser: Browser) -> Iterator[BrowserUser]:
    """Somebody at a sample_app of their own."""
    with sample_app() as address, visitor(browser, address) as came:
        yield came


def home(guest: BrowserUser, name: str = "alice") -> Locator:
    """Somebody opens the bot's Home tab."""
    guest.visit(name, "bot")
    guest.seat(name).get_by_role("button", name="Home", exact=True).click()
    tab = guest.seat(name).locator(".home")
    expect(tab).to_contain_text("What I hold")
    return tab


def choose_everything(place: Locator) -> None:
    """One choice in each control, the select first."""
    place.get_by_role("combobox").click()
    place.get_by_role("option", name="Green").click()
    place.get_by_role("radio", name="Blue").check()
    place.get_by_role("checkbox", name="Red").check()
    place.get_by_role("checkbox", name="Blue").check()


def test_the_home_tab_is_drawn_when_opened_and_again_when_it_is_published_again(guest: BrowserUser) -> None:
    tab = home(guest)
    expect(tab).to_contain_text("nothing yet")
    expect(tab.locator(".chip")).to_have_text("@on-call")
    expect(tab.locator(".chip-me")).to_have_count(1)
    tab.get_by_role("button", name="Reveal").click()
    expect(tab).to_contain_text("view: reveal=reveal")
    expect(home(guest, "bob").locator(".chip-me")).to_have_count(0)
    assert complaints(guest.page) == []


def test_every_choice_on_the_home_tab_reaches_the_app_with_all_that_is_chosen(guest: BrowserUser) -> None:
    tab = home(guest)
    choose_everything(tab)
    expect(tab).to_contain_text('view: boxes=; {"one": "green", "radio": "blue", "boxes": ["red", "blue"]}')
    tab.get_by_role("button", name="More actions").click()
    tab.get_by_role("menuitem", name="Remove").click()
    expect(tab).to_contain_text("view: more=remove")


def test_what_is_not_offered_any_more_is_not_chosen_any_more(guest: BrowserUser) -> None:
    """A list from which something was ended must not keep it chosen out of sight."""
    tab = home(guest)
    choose_everything(tab)
    tab.get_by_role("button", name="Offer fewer").click()
    expect(tab.get_by_role("checkbox")).to_have_count(1)
    tab.get_by_role("button", name="Reveal").click()
    expect(tab).to_contain_text('view: reveal=reveal; {"one": null, "radio": "blue", "boxes": ["blue"]}')
    tab.get_by_role("checkbox", name="Blue").uncheck()
    expect(tab).to_contain_text('view: boxes=; {"one": null, "radio": "blue", "boxes": []}')


def test_a_form_opens_from_the_home_tab_and_sends_every_choice(guest: BrowserUser) -> None:
    tab = home(guest)
    tab.get_by_role("button", name="Open form").click()
    form = guest.seat("alice").locator(".dialog")
    choose_everything(form)
    guest.press("alice", "Send")
    expect(form).to_have_count(0)
    expect(tab).to_contain_text('form: {"one": "green", "radio": "blue", "boxes": ["red", "blue"]}')


def test_every_choice_in_a_message_reaches_the_app_with_all_that_is_chosen(guest: BrowserUser) -> None:
    guest.send("alice", "/envaccess")
    message = guest.message("alice", "Red").last
    choose_everything(message)
    message.get_by_role("button", name="More actions").click()
    message.get_by_role("menuitem", name="Rename").click()
    expect(home(guest)).to_contain_text(
        'message: more=rename; {"one": "green", "radio": "blue", "boxes": ["red", "blue"]}'
    )


def test_the_backstage_puts_people_into_a_group_and_the_page_draws_it_at_once(guest: BrowserUser) -> None:
    tab = home(guest, "bob")
    guest.open_drawer()
    groups = guest.page.locator(".groups")
    groups.get_by_label("Person").select_option(label="Bob")
    groups.get_by_role("button", name="Add").click()
    expect(groups.get_by_role("button", name="Remove")).to_be_visible()
    expect(groups.get_by_label("User group")).to_contain_text("@on-call (2)")
    expect(tab).to_contain_text("came into the group")
    expect(tab.locator(".chip-me")).to_have_count(1)
    groups.get_by_role("button", name="Remove").click()
    expect(tab).to_contain_text("left the group")
    expect(tab.locator(".chip-me")).to_have_count(0)
    assert complaints(guest.page) == []
