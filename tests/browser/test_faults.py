"""What is broken from the drawer, and mended there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.demo_browser import ready_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.demo_browser import BrowserUser

WHY = "comparing two months"

STARTING_MS = 20_000

LEASE_MS = 20_000
"""A killed bot's lease on what is to be drawn ends by itself, after ten seconds."""


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with ready_demo(browser) as printed:
        yield printed


def test_a_request_outlives_the_killed_bot_and_is_decided_when_it_is_back(guest: BrowserUser) -> None:
    page = guest.page
    guest.send("alice", f"/envaccess staging/DB_URL 1h {WHY}")
    guest.visit("bob", "approvers")
    approve = guest.message("bob", WHY).locator("[data-action=approve]")
    expect(approve).to_be_visible()
    guest.open_drawer()
    page.get_by_role("button", name="Kill -9").click()
    weather = page.locator(".remark", has_text="The bot is")
    expect(weather).to_have_text("The bot is killed")

    guest.send("alice", "/envaccess list")
    expect(guest.seat("alice").locator(".composer .trouble")).to_be_visible()
    expect(approve).to_be_visible()

    page.get_by_role("button", name="Start", exact=True).click()
    expect(weather).to_have_count(0, timeout=STARTING_MS)
    approve.click()
    expect(guest.event("request.approved")).to_have_count(1)
    expect(approve).to_have_count(0, timeout=LEASE_MS)
    guest.visit("alice", "bot")
    expect(guest.button("alice", "Reveal")).to_be_visible(timeout=LEASE_MS)


def test_while_slack_says_429_alice_is_told_that_nothing_was_done_and_afterwards_it_is(
    guest: BrowserUser,
) -> None:
    page, asked = guest.page, "/envaccess SENTRY_TOKEN 1h after the bad weather"
    guest.open_drawer()
    page.get_by_role("switch", name="429").click()
    weather = page.locator(".remark", has_text="Slack says 429")
    expect(weather).to_be_visible()
    guest.send("alice", asked)
    expect(guest.seat("alice").locator(".ephemeral")).to_contain_text("Nothing was done")
    page.get_by_role("switch", name="429").click()
    expect(weather).to_have_count(0)
    guest.send("alice", asked)
    guest.visit("bob", "approvers")
    expect(guest.message("bob", "after the bad weather")).to_be_visible()
