"""README's commands, and a folder in which they can be typed."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INSTALL = re.compile(r"^python3 -m venv \.venv && \.venv/bin/pip .+ -e \. && ")


def commands(heading: str) -> list[str]:
    """The command lines of one section, without their comments and without the install, which CI ran."""
    section = re.split(r"^## ", README.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = "\n".join(block[2] for block in BLOCK.finditer(section)).splitlines()
    return [_INSTALL.sub("", line.partition(" #")[0].strip()) for line in lines if line.strip()]


def page_commands(page: str) -> list[str]:
    """The command lines of a page of the book, without their comments and without the install."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    lines = "\n".join(block[2] for block in BLOCK.finditer(text)).splitlines()
    return [
        line.partition(" #")[0].strip()
        for line in lines
        if line.strip() and not _INSTALL.match(line + " && ")
    ]


def make_installed(folder: Path) -> Path:
    """Make a folder in which the install command has been run: CI ran it, as it stands in README."""
    folder.mkdir()
    for path, target in ((".venv", Path(sys.prefix)), ("examples", ROOT / "examples")):
        (folder / path).symlink_to(target)
    return folder
