"""A witness cosigns a tree that only grew, and refuses every other; a proof is checked by its file alone."""

import base64
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fakeredis import FakeAsyncRedis

from envaccess.crypto.log_keys import LogKey
from envaccess.crypto.witness_keys import WitnessKey, cosignature_times
from envaccess.domain.checkpoint import (
    COSIGNER,
    Checkpoint,
    VerifierKey,
    read_checkpoint,
    read_note,
    read_verifier_key,
)
from envaccess.domain.errors import SettingsError
from envaccess.domain.merkle import consistency_proof, tile_node
from envaccess.domain.tree_check import Outcome, TreeReport
from envaccess.wiring.audit_tree import all_entries, all_tiles_of, prove_event
from envaccess.wiring.cosigned import read_witness
from envaccess.wiring.tree_archive import read_archive, write_archive
from envaccess.wiring.tree_proof import check_proof
from envaccess.wiring.tree_witness import begin_witness, cosign_newest
from tests.independent import tree_verifier as independent
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, SEED, Sealed
from tests.unit.cli.cli_front import start

LOG_KEY = LogKey(SEED, LOG)
KEY = LOG_KEY.verifier
NAME = "witness.example/w1"
NOON = 1_760_011_200_123
STRANGER = LogKey(bytes(32), LOG)


@pytest.fixture
async def sealed() -> AsyncIterator[Sealed]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    found = Sealed(StoreHarness(client))
    await found.harness.outbox.lead()
    await found.add_plainly(20)
    await found.seal()
    yield found
    await client.aclose()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    begin_witness(tmp_path / "witness", NAME, str(KEY))
    return tmp_path / "witness"


def verifier(state: Path) -> VerifierKey:
    own = json.loads((state / "key").read_text())
    return WitnessKey(base64.b64decode(own["seed"]), own["name"]).verifier


def ask(state: Path, source: Path | str, *, accept_fork: bool = False) -> tuple[str, TreeReport]:
    return cosign_newest(state, source, NOON, accept_fork=accept_fork)


async def archived(sealed: Sealed, folder: Path) -> Path:
    heads = await sealed.tree.heads()
    tiles = [await all_tiles_of(sealed.tree, head) for head in heads]
    await write_archive(folder, heads, tiles, all_entries(sealed.tree), [KEY], 0)
    return folder


async def grown(sealed: Sealed, old: int) -> str:
    """The body of a request of C2SP's tlog-witness."""
    head = await sealed.head()
    node = tile_node(await all_tiles_of(sealed.tree, head))
    path = "".join(f"{base64.b64encode(one).decode()}\n" for one in consistency_proof(old, head.size, node))
    return f"old {old}\n{path}\n{head.note}"


def refused(state: Path, source: Path | str, outcome: Outcome) -> None:
    """Nothing is cosigned, and what the witness knows stays as it was."""
    before = (state / "state").read_bytes()
    cosigned, report = ask(state, source)
    assert (cosigned, report.outcome) == ("", outcome), report.problems
    assert (state / "state").read_bytes() == before


def head(size: int, text: bytes = b"x", origin: str = LOG) -> str:
    body = Checkpoint(origin, size, hashlib.sha256(text).digest()).body
    return LogKey(SEED, origin).sign(body).text


async def test_a_tree_that_only_grew_is_cosigned_and_whoever_has_the_key_sees_it(
    sealed: Sealed, state: Path, tmp_path: Path
) -> None:
    archive = await archived(sealed, tmp_path / "archive")
    first, report = ask(state, archive)
    assert report.outcome is Outcome.VALID, report.problems
    await sealed.add_plainly(7)
    await sealed.seal()
    second, report = ask(state, await archived(sealed, archive))
    assert report.outcome is Outcome.VALID, report.problems
    for text in (first, second):
        note = read_note(text)
        assert note
        assert cosignature_times(note, verifier(state)) == [NOON // 1000]
        assert independent.check_note(text, [str(KEY)])[0] == LOG
    check, problems, _ = read_archive(archive)
    note = read_note(second)
    assert note
    found = check.report([KEY], [("a head", note)], NOON, problems, verifier(state))
    assert found.outcome is Outcome.VALID
    assert any(f"{NAME} cosigned the first 28 events" in fact for fact in found.facts), found.facts


async def test_a_request_in_the_form_of_c2sp_is_answered(sealed: Sealed, state: Path) -> None:
    first, _ = ask(state, (await sealed.head()).note)
    assert first
    size = (await sealed.head()).size
    await sealed.add_plainly(9)
    await sealed.seal()
    request = await grown(sealed, size)
    refused(state, request.replace(f"old {size}", f"old {size - 1}"), Outcome.INCOMPLETE)
    refused(state, (await sealed.head()).note, Outcome.INCOMPLETE)
    lines = request.split("\n")
    lines[1] = base64.b64encode(bytes(32)).decode()
    refused(state, "\n".join(lines), Outcome.FORKED)
    cosigned, report = ask(state, request)
    assert report.outcome is Outcome.VALID, report.problems
    assert cosigned.startswith((await sealed.head()).note)
    assert ask(state, cosigned)[0].count(NAME) == 1


@pytest.mark.parametrize(
    ("attack", "outcome"),
    [
        (head(12, b"another tree"), Outcome.FORKED),
        (head(11), Outcome.FORKED),
        (head(12, origin=f"{LOG}/1"), Outcome.FORKED),
        (f"{head(13)}\n{head(13, b'two of one size')}", Outcome.FORKED),
        (f"{head(12, b'another tree')}\n{head(12)}", Outcome.FORKED),
        (head(13), Outcome.INCOMPLETE),
        (f"old 0\n\n{head(13)}", Outcome.INCOMPLETE),
        (f"old 12\n\n{head(13)}", Outcome.FORKED),
        (STRANGER.sign(Checkpoint(LOG, 12, bytes(32)).body).text, Outcome.ALTERED),
        (head(12).replace("\n12\n", "\n14\n"), Outcome.ALTERED),
        (head(12)[:-3], Outcome.INCOMPLETE),
        ("", Outcome.INCOMPLETE),
    ],
)
def test_what_does_not_follow_from_the_last_head_is_refused(
    state: Path, attack: str, outcome: Outcome
) -> None:
    assert ask(state, head(12))[0]
    refused(state, attack, outcome)


async def test_an_archive_of_another_tree_or_an_older_one_is_refused(
    sealed: Sealed, state: Path, tmp_path: Path
) -> None:
    older = await archived(sealed, tmp_path / "older")
    await sealed.add_plainly(5)
    await sealed.seal()
    assert ask(state, await archived(sealed, tmp_path / "newer"))[0]
    refused(state, older, Outcome.FORKED)
    entries = await sealed.entries()
    await sealed.client.flushall()
    other = Sealed(sealed.harness)
    await sealed.harness.outbox.lead()
    await other.add_plainly(len(entries) + 3)
    await other.seal()
    refused(state, await archived(other, tmp_path / "other"), Outcome.FORKED)
    refused(state, tmp_path / "nothing", Outcome.INCOMPLETE)


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: (state / "state").unlink(),
        lambda state: (state / "key").unlink(),
        lambda state: (state / "state").write_text(""),
        lambda state: (state / "state").write_bytes((state / "state").read_bytes()[:-20]),
        lambda state: (state / "state").write_text(json.dumps({"log": str(KEY), "head": head(3)})),
        lambda state: (state / "state").write_text("[" * 100_000),
        lambda state: (state / "key").write_text(json.dumps({"name": NAME, "seed": "AAAA"})),
        lambda state: (state / "key").write_bytes(os.urandom(50)),
    ],
)
def test_a_witness_whose_files_are_damaged_cosigns_nothing(state: Path, damage: Damage) -> None:
    """It never begins anew by itself: then whoever deletes a file could show it another tree."""
    assert ask(state, head(12))[0]
    damage(state)
    cosigned, report = ask(state, head(12))
    assert (cosigned, report.outcome) == ("", Outcome.INCOMPLETE)
    with pytest.raises(SettingsError):
        begin_witness(state, NAME, str(KEY))


KILLED = """
import os, signal, sys
from pathlib import Path
from envaccess.wiring.tree_witness import cosign_newest
def die(*args, **named):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "fsync":
    os.fsync = die
else:
    Path.replace = die
print(cosign_newest(Path(sys.argv[2]), sys.argv[3], 1, accept_fork=False)[0])
"""


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_witness_that_is_killed_while_it_writes_knows_what_it_knew(state: Path, step: str) -> None:
    assert ask(state, head(12))[0]
    before = (state / "state").read_bytes()
    cosigned = read_note(json.loads(before)["head"])
    assert cosigned
    ended = start(KILLED, step, str(state), cosigned.text, stdout=subprocess.PIPE)
    out, _ = ended.communicate()
    assert (ended.returncode, out) == (-signal.SIGKILL, b"")
    assert (state / "state").read_bytes() == before
    assert ask(state, head(12))[0]


def test_what_the_witness_keeps_is_its_own(state: Path) -> None:
    assert [(state / file).stat().st_mode & 0o777 for file in ("key", "state")] == [0o600, 0o600]
    seed = json.loads((state / "key").read_text())["seed"]
    cosigned, report = ask(state, head(12))
    assert seed not in cosigned + repr(report) + (state / "state").read_text()
    assert read_witness(str(verifier(state))) == verifier(state)
    for wrong in (str(KEY), "x", f"{verifier(state)}A"):
        with pytest.raises(SettingsError):
            read_witness(wrong)


@pytest.mark.parametrize(
    ("name", "key"), [("w", "x"), ("a b", str(KEY)), ("a+b", str(KEY)), ("w\n", str(KEY))]
)
def test_no_witness_is_made_of_what_is_no_name_or_no_key(tmp_path: Path, name: str, key: str) -> None:
    with pytest.raises(SettingsError):
        begin_witness(tmp_path / "witness", name, key)
    assert not (tmp_path / "witness").exists()


async def test_a_head_without_the_witness_is_incomplete_and_a_wrong_cosignature_altered(
    sealed: Sealed, tmp_path: Path, state: Path
) -> None:
    archive = await archived(sealed, tmp_path / "archive")
    cosigned = read_note(ask(state, archive)[0])
    assert cosigned

    def verified(text: str) -> Outcome:
        check, problems, _ = read_archive(archive)
        note = read_note(text)
        assert note
        return check.report([KEY], [("a head", note)], NOON, problems, verifier(state)).outcome

    assert verified(cosigned.text) is Outcome.VALID
    assert verified((await sealed.head()).note) is Outcome.INCOMPLETE
    stranger = WitnessKey(bytes(32), NAME)
    plain = read_note((await sealed.head()).note)
    assert plain
    assert verified(stranger.cosign(plain, 1).text) is Outcome.INCOMPLETE
    other_time = bytes(7) + b"\x05" + cosigned.signatures[-1].signature[8:]
    forged = cosigned.text.replace(
        base64.b64encode(cosigned.signatures[-1].key_hash + cosigned.signatures[-1].signature).decode(),
        base64.b64encode(cosigned.signatures[-1].key_hash + other_time).decode(),
    )
    assert verified(forged) is Outcome.ALTERED


def test_a_cosignature_is_what_c2sp_says() -> None:
    key, note = WitnessKey(SEED, NAME), read_note(head(12))
    assert note
    found = key.cosign(note, 1_679_315_147)
    one = found.signatures[-1]
    said = NAME.encode() + b"\n\x04" + key.verifier.public
    assert one.key_hash == hashlib.sha256(said).digest()[:4]
    assert int.from_bytes(one.signature[:8]) == 1_679_315_147
    signed = f"cosignature/v1\ntime 1679315147\n{note.body}".encode()
    Ed25519PublicKey.from_public_bytes(key.verifier.public).verify(one.signature[8:], signed)
    assert read_verifier_key(str(key.verifier), COSIGNER) == key.verifier
    assert read_verifier_key(str(key.verifier)) is None
    assert "AAEC" not in repr(key)


async def test_a_proof_is_checked_by_its_file_alone(sealed: Sealed, state: Path) -> None:
    entries = await sealed.entries()
    for place in (0, 7, 19):
        proof = await prove_event(sealed.tree, entries[place][0])
        report = check_proof(proof, KEY, (), None)
        assert report.outcome is Outcome.VALID, report.problems
        assert entries[place][1]["s"] in report.facts[1]
        unpinned = check_proof(proof, None, (), None)
        assert unpinned.outcome is Outcome.INCOMPLETE
        assert "no key was given" in unpinned.problems[0].told
        cosigned = read_note(ask(state, (await sealed.head()).note)[0])
        assert cosigned
        assert check_proof(proof, KEY, (), verifier(state)).outcome is Outcome.INCOMPLETE
        assert check_proof(proof, KEY, [cosigned], verifier(state)).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("index 7", "index 6", Outcome.ALTERED),
        ("index 7", "index 99", Outcome.ALTERED),
        ("index 7", "index 07", Outcome.INCOMPLETE),
        ("\n20\n", "\n21\n", Outcome.ALTERED),
        ("extra ey", "extra ez", Outcome.ALTERED),
        ("tlog-proof@v1", "tlog-proof@v2", Outcome.INCOMPLETE),
        ("\u2014 ", "- ", Outcome.INCOMPLETE),
    ],
)
async def test_a_changed_proof_does_not_hold(sealed: Sealed, old: str, new: str, outcome: Outcome) -> None:
    proof = await prove_event(sealed.tree, (await sealed.entries())[7][0])
    assert old in proof
    changed = proof.replace(old, new, 1)
    assert check_proof(changed, KEY, (), None).outcome is outcome
    assert check_proof(changed, None, (), None).outcome is not Outcome.VALID
    assert check_proof(proof, STRANGER.verifier, (), None).outcome is Outcome.ALTERED
    assert check_proof(proof[: len(proof) // 2], KEY, (), None).outcome is not Outcome.VALID


async def test_an_accepted_fork_must_be_declared(state: Path) -> None:
    """A head alone declares nothing, whatever is accepted."""
    assert ask(state, head(12))[0]
    cosigned, report = ask(state, head(12, origin=f"{LOG}/1"), accept_fork=True)
    assert (cosigned, report.outcome) == ("", Outcome.FORKED)
    note = read_note(json.loads((state / "state").read_text())["head"])
    known = read_checkpoint(note.body) if note else None
    assert known
    assert known.origin == LOG


async def test_a_tree_that_follows_a_lost_one_is_cosigned_once_somebody_said_so(
    sealed: Sealed, state: Path, tmp_path: Path
) -> None:
    kept = await sealed.dump()
    await sealed.add_plainly(5)
    await sealed.seal()
    assert ask(state, await archived(sealed, tmp_path / "before"))[0]
    await sealed.client.flushall()
    for name, blob in kept.items():
        await sealed.client.restore(name, 0, blob)
    for _ in range(2):
        await sealed.add(3)
        await sealed.seal()
    assert (await sealed.head()).origin == f"{LOG}/1"
    archive = await archived(sealed, tmp_path / "after")
    refused(state, archive, Outcome.FORKED)
    cosigned, report = ask(state, archive, accept_fork=True)
    assert report.outcome is Outcome.VALID, report.problems
    assert f"{LOG}/1" in cosigned
    refused(state, tmp_path / "before", Outcome.FORKED)
    refused(state, head(12), Outcome.FORKED)
