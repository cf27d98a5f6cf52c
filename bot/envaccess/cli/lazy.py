"""A group whose commands are only names and sentences until one of them is invoked."""

import contextlib
import gc
import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_ALIKE = 0.6

WORKSPACE_MEANT: Final = "envaccess.workspace"
"""Where the outermost group keeps, in click's `meta`, which workspace was named before the command."""


class Entry(NamedTuple):
    """A command that is not loaded yet.

    Attributes:
        place: `module:attribute`.
        help: its line in the group's help.
    """

    place: str
    help: str


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile, nor ever again among what is there by then: modules are none."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class LazyGroup(click.Group):
    """Loads a command's module when it is invoked, and does not repeat what it cannot understand."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Names in the order in which a newcomer needs them."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load the command; None for a name that is none."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.place.partition(":")
        with uncollected():
            command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Names that begin so, without loading any; after them what click itself completes, the options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell needs it

        found = [
            CompletionItem(name, help=entry.help)
            for name, entry in self.entries.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; what is none is not echoed, since it may be a value in the wrong place."""
        if args[0] not in self.entries and not ctx.resilient_parsing:
            self._refuse(ctx, args[0])
        return super().resolve_command(ctx, args)

    def _refuse(self, ctx: click.Context, typed: str) -> NoReturn:
        import difflib  # noqa: PLC0415 - only a mistake needs it

        near = difflib.get_close_matches(typed, self.entries, n=1, cutoff=_ALIKE)
        meant = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(self.entries)}."
        ctx.fail(f"There is no such command: {meant}")
