"""Photograph the running page for README: `PYTHONPATH=. python docs/images/make.py [FOLDER]` (by `chromium`).

`envaccess demo --web` runs, people live its stories in it by clicks, and what they see is photographed.
Nothing in the pictures is drawn or typed by hand. The fonts are the machine's (`fonts-inter`).
"""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from palette import with_palette
from playwright.sync_api import expect

from tests.browser.demo_browser import chromium, demo, visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Locator, ViewportSize

    from tests.browser.demo_browser import BrowserUser

MOST_BYTES = 60_000
"""README loads them all."""

MARGIN = 14
"""Pixels around the Home tab's picture."""

ROOM: "ViewportSize" = {"width": 1500, "height": 900}
PHONE: "ViewportSize" = {"width": 375, "height": 667}
WHY = "debugging a failed refund, ticket PAY-412"
BY_HAND = "paying out a refund by hand, ticket PAY-415"
IN_TERMINAL = "replaying refunds, ticket PAY-418"
LOGIN_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}")
SHOWN_NUMBER = re.compile(r"\n\s+(\d\d)\s")
RELEASE = "deploy of v42"
BROKER = "envaccess broker triage --for 1h"
AGENT_SAYS = "sort the new issues"
DOWN = "checkout is down, the database is full"


def photograph(what: "Locator", target: Path) -> None:
    """Write one element as a PNG, its caret and what moves held still."""
    what.scroll_into_view_if_needed()
    keep(what.screenshot(animations="disabled"), target)


def keep(picture: bytes, target: Path) -> None:
    """Write a picture, unless README should not make anybody load it."""
    small = with_palette(picture)
    if len(small) > MOST_BYTES:
        raise SystemExit(f"{target} would have {len(small)} bytes, more than {MOST_BYTES}")
    target.write_bytes(small)


def story(guest: "BrowserUser", folder: Path) -> None:
    """Ask, approve and reveal, with a picture of each."""
    guest.until_ready()
    guest.send("alice", f"/envaccess STRIPE_KEY 1h {WHY}")
    guest.visit("bob", "approvers")
    request = guest.message("bob", WHY)
    photograph(request, folder / "approval.png")
    request.locator("[data-action=approve]").click()
    guest.visit("alice", "bot")
    guest.button("alice", "Reveal").wait_for()
    photograph(guest.message("alice", "STRIPE_KEY").last, folder / "card.png")
    guest.press("alice", "Reveal")
    value = guest.seat("alice").locator(".ephemeral")
    value.locator("[data-value]").wait_for()
    guest.page.mouse.move(0, 0)  # what is pointed at looks different
    photograph(value, folder / "reveal.png")


def proof(guest: "BrowserUser", folder: Path) -> None:
    """Let the access end, and photograph what Dana reads of it: the request's line and its thread."""
    guest.open_drawer()
    guest.page.locator("[data-tour=hour]").click()
    guest.event("grant.expired").wait_for()
    guest.page.get_by_label("Close backstage").click()
    guest.sit("dana")
    guest.seat("dana").locator(".thread-button").last.click()
    last = guest.message("dana", "grant.expired").last
    last.wait_for()
    first = guest.message("dana", "request.created").last
    first.scroll_into_view_if_needed()
    top, bottom = first.bounding_box(), last.bounding_box()
    assert top
    assert bottom
    height = bottom["y"] + bottom["height"] - top["y"]
    clip: FloatRect = {"x": top["x"], "y": top["y"], "width": top["width"], "height": height}
    keep(guest.page.screenshot(animations="disabled", clip=clip), folder / "audit.png")


def phone(browser: "Browser", address: str, folder: Path) -> None:
    """The value again, on a phone."""
    with visitor(browser, address, size=PHONE) as caller:
        caller.visit("alice", "bot")
        caller.press("alice", "Reveal")
        caller.seat("alice").locator("[data-value]").wait_for()
        caller.page.mouse.move(0, 0)
        photograph(caller.page.locator("body"), folder / "phone.png")


def chain(guest: "BrowserUser", folder: Path) -> None:
    """A chain at its second step, and the Home tab of who is awaited there."""
    guest.send("alice", f"/envaccess emergency production/DB_URL {DOWN}")
    guest.send("alice", f"/envaccess production/STRIPE_KEY 1h {BY_HAND}")
    guest.visit("bob", "approvers")
    request = guest.message("bob", BY_HAND).first
    request.locator("[data-action=approve]").click()
    expect(request).to_contain_text("Step 2 of 2: waits")
    photograph(request, folder / "chain.png")
    home = guest.open_home("carol")
    expect(home).to_contain_text("Waits for you (1)")
    expect(home).to_contain_text("Emergencies to review (1)")
    box = home.locator(".blocks").bounding_box()
    assert box
    keep(guest.page.screenshot(animations="disabled", clip=around(box)), folder / "home.png")


def terminal(guest: "BrowserUser", folder: Path) -> None:
    """Sign Alice's terminal in and run something there, beside who approves it; and her Home tab."""
    page, keys = guest.page, guest.page.keyboard
    guest.send("alice", "/envaccess login")
    answer = guest.message("alice", "type this code there").last
    code = LOGIN_CODE.search(answer.inner_text())
    assert code
    guest.visit("alice", "terminal")
    rows = page.locator(".xterm-rows")
    expect(rows).to_contain_text("alice $")
    keys.type("envaccess login\n")
    expect(rows).to_contain_text("not shown")
    keys.type(f"{code[0]}\n")
    expect(rows).to_contain_text("Pick it there")
    number = SHOWN_NUMBER.search(rows.inner_text())
    assert number
    guest.visit("alice", "bot")
    photograph(guest.message("alice", "wants to sign in as you").last, folder / "login.png")
    guest.press("alice", number[1])
    expect(guest.message("alice", "Signed in as you").last).to_be_visible()
    guest.visit("alice", "terminal")
    expect(rows).to_contain_text("Signed in to")
    keys.type(f'clear\nenvaccess run STRIPE_KEY 1h "{IN_TERMINAL}" -- ./worker\n')
    guest.visit("bob", "approvers")
    request = guest.message("bob", IN_TERMINAL)
    request.locator("[data-action=approve]").click()
    expect(rows).to_contain_text("paid out refund 3")
    page.mouse.move(0, 0)
    photograph(page.locator(".seats"), folder / "terminal.png")
    home = guest.open_home("alice")
    expect(home).to_contain_text("terminal")
    box = home.locator(".blocks").bounding_box()
    assert box
    keep(page.screenshot(animations="disabled", clip=around(box)), folder / "sessions.png")


def pipeline(guest: "BrowserUser", folder: Path) -> None:
    """A push, beside the message that Bob approved, and the log without the value."""
    page = guest.page
    guest.visit("alice", "pipeline")
    rows = page.locator(".xterm-rows")
    expect(rows).to_contain_text("shop $")
    page.keyboard.type("push\n")
    guest.visit("bob", "approvers")
    request = guest.message("bob", RELEASE)
    photograph(request, folder / "pipeline.png")
    request.locator("[data-action=approve]").click()
    expect(rows).to_contain_text("exit code 0")


def agent(guest: "BrowserUser", folder: Path) -> None:
    """An agent that asks, calls, and tries to print the value, and the message that Bob approves."""
    page, keys = guest.page, guest.page.keyboard
    rows = page.locator(".xterm-rows")
    guest.visit("alice", "terminal")
    expect(rows).to_contain_text("worker: ")
    keys.press("Control+c")
    keys.type(f"clear\n{BROKER}\n")
    expect(rows).to_contain_text("Press Start")
    guest.visit("alice", "bot")
    guest.press("alice", "Start")
    guest.visit("alice", "agent")
    expect(rows).to_contain_text("triage $")
    keys.type("ask\n")
    guest.visit("alice", "bot")
    guest.press("alice", "Let it ask")
    guest.visit("bob", "approvers")
    request = guest.message("bob", AGENT_SAYS)
    photograph(request, folder / "agent-asks.png")
    request.locator("[data-action=approve]").click()
    expect(request).to_contain_text("Approved")
    guest.visit("alice", "agent")
    expect(rows).to_contain_text("proposed")
    keys.type("issues\n")
    expect(rows).to_contain_text("200 {")
    keys.type("print\n")
    expect(rows).to_contain_text("502 echo")
    expect(request).to_contain_text("ended early")
    page.evaluate("document.activeElement.blur()")
    frame, last = page.locator(".terminal-frame").bounding_box(), prompt_of(rows).bounding_box()
    assert frame
    assert last
    height = last["y"] + last["height"] - frame["y"] + MARGIN
    clip: FloatRect = {"x": frame["x"], "y": frame["y"], "width": frame["width"], "height": height}
    keep(page.screenshot(animations="disabled", clip=clip), folder / "agent.png")


def prompt_of(rows: "Locator") -> "Locator":
    """The line that waits for a word."""
    return rows.locator("div", has_text="triage $").last


def around(box: "FloatRect") -> "FloatRect":
    """The same place with a margin."""
    return {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }


def main() -> None:
    """Take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    with chromium() as browser, demo() as address, visitor(browser, address, size=ROOM) as guest:
        story(guest, folder)
        phone(browser, address, folder)
        proof(guest, folder)
        chain(guest, folder)
        terminal(guest, folder)
        pipeline(guest, folder)
        agent(guest, folder)


if __name__ == "__main__":
    main()
