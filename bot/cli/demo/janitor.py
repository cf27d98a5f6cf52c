"""Removes the demo's temporary home when the demo has ended, however it ended.

Run as `python -m bot.cli.demo.janitor HOME` before anything is put there. What is still running in the home
ends first: the bot with the demo, and the embedded server with its last user.
"""

import shutil
import signal
import sys
from pathlib import Path

from bot.cli.demo.child import wait_for_parent

_GONE_SECONDS = 30.0


def main() -> int:
    """Wait, then tidy up; 0 when nothing is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    wait_for_parent()
    from bot import wiring  # noqa: PLC0415 - heavy
    from bot.settings import Settings  # noqa: PLC0415 - heavy

    home = Path(sys.argv[1])
    gone = wiring.wait_gone(Settings.explicit(home=home), _GONE_SECONDS)
    shutil.rmtree(home, ignore_errors=True)
    return 0 if gone and not home.exists() else 1


if __name__ == "__main__":
    sys.exit(main())
