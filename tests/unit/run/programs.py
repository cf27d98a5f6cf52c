"""How a supervisor is started in a process of its own, and who is left of what it started."""

import json
import os
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("supervised.py")
BOT = Path(__file__).parents[3] / "bot"
VALUE = "value-for-tests-0123456789"


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": str(BOT), "HOME": "/nowhere", **more}


def program(*command: str, **told: Any) -> list[str]:
    """The words that run a command under a supervisor."""
    values = {"values": {"SECRET": VALUE}, **told}
    return [sys.executable, str(PROGRAM), json.dumps({"command": command, **values})]


def marked(mark: str) -> list[int]:
    """Processes that have this word among their arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdecimal() else []
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0] if words else "Z"
        except OSError:
            continue
        if mark.encode() in words and state != "Z":
            found.append(int(folder.name))
    return found
