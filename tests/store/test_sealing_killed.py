"""Sealing on a real server: processes are killed while they seal; the server comes back as it was earlier."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.checkpoint import SignedNote, read_checkpoint, read_note
from envaccess.domain.tree_check import Outcome, TreeReport
from envaccess.embedded.server import EmbeddedServer
from envaccess.store.client import connect
from envaccess.wiring.log_keys import HeadFile
from tests.store.embedded_processes import ROOT
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, Sealed

PROGRAM = """
import asyncio, json, os, signal, sys
from pathlib import Path
root, url, folder, kills = sys.argv[1:]
sys.path.insert(0, root)
from envaccess.store.client import connect
from envaccess.wiring.log_keys import HeadFile
from tests.store.harness import StoreHarness
from tests.store.sealed_store import RecordingKeys, Sealed
signed = os.open(Path(folder) / "signed", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

class WritingKeys(RecordingKeys):
    def sign(self, origin, body):
        note = super().sign(origin, body)
        os.write(signed, (json.dumps(note.text) + "\\n").encode())
        return note

async def seal():
    sealed = Sealed(StoreHarness(connect(url)))
    sealed.checkpoints._signer, sealed.checkpoints._memory = WritingKeys(), HeadFile(Path(folder) / "head")
    while True:
        await sealed.add_plainly(3)
        sealed.now += 70
        await sealed.checkpoints.step()

for number in range(int(kills)):
    before = os.fstat(signed).st_size
    process = os.fork()
    if process == 0:
        try:
            asyncio.run(seal())
        finally:
            os._exit(1)
    heads = 0
    while heads <= number % 4:
        size = os.fstat(signed).st_size
        heads += size > before
        before = size
        os.sched_yield()
    for _ in range(number * 37 % 2000):  # some moment after it has signed, most of them before Redis has it
        os.getpid()
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
"""
"""Seals in one process after the other, each of which is killed. All have one name: no lease stops them."""


def one_root_each(notes: list[SignedNote]) -> bool:
    """Whether no two signed heads of one size differ."""
    heads = [head for note in notes if (head := read_checkpoint(note.body))]
    roots = {(head.origin, head.size): head.root for head in heads}
    return bool(heads) and all(roots[head.origin, head.size] == head.root for head in heads)


@pytest.mark.real
async def test_processes_that_are_killed_while_they_seal_never_sign_two_roots_of_one_size(
    real: StoreHarness, valkey: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills = str(request.config.getoption("--kills"))
    await real.client.flushall()
    await real.outbox.lead()
    subprocess.run(  # noqa: ASYNC221, S603 - our own program; nothing else runs meanwhile
        [sys.executable, "-P", "-c", PROGRAM, str(ROOT), valkey, str(tmp_path), kills],
        check=True,
        timeout=300,
    )
    signed = [read_note(json.loads(line)) for line in (tmp_path / "signed").read_text().splitlines()]
    notes = [note for note in signed if note]
    assert len(notes) == len(signed) >= int(kills)
    sealed = Sealed(real)
    sealed.checkpoints._memory = HeadFile(tmp_path / "head")
    await sealed.add(1)
    await sealed.seal()
    assert one_root_each([*notes, *sealed.keys.signed])
    assert sealed.journal.told == []
    report = await sealed.verify(*notes)
    assert report.outcome is Outcome.VALID, report.problems


@pytest.mark.real
async def test_a_server_that_comes_back_with_an_older_file_is_not_signed_again_under_that_name(
    tmp_path: Path,
) -> None:
    """What a restore of a disk does, or a failover to a replica that lagged behind."""
    data, older = tmp_path / "redis" / "data", tmp_path / "older"
    signed: list[SignedNote] = []

    async def run(events: int) -> tuple[Sealed, TreeHead, TreeReport]:
        server = EmbeddedServer(tmp_path)
        with server as url:
            sealed = Sealed(StoreHarness(connect(url)))
            sealed.checkpoints._memory = HeadFile(tmp_path / "head")
            await sealed.harness.outbox.lead()
            await sealed.add_plainly(events)
            await sealed.seal()
            await sealed.seal()
            signed.extend(sealed.keys.signed)
            found = sealed, await sealed.head(), await sealed.verify(*signed)
            await sealed.client.aclose()
        assert server.wait_gone(20)
        return found

    await run(5)
    shutil.copytree(data, older)
    _, lost, report = await run(7)
    assert (lost.size, report.outcome) == (13, Outcome.VALID)
    shutil.rmtree(data)
    shutil.copytree(older, data)
    again, head, report = await run(3)
    assert head.origin == f"{LOG}/1"
    assert again.journal.told == ["tree.lost"]
    assert report.outcome is Outcome.VALID, report.problems
    assert any(fact.endswith("8 events lost") for fact in report.facts), report.facts
    assert one_root_each(signed)
