"""`python -m slack_emulator`: a local Slack with a page, until Ctrl-C."""

import argparse
import asyncio
import contextlib
import dataclasses
import sys
from pathlib import Path

from slack_emulator import workspace_file
from slack_emulator.emulator import SlackEmulator
from slack_emulator.page import Page, PortError, Program
from slack_emulator.workspace_file import ChannelEntry, PersonEntry, WorkspaceFile, WorkspaceFileError

_PORT_MOST = 65_535


def main(arguments: list[str] | None = None) -> None:
    """Serve until Ctrl-C; what an app needs goes to the standard output, words to the standard error."""
    given = _parser().parse_args(arguments)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(_workspace(given), given))
    except (WorkspaceFileError, PortError) as error:
        sys.exit(f"slack_emulator: {error}")
    except OSError:
        sys.exit(f"slack_emulator: --port {given.port} cannot be listened on: choose another")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slack_emulator", description="A local Slack, for this machine.")
    add = parser.add_argument
    add("--workspace", type=Path, metavar="FILE", help="who and what is in it, as TOML")
    add("--person", action="append", metavar="NAME", help="somebody in it (may be repeated)")
    add("--channel", action="append", metavar="NAME", help="a channel with everybody in it")
    add("--command", action="append", metavar="/NAME", help="a command of the app; without any, all are sent")
    add("--http", metavar="URL", help="post signed requests to this URL; without it, Socket Mode")
    add("--port", type=_port, default=0, help="the Web API's port; any free one if not given")
    add("--page-port", type=_port, default=0, help="the page's port; any free one if not given")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _PORT_MOST:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {_PORT_MOST}")
    return int(text)


def _workspace(given: argparse.Namespace) -> WorkspaceFile:
    """The file's workspace, or the usual one; what flags name comes in place of it."""
    workspace = workspace_file.read(given.workspace) if given.workspace else WorkspaceFile()
    return dataclasses.replace(
        workspace,
        people=[PersonEntry(name) for name in given.person or ()] or workspace.people,
        channels=[ChannelEntry(name) for name in given.channel or ()] or workspace.channels,
        commands=[f"/{name.removeprefix('/')}" for name in given.command or ()] or workspace.commands,
    )


async def _serve(workspace: WorkspaceFile, given: argparse.Namespace) -> None:
    slack = SlackEmulator(
        port=given.port,
        bot_name=workspace.bot,
        scopes=workspace_file.SCOPES,
        events=workspace.events,
    )
    async with slack:
        workspace_file.fill(slack, workspace)
        if given.http:
            slack.http_target(given.http)
        async with Page(slack, _program(workspace)).served(given.page_port) as address:
            _tell(slack, address)
            await asyncio.Event().wait()


def _program(workspace: WorkspaceFile) -> Program:
    return Program(
        [{"command": name, "usage_hint": "", "description": "", "verbs": []} for name in workspace.commands]
    )


def _tell(slack: SlackEmulator, address: str) -> None:
    """The app's settings as lines for a shell, and where the page is."""
    lines = (
        f"SLACK_API_URL={slack.api_url}",
        f"SLACK_BOT_TOKEN={slack.bot_token}",
        f"SLACK_APP_TOKEN={slack.app_token}",
        f"SLACK_SIGNING_SECRET={slack.signing_secret}",
    )
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what this program is started for
    print(  # noqa: T201 - the same
        f"The workspace is open at {address}\nIts tokens open nothing else. Ctrl-C ends it.",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()
