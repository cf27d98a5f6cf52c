"""What the demo adds to the emulator's page; `protocol.md` beside this file has its frames."""

from envaccess_demo.page.backend import Backend, GrantFacts, Standing, TreeFacts
from envaccess_demo.page.clock import MovableClock
from envaccess_demo.page.extension import DemoExtension

__all__ = ["Backend", "DemoExtension", "GrantFacts", "MovableClock", "Standing", "TreeFacts"]
