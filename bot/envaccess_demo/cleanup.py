"""Removes the demo's temporary home once the demo has ended: `python -m envaccess_demo.cleanup HOME`.

What still runs in the home ends first: the bot with the demo, and the embedded server with its last user.
"""

import shutil
import sys
from pathlib import Path

from envaccess import wiring
from envaccess.settings import Settings

_GONE_SECONDS = 30.0


def main() -> int:
    """Tidy up; 0 when nothing is left."""
    home = Path(sys.argv[1])
    gone = wiring.wait_gone(Settings.explicit(home=home), _GONE_SECONDS)
    shutil.rmtree(home, ignore_errors=True)
    return 0 if gone and not home.exists() else 1


if __name__ == "__main__":
    sys.exit(main())
