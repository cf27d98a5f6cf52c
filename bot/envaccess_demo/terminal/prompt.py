"""Alice's prompt: `python -m envaccess_demo.terminal.prompt SERVER`, in a pseudo-terminal of the page.

It starts `envaccess` as shells do, in a process group of its own in the foreground: so Ctrl-C reaches that
alone. There is no Ctrl-Z: nobody would bring back what it stops.
"""

import contextlib
import os
import readline
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from typing import Final

import click

from envaccess_demo.child import command
from envaccess_demo.terminal.typed import COMMANDS, TypedError, completer, known_words, read

_TERMINAL: Final = 0
_CLEAR: Final = "\033[H\033[2J\033[3J"
_PROMPT: Final = "\001\033[1;32m\002alice\001\033[0m\002 $ "
"""\\001 and \\002 enclose what takes no room, for readline."""

_WELCOME: Final = """\
Alice's terminal. \033[1menvaccess\033[0m here is the real command.
In Slack, \033[1m/envaccess login\033[0m gives a code for it. Try \033[1mhelp\033[0m.
"""

_HELP: Final = """\
envaccess login             sign in, with the code from Slack
envaccess run NAME TIME WHY -- CMD
                            ask, wait, run CMD till access ends
envaccess broker NAME       let an agent call services; Ctrl-C ends
envaccess status            and list, whoami, get, end, cancel,
                            request, agent, logout; `--help`
clear, exit

CMD is one of
{}
This is no shell: nothing is piped, and nothing else is run.
"""


def main() -> int:
    """Read lines until the end of input."""
    server = sys.argv[1]
    click.echo(_WELCOME)
    for line in lines(_PROMPT, known_words()):
        _do(line, server)
    return 0


def lines(prompt: str, words: Sequence[str]) -> Iterator[str]:
    """What is typed, until `exit` or the end of input; these words are completed."""
    _set_up(words)
    while True:
        try:
            line = input(prompt).strip()
        except KeyboardInterrupt:
            click.echo()
            continue
        except EOFError:
            click.echo()
            return
        if line == "exit":
            return
        yield line


def _set_up(words: Sequence[str]) -> None:
    readline.set_completer_delims(" ")
    readline.set_completer(completer(words))
    readline.parse_and_bind("tab: complete")
    readline.parse_and_bind("Control-z: abort")
    attributes = termios.tcgetattr(_TERMINAL)
    attributes[6][termios.VSUSP] = os.fpathconf(_TERMINAL, "PC_VDISABLE").to_bytes(1, "little")
    termios.tcsetattr(_TERMINAL, termios.TCSANOW, attributes)


def _do(line: str, server: str) -> None:
    if line == "help":
        click.echo(_HELP.format("\n".join(f"  {name:10} {about}" for name, (_, about) in COMMANDS.items())))
    elif line == "clear":
        click.echo(_CLEAR, nl=False)
    else:
        try:
            words = read(line, server)
        except TypedError as error:
            click.echo(str(error))
            return
        if words:
            _run(words)


def _run(words: Sequence[str]) -> None:
    before = termios.tcgetattr(_TERMINAL)
    argv = command("envaccess", *words)
    with subprocess.Popen(argv, process_group=0) as process:  # noqa: S603 - `read` let these words through
        try:
            with _foreground(process.pid):
                code = process.wait()
        finally:
            termios.tcsetattr(_TERMINAL, termios.TCSADRAIN, before)
    if code:
        click.echo(f"\033[2m[exit code {code if code > 0 else 128 - code}]\033[0m")


@contextlib.contextmanager
def _foreground(group: int) -> Iterator[None]:
    """Let a process group have the terminal; who asks for it back from behind would be stopped by SIGTTOU."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with contextlib.suppress(PermissionError, ProcessLookupError):  # it may have ended already
            os.tcsetpgrp(_TERMINAL, group)
            os.killpg(group, signal.SIGCONT)  # it may have been quick enough to be stopped for reading
        yield
    finally:
        os.tcsetpgrp(_TERMINAL, os.getpgrp())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})


if __name__ == "__main__":
    sys.exit(main())
