"""The playground in a browser: one page on loopback where somebody sits in everybody's seat.

    clock = MovableClock()
    async with SlackEmulator(clock=clock) as slack:
        ...                              # people, channels, a bot
        async with Page(slack, clock, program, backend).served() as address:
            print(address)

What travels between the page and this server is told in `protocol.md` beside this file.
"""

from envaccess_demo.page.backend import Backend, GrantFacts, Standing
from envaccess_demo.page.clock import MovableClock
from envaccess_demo.page.page import Page
from envaccess_demo.page.workspace_view import Program

__all__ = ["Backend", "GrantFacts", "MovableClock", "Page", "Program", "Standing"]
