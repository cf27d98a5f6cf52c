"""The pipeline in the page: `python -m envaccess_demo.terminal.job SERVER HOME`, in a pseudo-terminal.

Nothing but `push` is run: the platform signs a token for a new run, and its job asks with it.
"""

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import click

from envaccess_demo.child import command
from envaccess_demo.issuer import mint_token
from envaccess_demo.terminal.prompt import lines

VARIABLE: Final = "release/DEPLOY_KEY"
WHY: Final = "deploy of v42"
TOKEN: Final = "token"  # noqa: S105 - a file's name
WORDS: Final = ("run", "--identity", f"file:{TOKEN}", VARIABLE, "5m", WHY, "--", "./release")

_PROMPT: Final = "\001\033[1;32m\002shop\001\033[0m\002 $ "
_WELCOME: Final = """\
The pipeline of acme/shop, which stores no secret: its
platform signs a token that says which run this is.
Type \033[1mpush\033[0m, as Alice.
"""
_JOB: Final = f"""\
Alice pushed to main. The job runs:
\033[1menvaccess run --identity auto {VARIABLE} 5m "{WHY}" -- ./release\033[0m
"""


def main() -> int:
    """Read lines until the end of input."""
    server, home = sys.argv[1], Path(sys.argv[2])
    click.echo(_WELCOME)
    for line in lines(_PROMPT, ["push"]):
        if line == "push":
            push(server, home)
        elif line:
            click.echo("Type `push`; nothing else is run here.")
    return 0


def push(server: str, home: Path) -> None:
    """Begin a run: a token of its own, and the job."""
    click.echo(_JOB)
    token = Path(TOKEN)
    token.touch(mode=0o600)
    token.write_text(mint_token(home, server), encoding="utf-8")
    _log(command("envaccess", *WORDS))


def _log(argv: list[str]) -> None:
    """Run the job, and print its log: a pipe, as a runner's is, so that the value is taken out."""
    with subprocess.Popen(  # noqa: S603 - our own words
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        with contextlib.suppress(KeyboardInterrupt):  # the job has heard it as well
            for line in process.stdout:
                click.echo(f"  {line.rstrip()}")
    click.echo(f"\033[2m[exit code {process.returncode}]\033[0m")


if __name__ == "__main__":
    sys.exit(main())
