"""Commands of pages: fenced blocks of a shell, cut into simple commands as a shell would cut them."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"<<'?(\w+)'?\n.*?\n\1(?=\n|$)", re.DOTALL)
_WITHIN = re.compile(r"\$\(([^()]*)\)")
_SHELLS = {"sh", "bash", "console"}


class Block(NamedTuple):
    """A fenced block: the page's path from the root, its line there, its language, its text."""

    page: str
    line: int
    language: str
    text: str


def pages() -> list[str]:
    """Every page of the book, and README; decisions are history."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "docs/*.md", "README.md"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [page for page in sorted(listed.splitlines()) if "/adr/" not in page and (ROOT / page).is_file()]


def blocks() -> Iterator[Block]:
    """Every fenced block of every page."""
    for page in pages():
        text = (ROOT / page).read_text("utf-8")
        for found in _FENCE.finditer(text):
            yield Block(page, text[: found.start()].count("\n") + 2, found[2], found[3])


def is_shell(block: Block) -> bool:
    """Whether somebody is meant to type it."""
    return block.language in _SHELLS


def typed(block: Block) -> str:
    """What is typed of a block: in a console what follows `$ `."""
    if block.language != "console":
        return block.text
    return "".join(
        line.strip()[2:] + "\n" for line in block.text.splitlines() if line.strip().startswith("$ ")
    )


def simple_commands(text: str) -> Iterator[list[str]]:
    """The words of each simple command, without redirections, in pipes, lists and `$(...)` too.

    Raises:
        ValueError: a quote is not closed.
    """
    text = _HEREDOC.sub("", text).replace("\\\n", " ")
    for inner in _WITHIN.findall(text):
        yield from simple_commands(inner)
    for line in _WITHIN.sub("WITHIN", text).splitlines():
        yield from _of_line(line)


def _of_line(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    for word in lexer:
        if word and not word.strip("();&|"):
            yield from [words] if words else []
            words = []
        elif word and not word.strip("<>"):
            skip = True
            del words[len(words) - words[-1:].count("2") :]  # `2>`
        elif skip:
            skip = False
        else:
            words.append(word)
    yield from [words] if words else []
