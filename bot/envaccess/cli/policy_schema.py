"""`envaccess policy schema`: the file's JSON Schema."""

import click

from envaccess.cli.operator_ports import front


@click.command()
@click.pass_context
def schema(context: click.Context) -> None:
    """Print the file's JSON Schema, for editors.

    Editors with the YAML language server use it when the file begins with the line
    `# yaml-language-server: $schema=./policy.schema.json`.
    """
    click.echo(front(context).policies().schema())
