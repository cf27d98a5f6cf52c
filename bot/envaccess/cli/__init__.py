"""The command `envaccess`. Light to start: a command's module is loaded when that command is invoked.

Exit codes of operators' commands: 0 done; 1 refused or failed; 2 a wrong setting or wrong usage; 130 after
Ctrl-C; 141 when whoever read our output stopped reading. What people run has its own (`exit_codes`).
"""

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from envaccess import __version__
from envaccess.cli.exit_codes import ReaderGoneError, end
from envaccess.cli.lazy import WORKSPACE_MEANT, Entry, LazyGroup

_COMMANDS = {
    "login": Entry("envaccess.cli.sessions:login", "Sign this terminal in, beginning in Slack."),
    "logout": Entry("envaccess.cli.sessions:logout", "End this terminal's session, or all of yours."),
    "whoami": Entry("envaccess.cli.whoami:whoami", "Say who is signed in here, to what, and for how long."),
    "request": Entry("envaccess.cli.requests:request", "Ask for variables, and wait until somebody decides."),
    "status": Entry("envaccess.cli.requests:status", "Show your own requests and what became of them."),
    "list": Entry(
        "envaccess.cli.requests:list_variables",
        "List the variables and sets that can be asked for.",
    ),
    "cancel": Entry("envaccess.cli.requests:cancel", "Withdraw a request of yours that waits."),
    "end": Entry("envaccess.cli.requests:end", "End access of yours before its time."),
    "run": Entry("envaccess.cli.run:run", "Run a command with variables, for as long as access lasts."),
    "get": Entry("envaccess.cli.get:get", "Show one value of access that you have."),
    "init": Entry(
        "envaccess.cli.init:init", "Write .envaccess.toml here: what commands in this repository need."
    ),
    "trust": Entry(
        "envaccess.cli.project_prompt:trust", "Trust the nearest .envaccess.toml as it stands, names shown."
    ),
    "agent": Entry(
        "envaccess.cli.agent:agent",
        "Start, list and end agents, which see no values.",
    ),
    "broker": Entry(
        "envaccess.cli.broker:broker", "Let a program call services with values that it never sees."
    ),
    "mcp": Entry("envaccess.cli.mcp:mcp", "Serve MCP: a program asks for access and makes calls, by tools."),
    "completion": Entry(
        "envaccess.cli.completing:completion",
        "Print what makes a shell complete names.",
    ),
    "serve": Entry("envaccess.cli.serve:serve", "Run the bot until it is told to stop."),
    "doctor": Entry(
        "envaccess.cli.doctor:doctor", "Check tokens, channels, Redis and keys; say how to mend faults."
    ),
    "secrets": Entry("envaccess.cli.secrets:secrets", "Set, read, list, delete, import and reseal values."),
    "lock": Entry(
        "envaccess.cli.locks:lock",
        "End live grants of a person or a variable, and let nothing be filed, approved or revealed.",
    ),
    "unlock": Entry("envaccess.cli.locks:unlock", "Lift a lock. What it ended stays ended."),
    "locks": Entry("envaccess.cli.locks:locks", "Print who and what is locked, by whom, since when and why."),
    "exposure": Entry(
        "envaccess.cli.exposure:exposure",
        "Print every value that is current and that somebody has seen, the worst first.",
    ),
    "rotate": Entry("envaccess.cli.rotations:rotate", "Have a value replaced that people have seen."),
    "rotations": Entry(
        "envaccess.cli.rotations:rotations",
        "Print what is being rotated: what is due, under way, failed or blocked.",
    ),
    "leases": Entry(
        "envaccess.cli.leases:leases", "See to logins that sources made, until nothing of them is left."
    ),
    "audit": Entry("envaccess.cli.audit:audit", "Read the audit stream, and check it."),
    "review": Entry("envaccess.cli.review:review", "Have who may have what looked at, item by item."),
    "report": Entry(
        "envaccess.cli.report:report",
        "Write evidence for auditors: access, decisions, reviews.",
    ),
    "signals": Entry("envaccess.cli.signals:signals", "See what is unusual, and what a week was like."),
    "sinks": Entry("envaccess.cli.sinks:sinks", "See to the systems that events are sent to."),
    "backup": Entry(
        "envaccess.cli.backup:backup", "Write a workspace's records, events and sealed values to FILE."
    ),
    "restore": Entry("envaccess.cli.backup:restore", "Put a workspace back as FILE has it."),
    "policy": Entry("envaccess.cli.policy:policy", "Check, explain and try the policy file."),
    "sources": Entry("envaccess.cli.sources:sources", "Check the file of sources, and try what it says."),
    "keys": Entry("envaccess.cli.keys:keys", "Make master keys."),
    "demo": Entry("envaccess.cli.demo:demo", "See the whole job done, without Slack and without Redis."),
}


class Root(LazyGroup):
    """The outermost group: every way to end is turned into an exit code and at most one sentence."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Invoke the command; a closed pipe is told apart before click makes an exit code of 1 of it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGoneError from None

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ANN401 - click's own signature
        """Run and exit; never a traceback for a fault that somebody foresaw."""
        kwargs.update(prog_name="envaccess", standalone_mode=False)
        sys.exit(end(lambda: super(Root, self).main(*args, **kwargs)))


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"envaccess {__version__}")
        context.exit()


def _keep_workspace(context: click.Context, parameter: click.Parameter, text: str | None) -> None:
    """Keep what every operator's command may ask for."""
    if text:
        from envaccess.cli.host_commands import read_workspace  # noqa: PLC0415 - most commands name none

        context.meta[WORKSPACE_MEANT] = read_workspace(context, parameter, text)


@click.group(cls=Root, entries=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.option(
    "--workspace",
    metavar="ID",
    expose_value=False,
    callback=_keep_workspace,
    help="For operators, where several workspaces are served: the one that is meant.",
)
def root() -> None:
    """Just-in-time access to environment variables, asked for and approved in Slack."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command with these arguments, or with the process's own."""
    root.main(args)
