"""What is broken from the drawer, and mended there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.stage import Visitor

WHY = "comparing two months"


def test_a_request_outlives_the_killed_bot_and_is_decided_when_it_is_back(guest: Visitor) -> None:
    page = guest.page
    guest.send("alice", f"/envaccess production/DB_URL 1h {WHY}")
    guest.visit("bob", "approvers")
    approve = guest.message("bob", WHY).locator("[data-action=approve]")
    expect(approve).to_be_visible()
    guest.open_drawer()
    page.get_by_role("button", name="Kill -9").click()
    expect(page.locator(".remark")).to_have_text("The bot is killed")

    guest.send("alice", "/envaccess list")
    expect(guest.seat("alice").locator(".composer .trouble")).to_be_visible()
    expect(approve).to_be_visible()

    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".remark")).to_have_count(0, timeout=20_000)
    approve.click()
    expect(approve).to_have_count(0)
    expect(guest.event("request.approved")).to_have_count(1)
    guest.visit("alice", "bot")
    expect(guest.button("alice", "Reveal")).to_be_visible()


def test_slack_that_is_down_is_said_on_the_page_and_the_decision_arrives_when_it_is_back(
    guest: Visitor,
) -> None:
    page = guest.page
    guest.open_drawer()
    page.get_by_role("switch", name="down").click()
    expect(page.locator(".remark")).to_have_text("Slack is down")
    page.get_by_role("switch", name="down").click()
    expect(page.locator(".remark")).to_have_count(0)
    guest.send("alice", "/envaccess SENTRY_TOKEN 1h after the bad weather")
    guest.visit("bob", "approvers")
    expect(guest.message("bob", "after the bad weather")).to_be_visible()
