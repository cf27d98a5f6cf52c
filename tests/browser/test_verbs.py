"""By clicks: what else there is to do with a request, and the Home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.demo_browser import ready_demo
from tests.browser.test_reach import complaints, scrolls_sideways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.demo_browser import BrowserUser


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with ready_demo(browser) as printed:
        yield printed


def test_an_approver_approves_some_of_the_names_for_a_shorter_time(guest: BrowserUser) -> None:
    guest.send("alice", "/envaccess STRIPE_KEY,SENTRY_TOKEN,staging/DB_URL 2h comparing three things")
    guest.visit("bob", "approvers")
    guest.press("bob", "Approve less…")
    form = guest.seat("bob").locator(".dialog")
    form.get_by_role("checkbox", name="SENTRY_TOKEN").uncheck()
    form.get_by_role("combobox").click()
    form.get_by_role("option", name="30 minutes").click()
    assert complaints(guest.page) == []
    guest.press("bob", "Approve")
    expect(form).to_contain_text("Approved: @Alice Archer has STRIPE_KEY and staging/DB_URL for 30 minutes")
    guest.press("bob", "Close")
    request = guest.message("bob", "comparing three things").first
    expect(request).to_contain_text("@Bob Baker approves less: without SENTRY_TOKEN and for a shorter time")
    guest.visit("alice", "bot")
    guest.press("alice", "Reveal")
    expect(guest.seat("alice").locator("[data-value]")).to_have_count(2)


def test_a_question_is_answered_and_both_stand_in_the_message(guest: BrowserUser) -> None:
    asked, answer = "Which refund is it about?", "Monday's, <PAY-412> & *friends*"
    guest.send("alice", "/envaccess SENTRY_TOKEN 1h a question will come")
    guest.visit("bob", "approvers")
    guest.press("bob", "Ask…")
    guest.fill_in("bob", asked, "Ask")
    request = guest.message("bob", "a question will come").first
    expect(request).to_contain_text("Answer: (none yet)")
    guest.visit("alice", "bot")
    expect(guest.message("alice", asked).last).to_contain_text("@Bob Baker asks @Alice Archer")
    guest.press("alice", "Answer")
    guest.fill_in("alice", answer, "Send")
    expect(request).to_contain_text(f"Answer: {answer}")
    expect(guest.open_thread("bob")).to_contain_text("answered. Please decide above")
    guest.press("bob", "Approve")
    expect(request).to_contain_text("Approved by @Bob Baker")


def test_access_that_ends_soon_says_so_and_is_prolonged_without_a_gap(guest: BrowserUser) -> None:
    guest.have_access("staging/DB_URL", spell="9m", why="looking at slow queries")
    guest.open_drawer()
    for _ in range(8):
        guest.page.get_by_role("button", name="+1 min", exact=True).click()
    expect(guest.event("grant.expiring")).to_have_count(1)
    guest.page.get_by_label("Close backstage").click()
    card = guest.message("alice", "It ends soon")
    expect(card).to_contain_text("Do you need it longer?")
    guest.press("alice", "Extend")
    guest.fill_in("alice", "the queries are slower than slow", "Ask")
    guest.visit("bob", "approvers")
    request = guest.message("bob", "slower than slow").first
    expect(request).to_contain_text("asks to keep staging/DB_URL for 1 hour more")
    guest.press("bob", "Approve")
    expect(request).to_contain_text("Approved by @Bob Baker")
    expect(guest.message("alice", "It ends soon")).to_have_count(0)
    expect(guest.message("alice", "You have access to staging/DB_URL").last).to_be_visible()


def test_everything_of_somebody_is_at_home_and_can_be_done_there(guest: BrowserUser) -> None:
    guest.send("alice", "/envaccess STRIPE_KEY 1h deciding at home")
    mine = guest.open_home("alice")
    expect(mine).to_contain_text("You asked")
    theirs = guest.open_home("bob")
    expect(theirs).to_contain_text("deciding at home")
    theirs.get_by_role("button", name="Deny", exact=True).first.click()
    guest.fill_in("bob", "not on a Friday", "Deny")
    expect(theirs).not_to_contain_text("deciding at home")
    expect(mine).to_contain_text("Denied")
    mine.get_by_role("button", name="Ask again").first.click()
    answer = guest.seat("alice").locator(".dialog")
    expect(answer).to_contain_text("Filed as request")
    expect(answer).to_contain_text("can decide")
    assert complaints(guest.page) == []
    guest.press("alice", "Close")
    expect(theirs).to_contain_text("deciding at home")
    theirs.get_by_role("button", name="Approve", exact=True).first.click()
    expect(theirs).not_to_contain_text("deciding at home")
    expect(mine).to_contain_text("You hold")
    mine.get_by_role("button", name="Reveal").first.click()
    expect(answer).to_contain_text("Look at your direct messages")
    guest.press("alice", "Close")
    guest.seat("alice").get_by_role("button", name="Messages", exact=True).click()
    expect(guest.seat("alice").locator("[data-value]").last).to_be_visible()


def test_a_phone_has_room_for_the_forms_and_the_home_tab(caller: BrowserUser) -> None:
    caller.send("alice", "/envaccess STRIPE_KEY,staging/DB_URL 2h on a phone")
    caller.visit("bob", "approvers")
    caller.press("bob", "Approve less…")
    expect(caller.seat("bob").locator(".dialog")).to_be_in_viewport(ratio=0.9)
    assert not scrolls_sideways(caller.page)
    caller.press("bob", "Approve")
    caller.press("bob", "Close")
    expect(caller.open_home("alice")).to_contain_text("You hold")
    assert not scrolls_sideways(caller.page)
    assert complaints(caller.page) == []
