"""Values in files: 0600, on a memory file system, gone with the command.

A memory file system is never written to a disk, but for swap: tmpfs may be swapped out, ramfs not (tmpfs(5)).
Linux says in /proc/self/mountinfo which one a file lies on (proc_pid_mountinfo(5)); macOS has none.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from envaccess.domain.errors import CommandError

_MEMORY: Final = {"tmpfs", "ramfs"}
_MOUNTS = Path("/proc/self/mountinfo")
_USAGE: Final = 78


@dataclass(slots=True)
class ValueFiles:
    """Files with values, made together and removed together.

    Attributes:
        values: content by the name in the child's environment; not in `repr()`.
        paths: where each goes; empty where nothing was asked for.
        folders: where files go for which nothing was asked, the first that serves.
        on_disk: whether a file may lie on a disk.
    """

    values: Mapping[str, str] = field(repr=False)
    paths: Mapping[str, str]
    folders: tuple[str, ...]
    on_disk: bool = False
    _made: list[Path] = field(default_factory=list)
    _folder: Path | None = None

    def create(self) -> dict[str, str]:
        """Write every file; returns the paths by name.

        Raises:
            CommandError: a file cannot be made, or would lie on a disk. None is left.
        """
        try:
            return {name: str(self._create(name)) for name in self.values}
        except OSError as error:
            self.remove()
            raise CommandError(f"a file for a value could not be made: {error.strerror}") from None
        except CommandError:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove every file. One that was replaced or removed meanwhile is no fault."""
        for path in self._made:
            with contextlib.suppress(OSError):
                path.unlink()
        self._made.clear()
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.rmdir()
            self._folder = None

    def _create(self, name: str) -> Path:
        path = Path(self.paths[name]).absolute() if self.paths.get(name) else self._own_folder() / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            file = os.open(path, flags, 0o600)
        except FileExistsError:
            raise CommandError(f"--file {name}: there is a file already at that path", _USAGE) from None
        self._made.append(path)
        with open(file, "wb") as writer:  # noqa: PTH123 - a descriptor
            os.fchmod(file, 0o600)
            self._check_memory(name, file)
            writer.write(self.values[name].encode(errors="surrogateescape"))
        return path

    def _check_memory(self, name: str, file: int) -> None:
        """Asked of the open file, which is still empty: a path could be another one by now."""
        if not self.on_disk and not is_in_memory(file):
            raise CommandError(
                f"--file {name}: that path is not on a memory file system, so the value would go to a disk: "
                "choose one under /dev/shm, or say --file-on-disk",
                _USAGE,
            )

    def _own_folder(self) -> Path:
        """A folder of our own that nobody else enters."""
        if self._folder is None:
            self._folder = self._make_folder()
        return self._folder

    def _make_folder(self) -> Path:
        for parent in self.folders:
            folder = Path(parent) / f"envaccess-{secrets.token_hex(8)}"
            with contextlib.suppress(OSError):
                folder.mkdir(mode=0o700)
                if self.on_disk or _is_folder_in_memory(folder):
                    return folder
                folder.rmdir()
        raise CommandError(
            "--file: there is no memory file system here to put the value on (macOS has none): say "
            "--file-on-disk to have it on a disk while the command runs",
            _USAGE,
        )


def usual_folders(runtime: str | None, temporary: str | None) -> tuple[str, ...]:
    """Where files go: the person's runtime folder (`XDG_RUNTIME_DIR`), shared memory, temporary files."""
    return tuple(folder for folder in (runtime, "/dev/shm", temporary or "/tmp") if folder)  # noqa: S108 - ours


def _is_folder_in_memory(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        return is_in_memory(handle)
    finally:
        os.close(handle)


def is_in_memory(file: int) -> bool:
    """Whether an open file lies on a file system that is memory alone; no, where that cannot be known."""
    device = os.fstat(file).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with contextlib.suppress(OSError):
        for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
            before, _, after = line.partition(" - ")
            if before.split()[2] == wanted:
                return after.split()[0] in _MEMORY
    return False
