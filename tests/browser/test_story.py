"""The whole product by clicks: asked, decided, shown to one person, ended, proven."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from envaccess.domain.variable import Variable
from envaccess_demo.database import find_installed
from envaccess_demo.workspace import made_up
from tests.browser.demo_browser import ready_demo
from tests.browser.test_agent import sign_in, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.demo_browser import BrowserUser

STRIPE = made_up(Variable("default", "STRIPE_KEY"))
SENTRY = made_up(Variable("default", "SENTRY_TOKEN"))
STAGING = re.compile("postgres(ql)?://")
"""Where PostgreSQL is installed it is a login that is made for her."""


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with ready_demo(browser, database=True) as printed:
        yield printed


def test_three_people_live_the_story_and_only_alice_ever_sees_the_value(guest: BrowserUser) -> None:
    alice, bob = guest.seat("alice"), guest.seat("bob")
    box = alice.locator(".composer textarea")
    box.press_sequentially("/")
    expect(alice.get_by_role("option", name="/envaccess")).to_be_visible()
    box.press("Enter")
    box.press_sequentially("STRI")
    alice.get_by_role("option", name="STRIPE_KEY").first.click()
    expect(box).to_have_value("/envaccess STRIPE_KEY ")
    box.press_sequentially("1h debugging a failed refund")
    box.press("Enter")
    expect(alice.locator(".ephemeral")).to_contain_text("STRIPE_KEY")
    expect(bob.locator(".ephemeral")).to_have_count(0)

    guest.visit("bob", "approvers")
    request = guest.message("bob", "debugging a failed refund")
    request.locator("[data-action=approve]").click()
    expect(request.locator("[data-action=approve]")).to_have_count(0)
    expect(request).to_contain_text("Approved")

    guest.visit("alice", "bot")
    guest.press("alice", "Reveal")
    expect(alice.locator("[data-value]")).to_have_text(STRIPE)
    expect(guest.page.get_by_text(STRIPE)).to_have_count(1)

    guest.sit("dana")
    audit = guest.seat("dana")
    audit.locator(".thread-button").last.click()
    expect(audit.locator(".thread-replies")).to_contain_text("revealed", ignore_case=True)
    guest.open_drawer()
    for tag in ("request.created", "request.approved", "grant.revealed"):
        guest.event(tag).locator(".tag").first.click()
    assert guest.page.content().count(STRIPE) == 1


def test_a_revealed_value_is_gone_when_alice_reloads_her_slack(guest: BrowserUser) -> None:
    guest.have_access("SENTRY_TOKEN", why="reading yesterday's crash")
    guest.press("alice", "Reveal")
    expect(guest.seat("alice").locator("[data-value]")).to_have_text(SENTRY)
    guest.seat("alice").get_by_label(re.compile("^Reload")).click()
    expect(guest.seat("alice").locator(".ephemeral")).to_have_count(0)
    expect(guest.page.get_by_text(SENTRY)).to_have_count(0)

    guest.press("alice", "Reveal")
    expect(guest.seat("alice").locator("[data-value]")).to_have_text(SENTRY)
    guest.page.reload()
    expect(guest.button("alice", "Reveal")).to_be_visible()
    expect(guest.seat("alice").locator(".ephemeral")).to_have_count(0)


def test_the_moved_clock_ends_a_grant_and_the_audit_stream_proves_it(guest: BrowserUser) -> None:
    guest.have_access("staging/DB_URL", spell="45m", why="looking at slow queries")
    guest.press("alice", "Reveal")
    expect(guest.seat("alice").locator("[data-value]")).to_have_text(STAGING)
    guest.open_drawer()
    grant = guest.page.locator("[data-grant]", has_text="staging/DB_URL")
    expect(grant.locator(".ttl-left")).to_have_text(re.compile("^4[45]:"))
    guest.page.locator("[data-tour=hour]").click()
    expect(grant).to_have_count(0)
    expect(guest.event("grant.expired").filter(has_text="staging/DB_URL")).to_have_count(1)
    expect(guest.message("alice", "staging/DB_URL").locator("[data-action=reveal]")).to_have_count(0)


@pytest.mark.skipif(find_installed() is None, reason="no PostgreSQL is installed here")
def test_a_program_in_her_terminal_counts_orders_until_its_login_is_ended(guest: BrowserUser) -> None:
    sign_in(guest)
    guest.visit("alice", "terminal")
    rows = typed(guest, 'envaccess run staging/DB_URL 30m "counting orders" -- ./orders', "Waiting")
    guest.visit("bob", "approvers")
    request = guest.message("bob", "counting orders")
    expect(request).to_contain_text("login made for this access alone")
    request.locator("[data-action=approve]").click()
    expect(rows).to_contain_text("orders: I am ev_")
    expect(rows).to_contain_text("orders: there are 3")
    expect(guest.message("bob", "counting orders")).to_contain_text("Approved")
    guest.open_drawer()
    guest.page.locator("[data-tour=hour]").click()
    expect(guest.event("lease.revoked").filter(has_text="staging/DB_URL").first).to_be_visible()
    guest.page.get_by_label("Close backstage").click()
    expect(rows).to_contain_text("[exit code 124]")
