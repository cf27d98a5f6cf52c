"""What the commands that people run in their terminals share: their exit codes, and the session they use."""

import json
from collections.abc import Mapping
from typing import Any

import click

from envaccess.cli.exit_codes import EndedError, ReaderGoneError, explain_to_person
from envaccess.cli.name_arguments import QuietCommand
from envaccess.cli.output import Misuse, say
from envaccess.client.api import ApiClient
from envaccess.client.receipt import local_receipt
from envaccess.client.session import open_client
from envaccess.settings.terminal import TerminalSettings, whole_environment


class ClientCommand(QuietCommand):
    """A command that ends by the second table (`exit_codes`), and repeats nothing that it does not know."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401 - click's own signature
        """Read the arguments."""
        try:
            return super().make_context(*args, **kwargs)
        except click.NoSuchOption:  # its text repeats what was typed
            raise EndedError(explain_to_person(Misuse(self.extra))) from None
        except click.ClickException as error:
            raise EndedError(explain_to_person(error)) from None

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Do it."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, EndedError, ReaderGoneError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - every fault has a code of this table
            code = explain_to_person(error)
        raise EndedError(code)  # out here, so that it holds no frame that saw a value


def signed_in(identity: str | None, program: str) -> ApiClient:
    """A client for the session that is meant; it says once that the server does not answer.

    Args:
        identity: where the token of a pipeline's run is, as typed; None for what ENVACCESS_IDENTITY says.
        program: what it is for.

    Raises:
        NotSignedInError: there is none.
        ClientError: it cannot be used.
    """
    settings = TerminalSettings.look(identity=identity)
    if not settings.identity:
        return open_client(settings, say)
    from envaccess.client.pipeline import find_source  # noqa: PLC0415 - people do without
    from envaccess.client.pipeline_session import open_run  # noqa: PLC0415

    source = find_source(settings.identity, whole_environment(), settings)
    return open_run(settings, source, local_receipt(program), say)


def print_json(told: Mapping[str, Any]) -> None:
    """One object on stdout, on one line, in ASCII."""
    click.echo(json.dumps(told))


IDENTITY = click.option(
    "--identity",
    metavar="FROM",
    help="Act as a run of a pipeline: auto, github, gitlab, kubernetes or file:PATH.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
