"""The playground in a browser: one page on loopback where somebody sits in everybody's seat.

    clock = MovableClock()
    async with Playground(clock=clock) as slack:
        ...                              # people, channels, a bot
        async with Page(slack, clock, program, backstage).served() as address:
            print(address)

What travels between the page and this server is told in `protocol.md` beside this file.
"""

from envaccess_demo.page.backstage import Backstage, GrantFacts, Standing
from envaccess_demo.page.clock import MovableClock
from envaccess_demo.page.house import Page
from envaccess_demo.page.town import Program

__all__ = ["Backstage", "GrantFacts", "MovableClock", "Page", "Program", "Standing"]
