"""`envaccess secrets`: the values that can be asked for."""

import click

from envaccess.cli.lazy import Entry, LazyGroup

_COMMANDS = {
    "set": Entry(
        "envaccess.cli.secrets_set:set_value", "Store a value, typed at a prompt or given on stdin."
    ),
    "read": Entry(
        "envaccess.cli.secrets_read:read", "Print one value, for when Slack is away; audited by name."
    ),
    "list": Entry("envaccess.cli.secrets_list:list_names", "Print the names of all variables."),
    "delete": Entry("envaccess.cli.secrets_delete:delete", "Delete a value and end its grants."),
    "import": Entry("envaccess.cli.secrets_import:import_file", "Store every value of an .env file."),
    "reseal": Entry("envaccess.cli.secrets_reseal:reseal", "Put every value under the first master key."),
}


@click.group(cls=LazyGroup, entries=_COMMANDS)
def secrets() -> None:
    """Set, read, list, delete, import and reseal values."""
