"""The page of the emulator started by itself: an app is tried by hand, without anything of the product."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.demo_browser import BrowserUser, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_ROOT = Path(__file__).parents[2]
_APP = """
import os, sys
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

app = App(client=WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]))
button = {"type": "button", "action_id": "wave", "text": {"type": "plain_text", "text": "Wave"}}

@app.message("hello")
def greet(message, say):
    say(text="Hey there", blocks=[{"type": "actions", "elements": [button]}])

@app.action("wave")
def wave(ack, body, say):
    ack()
    say(f"{body['user']['name']} waves")

handler = SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
handler.connect()
print("connected", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def page_alone(browser: Browser) -> Iterator[BrowserUser]:
    """Somebody at the page of a started emulator, with a small app on it."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(_ROOT / "bot")}
    people = ["--person", "alice", "--person", "bob", "--channel", "general"]
    with subprocess.Popen(  # noqa: S603 - the emulator
        [sys.executable, "-m", "slack_emulator", *people],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as emulator:  # fmt: skip
        assert emulator.stdout
        assert emulator.stderr
        for _ in range(4):
            name, _, value = emulator.stdout.readline().strip().partition("=")
            environment[name] = value
        address = re.search(r"http\S+", emulator.stderr.readline())
        assert address
        with subprocess.Popen(  # noqa: S603 - the app above
            [sys.executable, "-c", _APP], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as app:  # fmt: skip
            assert app.stdout
            assert app.stdout.readline() == "connected\n"
            with visitor(browser, address[0]) as came:
                yield came
            app.kill()
        emulator.kill()


def test_an_app_is_tried_by_hand_on_a_page_without_anything_of_the_product(page_alone: BrowserUser) -> None:
    page = page_alone.page
    expect(page).to_have_title("Slack emulator")
    box = page_alone.seat("alice").locator(".composer textarea")
    box.fill("hello")
    box.press("Enter")
    page_alone.button("bob", "Wave").click()
    expect(page_alone.message("alice", "bob waves")).to_be_visible()
    page.get_by_role("button", name="Backstage").click()
    expect(page.get_by_label("Calls", exact=True)).to_contain_text("chat.postMessage")
    expect(page.get_by_role("button", name="Tour")).to_have_count(0)
    expect(page.get_by_role("group", name="Redis")).to_have_count(0)
    page.get_by_role("switch", name="down").click()
    expect(page.get_by_text("Slack is down")).to_be_visible()
    assert page_alone.faults == []
