"""The demo as whoever opens it has it: `envaccess demo --web` as a process, and headless Chromium."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize

CHROMIUM = Path("/usr/bin/chromium")
"""Debian's. Playwright's own browser is never fetched."""

WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

_OFF = (
    "PreloadTopChromeWebUI",  # else each window also loads, unseen, a page of the browser's own
    # What playwright switches off and matters here: the last such flag counts.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "MediaRouter",
    "PaintHolding",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "LensOverlay",
)
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-lcd-text",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_OFF)}",
)
_ROOT = Path(__file__).parents[2]
_TOUR_SEEN = "localStorage.setItem('playground-tour-seen', 'true')"
_ENDS_WITHIN = 20
_PATIENCE_MS = 60_000
"""For a busy machine; what is there sooner is seen sooner."""

_WITHOUT_POSTGRESQL = """
from envaccess_demo import database
database.find_installed = lambda: None
from envaccess.cli import main
main()
"""

Faults = list[str]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a screen."""
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield browser
        browser.close()


def demo(*, database: bool) -> contextlib.AbstractContextManager[str]:
    """Run the demo, with its PostgreSQL or as on a machine that has none; the address that it prints."""
    installed = (str(Path(sys.executable).with_name("envaccess")),)
    command = installed if database else (sys.executable, "-c", _WITHOUT_POSTGRESQL)
    return _printed(*command, "demo", "--web", "--no-browser")


@contextlib.contextmanager
def ready_demo(browser: Browser, *, database: bool = False) -> Iterator[str]:
    """Run the demo until it can be used; the page's address."""
    with demo(database=database) as printed:
        with visitor(browser, printed) as first:
            first.until_ready()
        yield printed


def sample_app() -> contextlib.AbstractContextManager[str]:
    """Run the small app of `sample_app`; the address that it prints."""
    return _printed(sys.executable, "-m", "tests.browser.sample_app")


def terminal_page() -> contextlib.AbstractContextManager[str]:
    """Run the page of `terminal_page`; the address that it prints."""
    return _printed(sys.executable, "-m", "tests.browser.terminal_page")


@contextlib.contextmanager
def _printed(*command: str) -> Iterator[str]:
    with subprocess.Popen(  # noqa: S603 - our own commands
        command,
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        try:
            printed = process.stdout.readline().strip()
            assert printed, f"{command} did not start"
            yield printed
            process.send_signal(signal.SIGINT)
            process.wait(_ENDS_WITHIN)
        finally:
            process.kill()  # it has ended by then, unless something went wrong


@dataclass
class BrowserUser:
    """Somebody at the page, in a browser of their own.

    Attributes:
        faults: what went wrong in the page: exceptions, errors of the console, refused by the CSP.
    """

    context: BrowserContext
    page: Page
    faults: Faults = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def enter(self, address: str) -> BrowserUser:
        """Open the page, and wait until it can be used."""
        self.page.goto(address)
        box = self.seat("alice").locator(".composer textarea")
        expect(box).to_be_visible()
        expect(box).to_have_attribute("placeholder", re.compile("general"))
        return self

    # -- where things are

    def seat(self, name: str) -> Locator:
        """One person's Slack, if they sit."""
        return self.page.locator(f"[data-seat={name}]")

    def message(self, name: str, words: str) -> Locator:
        """The messages with these words that a person has before them."""
        return self.seat(name).locator(".message", has_text=words)

    def button(self, name: str, label: str) -> Locator:
        """The newest button of that label before somebody."""
        return self.seat(name).get_by_role("button", name=label, exact=True).last

    def event(self, tag: str) -> Locator:
        """The audit events of that tag, in the open drawer."""
        return self.page.locator(f"[data-event='{tag}']")

    # -- what people do

    def sit(self, name: str, pane: int = -1) -> None:
        """Somebody takes one of the places on the page, the last one if none is named."""
        if not self.seat(name).count():
            self.page.locator(".seat").nth(pane).locator(f"[data-person={name}]").click()

    def visit(self, name: str, place: str) -> None:
        """Somebody opens a channel, or `bot`."""
        self.sit(name)
        self.seat(name).locator(f"[data-place={place}]").click()

    def send(self, name: str, text: str, place: str = "general") -> None:
        """Type it all at once, and Enter."""
        self.visit(name, place)
        box = self.seat(name).locator(".composer textarea").last
        box.fill(text)
        box.press("Enter")

    def press(self, name: str, label: str) -> None:
        """Press the newest button of that label."""
        self.button(name, label).click()

    def have_access(self, variable: str, *, spell: str = "1h", why: str) -> None:
        """Alice asks and Bob approves: her direct messages with the bot, with the card."""
        self.send("alice", f"/envaccess {variable} {spell} {why}")
        self.visit("bob", "approvers")
        request = self.message("bob", why)
        request.locator("[data-action=approve]").click()
        expect(request.locator("[data-action=approve]")).to_have_count(0)
        self.visit("alice", "bot")
        expect(self.button("alice", "Reveal")).to_be_visible()

    def open_drawer(self) -> None:
        """Open Backstage."""
        self.page.locator("[data-tour=drawer]").click()

    def open_home(self, name: str) -> Locator:
        """Somebody opens the bot's Home tab; the tab."""
        self.visit(name, "bot")
        self.seat(name).get_by_role("button", name="Home", exact=True).click()
        return self.seat(name).locator(".home")

    def open_thread(self, name: str) -> Locator:
        """Somebody opens the newest thread before them that has replies they have not read; its replies."""
        self.seat(name).locator(".thread-button", has_text="new").last.click()
        return self.seat(name).locator(".thread-replies").last

    def fill_in(self, name: str, words: str, label: str) -> None:
        """Type into the open form's text and send it; what it turns into is read and closed."""
        form = self.seat(name).locator(".dialog")
        form.get_by_role("textbox").last.fill(words)
        self.press(name, label)
        expect(form.get_by_role("textbox")).to_have_count(0)
        self.press(name, "Close")
        expect(form).to_have_count(0)

    def move_clock(self, label: str, tag: str) -> None:
        """Press a button of the clock, by its label, until an event of that tag is there."""
        self.open_drawer()
        before = self.event(tag).count()
        self.page.get_by_role("button", name=label, exact=True).click()
        expect(self.event(tag)).not_to_have_count(before)
        self.page.get_by_label("Close backstage").click()

    def until_ready(self) -> None:
        """Wait until the bot is up and nothing is out of the ordinary."""
        self.open_drawer()
        expect(self.page.locator(".light-up")).to_have_count(2)
        expect(self.page.locator(".remark")).to_have_count(0)
        self.page.get_by_label("Close backstage").click()


@contextlib.contextmanager
def visitor(
    browser: Browser, address: str, *, size: ViewportSize = WIDE, touring: bool = False, scale: float = 1
) -> Iterator[BrowserUser]:
    """Somebody opens the page; it must not have complained when they leave.

    Args:
        browser: opened by `chromium`.
        address: the page's.
        size: of the window.
        touring: whether it is a first visit, with the tour.
        scale: pixels of the screen to a pixel of the page.
    """
    context = browser.new_context(viewport=size, device_scale_factor=scale)
    context.set_default_timeout(_PATIENCE_MS)
    if not touring:
        context.add_init_script(_TOUR_SEEN)
    guest = BrowserUser(context, context.new_page()).enter(address)
    yield guest
    context.close()
    assert guest.faults == []
