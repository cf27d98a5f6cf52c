"""`envaccess policy`: the policy file."""

import click

from envaccess.cli.lazy import Entry, LazyGroup

_COMMANDS = {
    "check": Entry(
        "envaccess.cli.policy_check:check", "Say what is wrong with a policy file, with lines and mends."
    ),
    "explain": Entry("envaccess.cli.policy_explain:explain", "Say what a request would be told, and why."),
    "test": Entry("envaccess.cli.policy_test:test", "Run the cases kept next to a policy."),
    "schema": Entry("envaccess.cli.policy_schema:schema", "Print the file's JSON Schema, for editors."),
}


@click.group(cls=LazyGroup, entries=_COMMANDS)
def policy() -> None:
    """Check, explain and try the policy file."""
