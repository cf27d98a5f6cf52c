"""The agent in the demo: `python -m envaccess_demo.terminal.agent [WORD...]`, with a broker's address alone.

It does what it is told by one of four words, as a program that works with a model would decide by itself.
Without any it reads them, in a pseudo-terminal.
"""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from envaccess.cli.output import fitted
from envaccess.settings.broker import broker_address
from envaccess_demo.terminal.prompt import lines

VARIABLE: Final = "tracker/API_TOKEN"
WHY: Final = "sort the new issues"
_ASKED: Final = {"variables": [VARIABLE], "duration": "10m", "reason": WHY}

_SECONDS: Final = 60.0
_PROBLEM: Final = "application/problem+json"
_PROMPT: Final = "\001\033[1;32m\002triage\001\033[0m\002 $ "
_WELCOME: Final = """\
An agent of Alice's, with a broker's address and no token.
It does what you type: \033[1mservices, ask, issues, print\033[0m, or \033[1mhelp\033[0m.
"""
_HELP: Final = """\
services   what it may call, and with whose value
ask        ask for access: Alice lets it ask, and somebody else decides
issues     call the tracker
print      try all it can to print the value
"""
_NO_BROKER: Final = "No broker answers. In Alice's terminal: envaccess broker triage"


class _Connection(http.client.HTTPConnection):
    """To a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def main() -> int:
    """Do what the word says, or read words until the end of input."""
    if words := sys.argv[1:]:
        for word in words:
            WORDS[word]()
        return 0
    click.echo(_WELCOME)
    for line in lines(_PROMPT, [*WORDS, "help"]):
        if line in WORDS:
            WORDS[line]()
        elif line == "help":
            click.echo(_HELP)
        elif line:
            click.echo(f"Type {', '.join(WORDS)} or help; nothing else is run here.")
    return 0


def call(
    method: str,
    path: str,
    told: Mapping[str, object] | None = None,
    show: Callable[[Mapping[str, Any]], str] = json.dumps,
) -> None:
    """Make a call of the broker, and print what it answers.

    Args:
        method: of HTTP.
        path: at the broker.
        told: what is sent.
        show: tells what came, if it is no refusal.
    """
    click.secho(f"{method} {path}", bold=True)
    connection = _Connection(broker_address().removeprefix("unix:"))
    try:
        if told is None:
            connection.request(method, path)
        else:
            connection.request(method, path, json.dumps(told), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        kind, found = answer.headers.get_content_type(), json.loads(answer.read())
        click.echo(
            fitted(f"  {answer.status} {_problem(found) if kind == _PROBLEM else show(found)}", sys.stdout)
        )
    except http.client.HTTPException:
        click.echo("  The answer was cut off.")
    except OSError:
        click.echo(f"  {_NO_BROKER}")
    finally:
        connection.close()


def _problem(told: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (f"{told['reason']}:", told["detail"], told.get("hint"))))


def _services() -> None:
    call("GET", "/_envaccess/services", show=lambda found: json.dumps(found["services"]))


def _ask() -> None:
    call("POST", "/_envaccess/requests", _ASKED, lambda found: f"{found['state']}: request {found['id']}")


def _issues() -> None:
    call("GET", "/tracker/issues")


def _print() -> None:
    """Look where a value might be: around it, at the broker, and at the service that gets it."""
    click.secho("env | cut -d= -f1", bold=True)
    found = subprocess.run(("/usr/bin/env",), capture_output=True, text=True, check=True).stdout
    names = sorted(line.partition("=")[0] for line in found.splitlines())
    click.echo(fitted(f"  {' '.join(names)}", sys.stdout))
    call("GET", f"/_envaccess/variables/{VARIABLE}")
    call("GET", "/tracker/token")
    call("GET", "/tracker/echo")


WORDS: Final[Mapping[str, Callable[[], None]]] = {
    "services": _services,
    "ask": _ask,
    "issues": _issues,
    "print": _print,
}


if __name__ == "__main__":
    sys.exit(main())
