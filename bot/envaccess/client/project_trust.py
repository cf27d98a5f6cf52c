"""Which projects' files somebody has said yes to, by path and content.

A cloned repository must not borrow production silently: a file that is new or changed is confirmed, names
shown, before anything is asked or a live grant is used (as direnv does with `.envrc`).
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from envaccess.client.private_file import replace_privately
from envaccess.client.project import Project
from envaccess.client.project_file import ProjectSource
from envaccess.domain.errors import ProjectNotTrustedError

HOW_TO_TRUST: Final = "`envaccess trust` shows what it asks for, and trusts it as it stands"
_LONGEST: Final = 65_536


class TrustStore:
    """The files that were confirmed: a small record each in the client's state folder, ours alone to read."""

    def __init__(self, state: Path) -> None:
        self._state, self._folder = state, state / "trusted"

    def is_trusted(self, file: Project | ProjectSource) -> bool:
        """Whether this very content was confirmed at this path."""
        return self._record(file.path).get("digest") == file.digest

    def known_before(self, path: Path) -> frozenset[str] | None:
        """The variables of the content that was confirmed last at this path; None where none was."""
        names = self._record(path).get("variables")
        return frozenset(map(str, names)) if isinstance(names, list) else None

    def trust(self, project: Project) -> None:
        """Remember it. Raises `OSError` where that cannot be."""
        variables = sorted({str(each.variable) for each in project.variables})
        record = {"path": str(project.path), "digest": project.digest, "variables": variables}
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        replace_privately(self._place(project.path), json.dumps(record).encode())

    def forget(self, path: Path) -> bool:
        """Trust it no more; False where it was not trusted. Raises `OSError`."""
        known = bool(self._record(path))
        self._place(path).unlink(missing_ok=True)
        return known

    def _place(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"

    def _record(self, path: Path) -> dict[str, Any]:
        """What is remembered of a path; nothing where that is not ours alone or broken."""
        with suppress(OSError, ValueError):
            if not (_is_ours(self._state.lstat()) and _is_ours(self._folder.lstat())):
                return {}
            descriptor = os.open(self._place(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                found = json.loads(file.read(_LONGEST)) if _is_ours(os.fstat(descriptor)) else None
            if isinstance(found, dict) and found.get("path") == str(path):
                return found
        return {}


def _is_ours(status: os.stat_result) -> bool:
    """Whether nobody else can have written there: a folder, or a file of ours."""
    kind = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    return kind and status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def confirm(project: Project, store: TrustStore, ask: Callable[[str], bool] | None) -> bool:
    """Go on only with a file that somebody said yes to; what is used then is `project`, not the file.

    Args:
        project: as it was read.
        store: what was confirmed before.
        ask: shows a text on the terminal and waits for yes or no; None where there is no terminal.

    Returns:
        Whether the yes is kept; False where the state folder cannot be written, so that it is asked again.

    Raises:
        ProjectNotTrustedError: there was a no, or nobody to ask.
    """
    if store.is_trusted(project):
        return True
    before = store.known_before(project.path)
    if ask is None:
        state = "is new here" if before is None else "has changed since you trusted it"
        raise ProjectNotTrustedError(
            f"{shown(project.path)} {state}, and there is no terminal to ask at: {HOW_TO_TRUST}."
        )
    if not ask(describe(project, before)):
        raise ProjectNotTrustedError(f"{shown(project.path)} is not trusted: nothing was asked or used.")
    try:
        store.trust(project)
    except OSError:
        return False
    return True


def describe(project: Project, before: frozenset[str] | None = None) -> str:
    """What a project's file asks for, a line a variable.

    Args:
        project: as it was read.
        before: the variables of the content that was trusted last; what is not among them is marked.
    """
    wide = max(len(each.name) for each in project.variables)
    lines = [f"{shown(project.path)} asks for"]
    for each in project.variables:
        marks = ["optional"] * each.optional + ["new"] * _is_new(each.variable, before)
        told = f"  ({', '.join(marks)})" if marks else ""
        lines.append(f"  {each.name:<{wide}}  {each.variable}{told}")
    lines.append(f"for {project.duration}, with the reason: {project.why}")
    return "\n".join(lines)


def _is_new(variable: object, before: frozenset[str] | None) -> bool:
    return before is not None and str(variable) not in before


def shown(path: Path) -> str:
    """A path without what a terminal would obey or nobody would see."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(path))
