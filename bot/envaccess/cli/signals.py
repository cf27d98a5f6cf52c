"""`envaccess signals`: what is unusual, and what a week was like."""

import click

from envaccess.cli.lazy import Entry, LazyGroup

_ENTRIES = {
    "digest": Entry(
        "envaccess.cli.signals_digest:digest",
        "Print what the last week was like, and what waits for somebody.",
    ),
}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def signals() -> None:
    """See what is unusual, and what a week was like."""
