"""`envaccess signals`: what is unusual, and what a week was like."""

import click

from envaccess.cli.lazy import Entry, LazyGroup

_ENTRIES = {
    "replay": Entry(
        "envaccess.cli.signals_replay:replay", "Say what the rules of now find in an exported stream."
    ),
    "digest": Entry(
        "envaccess.cli.signals_digest:digest",
        "Print what the last week was like, and what waits for somebody.",
    ),
}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def signals() -> None:
    """See what is unusual, and what a week was like."""
