"""What is typed: a form that is filled in wrongly first, and text that would rather be something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.demo_browser import BrowserUser

ATTACK = (
    "<!channel> <@U0OTHER> *loud* `code` :tada: "
    "<img src=x onerror=document.title='owned'> <script>document.title='owned'</script>"
)


def test_a_form_with_wrong_fields_says_so_keeps_what_was_typed_and_goes_through_corrected(
    guest: BrowserUser,
) -> None:
    guest.send("alice", "/envaccess")
    form = guest.seat("alice").locator(".dialog")
    names, why = form.get_by_label("Which variables?").first, form.get_by_label("Why do you need it?")
    names.fill("no such name")
    guest.seat("alice").get_by_role("option", name=re.compile("Nothing matches")).click()
    guest.press("alice", "Ask")
    expect(form.get_by_role("alert")).to_have_text("Please complete this required field.")
    expect(why).to_be_focused()

    why.fill("to find the crash of last night")
    guest.press("alice", "Ask")
    expect(form.get_by_role("alert")).to_contain_text("choose at least one", ignore_case=True)
    expect(why).to_have_value("to find the crash of last night")

    form.get_by_label(re.compile("^Remove")).click()
    names.fill("SENTRY")
    guest.seat("alice").get_by_role("option", name="SENTRY_TOKEN").click()
    guest.press("alice", "Ask")
    expect(form).to_contain_text("can decide")
    guest.press("alice", "Close")
    expect(form).to_have_count(0)
    guest.visit("bob", "approvers")
    expect(guest.message("bob", "to find the crash of last night")).to_contain_text("SENTRY_TOKEN")


def test_mentions_links_and_html_in_a_reason_stay_text(guest: BrowserUser) -> None:
    guest.send("alice", f"/envaccess STRIPE_KEY 30m {ATTACK}")
    guest.visit("bob", "approvers")
    why = guest.seat("bob").locator(".section .words", has_text="Why:").last
    expect(why).to_have_text(f"Why: {ATTACK}")
    expect(why.locator("*")).to_have_count(0)
    at_home = guest.open_home("bob").locator(".section .words", has_text="Why: <!channel>")
    expect(at_home).to_have_text(f"Why: {ATTACK}")
    expect(at_home.locator("*")).to_have_count(0)
    guest.open_drawer()
    expect(guest.event("request.created").first).to_be_visible()
    expect(guest.page).to_have_title(re.compile("^(?!.*owned)"))


def test_a_mention_of_a_colleague_is_drawn_as_one_and_html_beside_it_stays_text(guest: BrowserUser) -> None:
    box = guest.seat("alice").locator(".composer textarea")
    box.press_sequentially("hi @bo")
    box.press("Enter")
    expect(box).to_have_value("hi @bob ")
    box.press_sequentially("<b>&amp;</b> <!here>")
    box.press("Enter")
    guest.visit("bob", "general")
    words = guest.message("bob", "hi @Bob Baker").locator(".words").last
    expect(words).to_contain_text("<b>&amp;</b> <!here>")
    expect(words.locator(".chip")).to_have_text(["@Bob Baker"])
    expect(words.locator("b, strong")).to_have_count(0)
