"""On GitHub: have its runner take values out of a job's log, before anything can write them there.

A command of the runner masks one line, so that each line of a value is a mask of its own; it is read from
stderr as from stdout. GitLab has no such command.
"""

import os
import stat
import sys
from collections.abc import Mapping
from typing import Final

import click

from envaccess.cli.output import warn
from envaccess.settings.terminal import whole_environment

SHORTEST: Final = 6
"""Characters of a line that is masked: a shorter one would be taken out of everything."""
_ESCAPES: Final = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
"""As the runner undoes them (actions/toolkit, `escapeData`)."""


def mask_values(values: Mapping[str, str]) -> None:
    """Print the masks of these values, by name, where this is a job of GitHub."""
    if whole_environment().get("GITHUB_ACTIONS") != "true":
        return
    if _goes_to_a_file():
        warn("stderr is a file, so GitHub was not told to mask the values: the masks would be in the file.")
        return
    for value in values.values():
        for mask in masks(value):
            click.echo(mask, err=True)
    if short := sorted(name for name, value in values.items() if not masks(value)):
        warn(f"GitHub masks nothing under {SHORTEST} characters: {', '.join(short)}.")


def masks(value: str) -> list[str]:
    """The commands that mask a value, one for each of its lines; a short line has none."""
    lines = dict.fromkeys(
        line for line in value.replace("\r\n", "\n").split("\n") if len(line.strip()) >= SHORTEST
    )
    return [f"::add-mask::{_escaped(line)}" for line in lines]


def _escaped(line: str) -> str:
    for character, written in _ESCAPES:
        line = line.replace(character, written)
    return line


def _goes_to_a_file() -> bool:
    try:
        return stat.S_ISREG(os.fstat(sys.stderr.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):
        return True
