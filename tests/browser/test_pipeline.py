"""The page's pipeline: a push, a run that asks with a signed token, and a log without the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from envaccess.domain.variable import Variable
from envaccess_demo.workspace import made_up

if TYPE_CHECKING:
    from tests.browser.demo_browser import BrowserUser

VALUE = made_up(Variable("release", "DEPLOY_KEY"))


def test_a_run_asks_for_itself_and_its_log_never_shows_the_value(guest: BrowserUser) -> None:
    guest.until_ready()
    guest.visit("alice", "pipeline")
    rows = guest.page.locator(".xterm-rows")
    expect(rows).to_contain_text("shop $")
    guest.page.keyboard.type("push\n")
    guest.visit("bob", "approvers")
    request = guest.message("bob", "deploy of v42")
    expect(request).to_contain_text("deploy (pipeline) started by @Alice Archer asks for release/DEPLOY_KEY")
    expect(request).to_contain_text("Repository acme/shop")
    expect(request).to_contain_text("who is @Alice Archer")
    link = request.get_by_role("link", name="the run")
    assert (link.get_attribute("href") or "").startswith("https://demo.example/acme/shop/actions/runs/")
    request.locator("[data-action=approve]").click()
    expect(rows).to_contain_text("and print it: ***")
    expect(rows).to_contain_text("exit code 0")
    assert VALUE not in guest.page.content()
    assert guest.faults == []
