"""The page's agent, as the tour leads it: it asks and calls, and whatever it tries, it sees no value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from envaccess.domain.variable import Variable
from envaccess_demo.workspace import made_up
from tests.browser.demo_browser import visitor
from tests.browser.test_reach import complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

    from tests.browser.demo_browser import BrowserUser

VALUE = made_up(Variable("tracker", "API_TOKEN"))
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}")
NUMBER = re.compile(r"\n\s+(\d\d)\s")
LAST_STEP = 7


def typed(user: BrowserUser, text: str, answer: str) -> Locator:
    """Type a line into the terminal that Alice has open; its rows, once they say this."""
    rows = user.page.locator(".xterm-rows")
    expect(rows).to_contain_text("$ ")
    user.page.keyboard.type(f"{text}\n")
    expect(rows).to_contain_text(answer)
    return rows


def sign_in(user: BrowserUser) -> None:
    """What the third part of the tour does."""
    user.send("alice", "/envaccess login")
    answer = user.message("alice", "type this code there").last
    expect(answer).to_contain_text(CODE)
    code = CODE.search(answer.inner_text())
    assert code
    user.visit("alice", "terminal")
    typed(user, "envaccess login", "not shown")
    user.page.keyboard.type(f"{code[0]}\n")
    rows = user.page.locator(".xterm-rows")
    expect(rows).to_contain_text("Pick it there")
    number = NUMBER.search(rows.inner_text())
    assert number
    user.visit("alice", "bot")
    user.press("alice", number[1])
    expect(user.message("alice", "Signed in as you").last).to_be_visible()


def part_five(user: BrowserUser) -> Locator:
    """Skip what comes before it; the tour."""
    tour = user.page.locator(".tour")
    for label in ("Two steps, and an emergency", "In a terminal", "In a pipeline", "With an agent"):
        while not tour.get_by_role("button", name=label).count():
            tour.get_by_role("button", name="Skip").click()
        tour.get_by_role("button", name=label).click()
    return tour


def test_an_agent_asks_and_calls_as_the_tour_says_and_never_sees_the_value(
    browser: Browser, address: str
) -> None:
    with visitor(browser, address, touring=True) as alice:
        sign_in(alice)
        tour = part_five(alice)

        def follow(number: int, button: str) -> None:
            expect(tour).to_contain_text(f"Part five, {number} of {LAST_STEP}")
            tour.get_by_role("button", name=button).click()

        def types_it(number: int, text: str, answer: str) -> None:
            follow(number, "Type it for me")
            rows = alice.page.locator(".xterm-rows")
            expect(rows).to_contain_text(f"$ {text}")
            alice.page.keyboard.press("Enter")
            expect(rows).to_contain_text(answer)

        types_it(1, "envaccess broker triage --for 1h", "Press Start for triage")
        follow(2, "Show me")
        alice.press("alice", "Start")
        types_it(3, "ask", "proposed: request")
        follow(4, "Show me")
        alice.press("alice", "Let it ask")
        follow(5, "Show me")
        request = alice.message("bob", "sort the new issues")
        expect(request).to_contain_text("Agent triage of @Alice Archer")
        request.locator("[data-action=approve]").click()
        types_it(6, "issues", f"a token of {len(VALUE)} characters")
        types_it(7, "print", "it was cut off and the access ended")
        expect(tour).to_contain_text("a value that it never saw")
        typed(alice, "issues", "no_access")
        alice.visit("alice", "terminal")
        rows = alice.page.locator(".xterm-rows")
        expect(rows).to_contain_text("Ctrl-C ends it")
        alice.page.keyboard.press("Control+c")
        expect(rows).to_contain_text("Agent triage has ended")
        alice.open_drawer()
        expect(alice.event("grant.revoked")).to_contain_text("echo")
        assert VALUE not in alice.page.content()
        assert complaints(alice.page) == []
