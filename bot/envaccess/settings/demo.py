"""What the demo changes in its own environment."""

import os


def accept_old_postgres() -> None:
    """Use a PostgreSQL older than 16: the demo's is its own, and nobody else has a role in it."""
    os.environ["ENVACCESS_UNSAFE_POSTGRES_15"] = "1"  # noqa: TID251 (for the demo)
