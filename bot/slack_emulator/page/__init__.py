"""The workspace in a browser: one page on loopback where somebody acts as each of its people.

    async with SlackEmulator() as slack:
        ...                              # people, channels, an app
        async with Page(slack).served() as address:
            print(address)

What travels between the page and this server is told in `protocol.md` beside this file.
"""

from slack_emulator.page.extension import Control, PageExtension
from slack_emulator.page.page import Page
from slack_emulator.page.requests import PageRequest, PageRequestError
from slack_emulator.page.server import PortError
from slack_emulator.page.workspace_view import Program
from slack_emulator.terminal import TerminalProgram

__all__ = [
    "Control",
    "Page",
    "PageExtension",
    "PageRequest",
    "PageRequestError",
    "PortError",
    "Program",
    "TerminalProgram",
]
