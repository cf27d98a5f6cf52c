"""Make a backup and put it back, as the commands do."""

from pathlib import Path

from envaccess.store.backup_file import opened
from envaccess.store.backup_write import RestoreWriter
from envaccess.store.client import Client
from envaccess.wiring import backup
from envaccess.wiring.backup import make_backup
from tests.store.harness import OPERATOR, WORKSPACE, StoreHarness


async def make(harness: StoreHarness, path: Path) -> Path:
    """A backup of what there is."""
    await make_backup(harness.client, WORKSPACE, path, OPERATOR)
    return path


async def put_back(client: Client, path: Path, *, replace: bool = False) -> tuple[int, int]:
    """Restore it as the command does; returns how many grants and requests ended."""
    with opened(path) as file:
        counts = file.check()
        writer = RestoreWriter(StoreHarness(client).runner, f"restore-{id(file)}")
        return await backup._Restore(file, counts, writer).run(OPERATOR, replace=replace)


def whole(path: Path) -> bytes:
    """What is in a file."""
    return path.read_bytes()
