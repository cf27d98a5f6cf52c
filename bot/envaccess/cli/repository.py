"""What git says of a file."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

_SECONDS: Final = 10
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")
"""Nothing that a repository's own configuration names is run."""


def was_committed(path: Path) -> bool:
    """Whether a file is in its repository's index or history; False where git cannot say."""
    git = shutil.which("git")
    return bool(git) and any(
        _says(str(git), path.parent, *asked, "--", path.name)
        for asked in (("ls-files",), ("log", "--all", "--max-count=1", "--format=%H", "--no-textconv"))
    )


def _says(git: str, folder: Path, *asked: str) -> bool:
    """Whether git answers with something."""
    try:
        done = subprocess.run(  # noqa: S603 - git itself, and words of ours
            [git, *_QUIET, "-C", str(folder), *asked],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and bool(done.stdout.strip())
