"""What a shell completes: names of variables and sets, and ids of requests; within a second, or nothing."""

import contextlib
import os
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
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Names of variables and sets that begin so; after a comma, the next name; after `--`, the command."""
    if context.params.get("command") is not None:
        return complete_command(context, parameter, incomplete)
    before, comma, last = incomplete.rpartition(",")
    return _items(f"{before}{comma}{name}" for name in _quietly(_names) if name.startswith(last))


def complete_requests(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Ids of one's own requests."""
    return _items(id_ for id_ in _quietly(_ids) if id_.startswith(incomplete))


def _items(words: Iterable[str], kind: str = "plain") -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell needs it

    return [CompletionItem(word, type=kind) for word in words]


def complete_command(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Words of the command after `--`: programs first, files then; of the reason nothing."""
    words = context.params.get("command")
    if words is None:
        return []
    if words or "/" in incomplete:
        return _items([incomplete], "file")
    return _items(name for name in sorted(_programs()) if name.startswith(incomplete))


def _programs() -> set[str]:
    """Names of what is on PATH and can be executed."""
    found: set[str] = set()
    for folder in os.get_exec_path():
        with contextlib.suppress(OSError), os.scandir(folder or os.curdir) as entries:
            found.update(
                entry.name for entry in entries if os.access(entry.path, os.X_OK) and entry.is_file()
            )
    return found


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


_HELP: Final = """Print what makes a shell complete names.

It completes commands, options, variables, sets, and the ids of your requests.

\b
bash: echo 'eval "$(envaccess completion bash)"' >> ~/.bashrc
zsh:  echo 'eval "$(envaccess completion zsh)"' >> ~/.zshrc
fish: envaccess completion fish > ~/.config/fish/completions/envaccess.fish

For zsh, `autoload -U compinit; compinit` has to come before it.
"""


@click.command(
    "completion", cls=ClientCommand, extra=f"completion takes one of {', '.join(SHELLS)}.", help=_HELP
)
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the shell's own script."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only this command needs it

    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "envaccess", _VARIABLE).source())
