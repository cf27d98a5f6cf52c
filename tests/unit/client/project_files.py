"""Repositories with a project's file, for tests."""

from pathlib import Path

MINIMAL = 'variables = ["STRIPE_KEY"]\nduration = "1h"\nwhy = "run the tests"\n'
FULL = """\
# what `make test` needs
environment = "production"
duration = "1h"
why = "run the tests"

[variables]
required = ["STRIPE_KEY", "staging/DB_URL"]
optional = ["SENTRY_DSN"]
PGPASSWORD = "shared/DB_PASSWORD"
"""


def write_project(folder: Path, text: str = MINIMAL, *, repository: bool = True) -> Path:
    """A folder with a project's file; a repository's root unless said otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    if repository:
        (folder / ".git").mkdir(exist_ok=True)
    path = folder / ".envaccess.toml"
    path.write_text(text, "utf-8")
    return path
