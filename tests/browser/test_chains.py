"""By clicks: two people must agree and one does not answer; an emergency, and its review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from envaccess.domain.variable import Variable
from envaccess_demo.workspace import made_up
from tests.browser.demo_browser import ready_demo
from tests.browser.test_reach import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.demo_browser import BrowserUser

STRIPE = made_up(Variable("production", "STRIPE_KEY"))
DB = made_up(Variable("production", "DB_URL"))
WHY = "paying out a refund by hand"
DOWN = "checkout is down"
FOUND = "Only the two queries of that hour: *nothing* else"


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with ready_demo(browser) as printed:
        yield printed


def test_a_step_that_nobody_decides_escalates_and_the_escalated_person_decides_at_home(
    guest: BrowserUser,
) -> None:
    guest.send("alice", f"/envaccess production/STRIPE_KEY 1h {WHY}")
    guest.visit("bob", "approvers")
    request = guest.message("bob", WHY).first
    expect(request).to_contain_text("Step 1 of 2: waits for anyone in this channel")
    guest.press("bob", "Approve")
    expect(request).to_contain_text("Step 1 of 2: @Bob Baker agreed")
    expect(request).to_contain_text("Step 2 of 2: waits for @leads")

    guest.move_clock("+1 h", "request.escalated")
    expect(request).to_contain_text("Step 2 of 2, escalated: waits for @Dana Diaz or @leads")
    expect(guest.open_thread("bob")).to_contain_text("Nobody decided in time, so @Dana Diaz or @leads")

    guest.visit("dana", "bot")
    expect(guest.message("dana", WHY)).to_contain_text("It waits for you")
    home = guest.open_home("dana")
    expect(home).to_contain_text("Waits for you (1)")
    home.get_by_role("button", name="Approve").click()
    expect(home).not_to_contain_text("Waits for you")
    expect(home).to_contain_text("Live access: 1 grant")
    guest.visit("bob", "approvers")
    expect(request).to_contain_text("Approved by @Dana Diaz")
    guest.visit("alice", "bot")
    guest.press("alice", "Reveal")
    expect(guest.seat("alice").locator("[data-value]")).to_have_text(STRIPE)
    assert complaints(guest.page) == []


def test_an_emergency_is_announced_and_its_review_is_closed_by_somebody_else(guest: BrowserUser) -> None:
    guest.send("alice", f"/envaccess emergency production/DB_URL {DOWN}")
    expect(guest.message("alice", "Emergency access")).to_contain_text("somebody else will review it")
    guest.visit("alice", "bot")
    card = guest.message("alice", "production/DB_URL").last
    card.locator("[data-action=reveal]").click()
    expect(guest.seat("alice").locator("[data-value]")).to_have_text(DB)

    guest.visit("carol", "approvers")
    announced = guest.message("carol", DOWN).first
    expect(announced).to_contain_text("Emergency: @Alice Archer took production/DB_URL for 15 minutes")
    guest.move_clock("+1 h", "emergency.reminded")
    expect(guest.open_thread("carol")).to_contain_text("is not reviewed yet")
    guest.press("carol", "Close review")
    guest.fill_in("carol", FOUND, "Close review")
    expect(announced).to_contain_text("Reviewed by @Carol Chen")
    expect(announced).to_contain_text(f"Found: {FOUND}")
    expect(announced.locator("[data-action=review]")).to_have_count(0)


def test_nobody_closes_the_review_of_their_own_emergency(guest: BrowserUser) -> None:
    """Carol may decide and review, but what she took herself is for others to look at."""
    guest.open_drawer()
    groups = guest.page.locator(".groups")
    groups.get_by_label("User group").select_option(label="@on-call (1)")
    groups.get_by_label("Person").select_option(label="Carol")
    groups.get_by_role("button", name="Add").click()
    expect(groups.get_by_role("button", name="Remove")).to_be_visible()
    guest.page.get_by_label("Close backstage").click()
    guest.send("carol", "/envaccess emergency production/DB_URL disk is full")
    guest.visit("carol", "approvers")
    announced = guest.message("carol", "disk is full").first
    announced.locator("[data-action=review]").click()
    refused = guest.seat("carol").locator(".ephemeral", has_text="Nobody reviews their own")
    expect(refused).to_be_visible()
    expect(announced).to_contain_text("Not reviewed yet")
