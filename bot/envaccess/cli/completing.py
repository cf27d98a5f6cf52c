"""What a shell completes: names of variables and sets, and ids of requests; within a second, or nothing."""

import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import click

from envaccess.cli.client_command import ClientCommand
from envaccess.client.api import ApiClient
from envaccess.client.session import open_client
from envaccess.settings.terminal import TerminalSettings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SECONDS: Final = 1.0
SHELLS: Final = ("bash", "zsh", "fish")
_VARIABLE: Final = "_ENVACCESS_COMPLETE"


def complete_variables(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Names of variables and sets that begin so; after a comma, the next name."""
    before, comma, last = incomplete.rpartition(",")
    return _items(f"{before}{comma}{name}" for name in _quietly(_names) if name.startswith(last))


def complete_requests(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Ids of one's own requests."""
    return _items(id_ for id_ in _quietly(_ids) if id_.startswith(incomplete))


def _items(words: Iterable[str]) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell needs it

    return [CompletionItem(word) for word in words]


def _names() -> Iterable[str]:
    with _client() as client:
        told = client.variables()
    yield from (variable.label for variable in told.variables)
    yield from (f"@{each.name}" for each in told.sets)


def _ids() -> Iterable[str]:
    with _client() as client:
        yield from (request.id for request in client.requests())


def _client() -> ApiClient:
    return open_client(TerminalSettings.look())


def _quietly(ask: Callable[[], Iterable[str]]) -> list[str]:
    """What a server says within a second; nothing where it does not, or nobody is signed in."""
    found: list[str] = []

    def work() -> None:
        with contextlib.suppress(Exception):  # a prompt is no place for a fault
            found.extend(ask())

    asking = threading.Thread(target=work, daemon=True)
    asking.start()
    asking.join(_SECONDS)
    return list(found)


@click.command("completion", cls=ClientCommand, extra=f"completion takes one of {', '.join(SHELLS)}.")
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    r"""Print what makes a shell complete names.

    It completes commands, options, variables, sets, and the ids of your requests.

    \b
    bash: echo 'eval "$(envaccess completion bash)"' >> ~/.bashrc
    zsh: echo 'eval "$(envaccess completion zsh)"' >> ~/.zshrc
    fish: envaccess completion fish > ~/.config/fish/completions/envaccess.fish
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only this command needs it

    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "envaccess", _VARIABLE).source())
