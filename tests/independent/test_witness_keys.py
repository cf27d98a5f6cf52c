"""Witnesses of a log whose key is rotated, several witnesses of one log, and faults of other logs' tools."""

import base64
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.crypto.log_keys import LogKey
from envaccess.crypto.witness_keys import cosignature_times
from envaccess.domain.checkpoint import Checkpoint, SignedNote, VerifierKey, read_heads, read_note
from envaccess.domain.merkle import EMPTY, consistency_proof, tile_node
from envaccess.domain.tree_check import Outcome, TreeReport
from envaccess.wiring.audit_tree import all_entries, all_tiles_of, verify_store
from envaccess.wiring.cosigned import read_witness
from envaccess.wiring.tree_archive import read_archive, write_archive
from envaccess.wiring.tree_witness import begin_witness, cosign_newest
from tests.independent import tree_verifier as independent
from tests.store.harness import StoreHarness
from tests.store.test_log_key_refresh import Signed
from tests.unit.cli.cli_front import start

NOON = 1_760_011_200_123
SEED = bytes(range(32))
LOG = "envaccess/T0ACME/0a1b2c3d"


@pytest.fixture
async def signed() -> AsyncIterator[Signed]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    found = Signed(StoreHarness(client))
    await found.harness.outbox.lead()
    await found.begin()
    await found.add_plainly(20)
    await found.seal()
    yield found
    await client.aclose()


def new_witness(folder: Path, name: str, log: VerifierKey) -> VerifierKey:
    key = read_witness(str(begin_witness(folder, name, str(log))))
    assert key
    return key


def ask(state: Path, source: Path | str, *, accept_fork: bool = False) -> tuple[str, TreeReport]:
    return cosign_newest(state, source, NOON, accept_fork=accept_fork)


async def archived(signed: Signed, folder: Path) -> Path:
    heads = await signed.tree.heads()
    tiles = [await all_tiles_of(signed.tree, head) for head in heads]
    await write_archive(folder, heads, tiles, all_entries(signed.tree), [signed.first], 0)
    return folder


async def grown(signed: Signed, old: int) -> str:
    """The body of a request of C2SP's tlog-witness."""
    head = await signed.head()
    node = tile_node(await all_tiles_of(signed.tree, head))
    path = "".join(f"{base64.b64encode(one).decode()}\n" for one in consistency_proof(old, head.size, node))
    return f"old {old}\n{path}\n{head.note}"


async def rotated(signed: Signed, op: str) -> VerifierKey:
    """A key that signs now, whose rotation is sealed."""
    made = await signed.rotate(op)
    await signed.seal_one()
    assert await signed.signed_by(made)
    return made


async def test_a_witness_goes_on_after_a_rotation_that_an_archive_showed_it(
    signed: Signed, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    new_witness(state, "w.example/1", signed.first)
    assert ask(state, await archived(signed, tmp_path / "archive"))[0]
    for op in ("r2", "r3"):
        size = (await signed.head()).size
        await rotated(signed, op)
        before = (state / "state").read_bytes()
        cosigned, report = ask(state, await grown(signed, size))
        assert (cosigned, report.outcome) == ("", Outcome.ALTERED)
        assert "run this on an archive" in report.problems[0].told
        assert (state / "state").read_bytes() == before
        cosigned, report = ask(state, await archived(signed, tmp_path / "archive"))
        assert report.outcome is Outcome.VALID, report.problems
        assert cosigned.startswith((await signed.head()).note)
        size = (await signed.head()).size
        await signed.seal_one()
        cosigned, report = ask(state, await grown(signed, size))
        assert report.outcome is Outcome.VALID, report.problems
        assert cosigned.startswith((await signed.head()).note)


async def test_a_witness_follows_no_rotation_that_the_old_key_did_not_sign(
    signed: Signed, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    new_witness(state, "w.example/1", signed.first)
    assert ask(state, (await signed.head()).note)[0]
    stranger = LogKey(bytes(32), signed.first.name)
    body = f"envaccess audit key rotation\n{signed.first}\n{stranger.verifier}\n"
    note = SignedNote(body, stranger.sign(body).signatures)
    said: dict[Any, Any] = {
        "event": "audit.key_rotated",
        "detail": json.dumps({"signed_rotation": note.text}),
    }
    await signed.client.xadd(signed.stream, said)
    await signed.seal_one()
    archive = await archived(signed, tmp_path / "archive")
    ask(state, archive)
    assert str(stranger.verifier) not in (state / "state").read_text()
    file = archive / "fork-0" / "checkpoint"
    file.write_text(stranger.sign((await signed.head()).checkpoint.body).text, "utf-8")
    assert ask(state, archive)[0] == ""


async def test_two_witnesses_of_one_log_both_cosign_and_neither_takes_the_others_line(
    signed: Signed, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    keys = [new_witness(folder, f"w.example/{folder.name}", signed.first) for folder in folders]
    text = (await signed.head()).note
    for folder in (*folders, folders[0]):
        text, report = ask(folder, text)
        assert report.outcome is Outcome.VALID, report.problems
    note = read_note(text)
    assert note
    assert [cosignature_times(note, key) for key in keys] == [[NOON // 1000]] * 2
    plain = (await signed.head()).note
    apart = "".join(ask(folder, plain)[0] for folder in folders)
    heads = [("a head", one) for one in read_heads(apart) or ()]
    for key in keys:
        report = await verify_store(signed.tree, [signed.first], heads, NOON, key)
        assert report.outcome is Outcome.VALID, report.problems
    assert independent.check_note(text, [str(signed.first)])[0] == signed.first.name


TWO = """
import sys
from pathlib import Path
from envaccess.wiring.tree_witness import cosign_newest
sys.stdin.read()
print(cosign_newest(Path(sys.argv[1]), sys.argv[2], 1, accept_fork=False)[0])
"""


def a_head(size: int, text: bytes = b"x", origin: str = LOG, key: bytes = SEED) -> str:
    body = Checkpoint(origin, size, hashlib.sha256(text).digest()).body
    return LogKey(key, origin).sign(body).text


def test_two_processes_of_one_witness_never_cosign_two_heads_of_one_size(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    for attempt in range(max(1, pytestconfig.getoption("--races-tried") // 2)):
        state = tmp_path / str(attempt)
        new_witness(state, "w.example/1", LogKey(SEED, LOG).verifier)
        running = [
            start(TWO, str(state), a_head(12, text), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for text in (b"a", b"b")
        ]
        for one in running:
            assert one.stdin
            one.stdin.close()
            one.stdin = None
        said = [one.communicate()[0].strip() for one in running]
        assert sorted(map(bool, said)) == [False, True]
        kept = json.loads((state / "state").read_text())["head"]
        assert kept.encode().strip() == b"".join(said)


async def test_a_store_behind_what_a_witness_saw_is_a_fork_even_when_the_rotation_is_lost(
    signed: Signed, tmp_path: Path
) -> None:
    """The witness saw the rotation: its word counts for the head, and nothing else does any more."""
    kept = await signed.dump()
    await rotated(signed, "r2")
    state = tmp_path / "state"
    key = new_witness(state, "w.example/1", signed.first)
    text = ask(state, await archived(signed, tmp_path / "archive"))[0]
    seen = read_note(text)
    assert seen
    await signed.client.flushall()
    for name, blob in kept.items():
        await signed.client.restore(name, 0, blob)
    notes = [("a head given with --heads", seen)]
    report = await verify_store(signed.tree, [signed.first], notes, NOON, key)
    assert report.outcome is Outcome.FORKED, report.problems
    assert "what came after is lost" in "\n".join(problem.told for problem in report.problems)
    stranger = new_witness(tmp_path / "stranger", "w.example/1", signed.first)
    assert (await verify_store(signed.tree, [signed.first], notes, NOON, stranger)).outcome is Outcome.ALTERED


async def test_a_witness_that_saw_a_lost_rotation_goes_on_once_somebody_said_so(
    signed: Signed, tmp_path: Path
) -> None:
    kept = await signed.dump()
    await rotated(signed, "r2")
    state = tmp_path / "state"
    new_witness(state, "w.example/1", signed.first)
    assert ask(state, await archived(signed, tmp_path / "before"))[0]
    await signed.client.flushall()
    for name, blob in kept.items():
        await signed.client.restore(name, 0, blob)
    await signed.harness.outbox.lead()
    restarted = Signed(signed.harness)
    restarted.memory = signed.memory
    await restarted.begin()
    for _ in range(3):
        await restarted.seal_one()
    archive = await archived(restarted, tmp_path / "after")
    cosigned, report = ask(state, archive)
    assert (cosigned, report.outcome) == ("", Outcome.FORKED), report.problems
    cosigned, report = ask(state, archive, accept_fork=True)
    assert report.outcome is Outcome.VALID, report.problems
    assert f"{signed.first.name}/1" in cosigned


# What was reported of other logs and their tools.


async def test_the_logs_signature_may_stand_in_any_line(signed: Signed, tmp_path: Path) -> None:
    """sigstore-python#1514: only the first signature of a head was looked at."""
    state = tmp_path / "state"
    key = new_witness(state, "w.example/1", signed.first)
    note = read_note(ask(state, (await signed.head()).note)[0])
    assert note
    turned = SignedNote(note.body, note.signatures[::-1])
    report = await verify_store(signed.tree, [signed.first], [("a head", turned)], NOON, key)
    assert report.outcome is Outcome.VALID, report.problems
    assert ask(state, turned.text)[1].outcome is Outcome.VALID


async def test_a_wrong_signature_in_the_name_of_the_logs_key_spoils_a_head(
    signed: Signed, tmp_path: Path
) -> None:
    """C2SP#241: also where a right one stands beside it, and for a witness too."""
    state = tmp_path / "state"
    new_witness(state, "w.example/1", signed.first)
    note = (await signed.head()).signed
    assert note
    (right,) = note.signatures
    wrong = replace(right, signature=bytes(64))
    for both in ((right, wrong), (wrong, right), (wrong,), (replace(right, signature=b"x"),)):
        spoiled = SignedNote(note.body, both)
        assert ask(state, spoiled.text)[1].outcome is Outcome.ALTERED
        report = await verify_store(signed.tree, [signed.first], [("a head", spoiled)], NOON)
        assert report.outcome is Outcome.ALTERED


def test_a_signature_in_another_name_than_the_origin_does_not_count(tmp_path: Path) -> None:
    """rekor#2069: the name of the signature was never compared with the origin."""
    state = tmp_path / "state"
    new_witness(state, "w.example/1", LogKey(SEED, LOG).verifier)
    body = Checkpoint(f"{LOG}/1", 12, bytes(32)).body
    for signer in (LOG, f"{LOG}/2", "rekor.sigstore.dev"):
        assert ask(state, LogKey(SEED, signer).sign(body).text)[1].outcome is Outcome.ALTERED
    with pytest.raises(independent.WrongError):
        independent.check_note(LogKey(SEED, LOG).sign(body).text, [str(LogKey(SEED, LOG).verifier)])


async def test_a_head_of_no_events_says_only_what_an_empty_tree_can(signed: Signed, tmp_path: Path) -> None:
    """transparency-dev/witness#576, armored-witness and rekor-monitor#698: size 0 with any root."""
    state = tmp_path / "state"
    new_witness(state, "w.example/1", signed.first)
    signer = signed.checkpoints._signer
    for root, outcome in ((EMPTY, Outcome.VALID), (bytes(32), Outcome.FORKED)):
        empty = signer.sign(signed.first.name, Checkpoint(signed.first.name, 0, root).body)
        report = await verify_store(signed.tree, [signed.first], [("a head", empty)], NOON)
        assert report.outcome is outcome, report.problems
        assert ask(state, empty.text)[0] == ""
    assert ask(state, (await signed.head()).note)[0]
    assert ask(state, f"old 0\n\n{(await signed.head()).note}")[0] == ""


async def test_what_the_witness_keeps_proves_a_forked_log_to_others(signed: Signed, tmp_path: Path) -> None:
    """torchwood#72: size and root alone are the witness's word; the log's signature is not."""
    state = tmp_path / "state"
    new_witness(state, "w.example/1", signed.first)
    assert ask(state, await archived(signed, tmp_path / "archive"))[0]
    kept = json.loads((state / "state").read_text())["head"]
    assert independent.check_note(kept, [str(signed.first)])[1] == (await signed.head()).size


async def test_older_smaller_tiles_that_lie_around_change_nothing(signed: Signed, tmp_path: Path) -> None:
    """tessera#670: an archive that grew keeps what was not full; nobody needs to find it as it was."""
    archive = await archived(signed, tmp_path / "archive")
    older = [path for path in archive.rglob("*.p/*") if path.is_file()]
    await signed.add_plainly(300)
    await signed.seal()
    await archived(signed, archive)
    for path in older:
        path.write_bytes(b"x")
    check, problems, _ = read_archive(archive)
    assert check.report([signed.first], [], NOON, problems).outcome is Outcome.VALID
    assert independent.check_archive(archive, str(signed.first))
