"""A witness of the tree: it cosigns a head once it has seen that the tree only grew since the last one.

It has a folder of its own, on a machine of its own:

| file | what |
|---|---|
| `key` | its name and the seed of its key; written once |
| `state` | the log's verifier key, those that followed it, and the head that it cosigned last |
"""

import base64
import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envaccess.crypto.witness_keys import WitnessKey, cosignature_times
from envaccess.domain.checkpoint import (
    Checkpoint,
    SignedNote,
    VerifierKey,
    read_checkpoint,
    read_heads,
    read_note,
    read_verifier_key,
)
from envaccess.domain.errors import SettingsError
from envaccess.domain.merkle import continues
from envaccess.domain.text import clean, count
from envaccess.domain.tree_check import Outcome, TreeProblem, TreeReport
from envaccess.wiring.tree_archive import read_archive
from envaccess.wiring.tree_proof import signed_by_log

SEED_BYTES: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)
_GROWN: Final = re.compile(
    r"old (0|[1-9]\d{0,18})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n(.+)", re.ASCII | re.DOTALL
)
"""C2SP's tlog-witness: the size that a proof begins at, its hashes, and the head."""
_LAST: Final = "the head that this witness cosigned last"
_ROTATED_TOLD: Final = "after `audit keys rotate`, run this on an archive, which holds the rotation"
_FORK_TOLD: Final = "look into it, and run this with --accept-fork on an archive if the loss is explained"


@dataclass(frozen=True, slots=True)
class _WitnessFiles:
    """What a witness knows of a log.

    Attributes:
        key: its own.
        logs: the log's verifier key, and those of which an archive showed that they followed it.
        note: the head that it cosigned last; None where it has cosigned none.
        head: what that says.
    """

    key: WitnessKey
    logs: tuple[VerifierKey, ...]
    note: SignedNote | None
    head: Checkpoint | None


Found = tuple[SignedNote | None, TreeReport]
"""A head that may be cosigned, and what was found."""


def begin_witness(folder: Path, name: str, log: str) -> VerifierKey:
    """Make a witness with a new key, which has seen nothing of a log; returns its verifier key.

    Raises:
        SettingsError: the name or the log's key is none, or the folder holds a witness.
    """
    key = read_verifier_key(log)
    if key is None:
        raise SettingsError("--key is no verifier key: it looks like envaccess/T0ACME/0a1b2c3d+HASH+KEY")
    if not _NAME.fullmatch(name):
        raise SettingsError("--begin takes a name such as witness.example.com/w1")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            if any((folder / file).exists() for file in ("key", "state")):
                raise SettingsError(f"{folder} holds a witness already: it is kept as it is")
            seed = os.urandom(SEED_BYTES)
            _write(folder, "key", {"name": name, "seed": base64.b64encode(seed).decode()})
            _write_state(folder, [key], "")
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written: {error.strerror}") from None
    return WitnessKey(seed, name).verifier


def cosign_newest(folder: Path, source: Path | str, now: int, *, accept_fork: bool) -> tuple[str, TreeReport]:
    """The newest head of a source with our cosignature, empty where it was refused; and what was found.

    Args:
        folder: the witness's own.
        source: an archive's folder, or a text of heads, or the body of a request of C2SP's tlog-witness.
        now: milliseconds since the epoch.
        accept_fork: go on with a tree that follows one that was lost, as an archive declares it.
    """
    if not folder.is_dir():
        told = f"{folder} is not there: `--begin NAME --key KEY` makes a witness in it, once"
        return "", _refused(Outcome.INCOMPLETE, told)
    try:
        with _locked(folder):
            return _cosign_newest(folder, source, now, accept_fork=accept_fork)
    except OSError as error:
        return "", _refused(Outcome.INCOMPLETE, f"{folder} cannot be read or written: {error.strerror}")


def _cosign_newest(
    folder: Path, source: Path | str, now: int, *, accept_fork: bool
) -> tuple[str, TreeReport]:
    known = _read_known(folder)
    if known is None:
        told = (
            f"{folder} holds no witness, or its key or its state is damaged: nothing was cosigned. "
            "Put a copy back, or begin in another folder and tell those who pinned the old key"
        )
        return "", _refused(Outcome.INCOMPLETE, told)
    if isinstance(source, Path):
        (note, report), logs = _from_archive(known, source, now, accept_fork=accept_fork)
    else:
        (note, report), logs = _from_text(known, source), known.logs
    if note is None or report.outcome:
        return "", report
    cosigned = known.key.cosign(note, max(1, now // 1000)).text
    _write_state(folder, logs, cosigned)
    return cosigned, report


def _from_archive(
    known: _WitnessFiles, folder: Path, now: int, *, accept_fork: bool
) -> tuple[Found, Sequence[VerifierKey]]:
    """Every event is hashed anew, and the head that was cosigned last must be one of this tree.

    Returns also the keys that count from now on.
    """
    check, broken, _ = read_archive(folder)
    newest = check.newest
    if newest is None:
        none = TreeProblem(Outcome.INCOMPLETE, "the archive holds no head")
        return (None, TreeReport((), (*broken, none))), known.logs
    last = [(_LAST, known.note)] if known.note else []
    report = check.report(known.logs, last, now, broken)
    if known.head and newest.origin != known.head.origin and not accept_fork:
        told = f"{newest.origin} follows {known.head.origin}, which lost events: {_FORK_TOLD}"
        report = TreeReport(report.facts, (*report.problems, TreeProblem(Outcome.FORKED, told)))
    return (newest.signed, report), check.keys(known.logs)


def _from_text(known: _WitnessFiles, text: str) -> Found:
    grown = _GROWN.fullmatch(text)
    notes = read_heads(grown[3] if grown else text) or ()
    heads = [(note, head) for note in notes if (head := read_checkpoint(note.body)) and head.size]
    if not heads or (grown and len(heads) > 1):
        return None, _refused(Outcome.INCOMPLETE, "there is no signed head, or one that is cut off")
    for note, head in heads:
        if not signed_by_log(note, head.origin, *known.logs):
            told = (
                f"a head of {clean(head.origin)} is not signed by the log's key, or by one that followed it"
            )
            return None, _refused(Outcome.ALTERED, f"{told}: {_ROTATED_TOLD}")
    if forked := _forked(known.head, [head for _, head in heads]):
        return None, _refused(Outcome.FORKED, forked)
    note, head = max(heads, key=lambda one: one[1].size)
    old = int(grown[1]) if grown else None
    path = [base64.b64decode(one) for one in grown[2].split()] if grown else []
    refused = _not_shown(known.head, head, old, path)
    report = refused or TreeReport((f"{count(head.size, 'event')} of {head.origin}",), ())
    return note, report


def _forked(last: Checkpoint | None, heads: Sequence[Checkpoint]) -> str:
    """Why heads that the log signed cannot be of one tree that grows; empty where they can."""
    newest, roots = max(heads, key=lambda head: head.size), dict[int, bytes]()
    for head in (last, *heads) if last else heads:
        if head.origin != newest.origin:
            return f"one head is of {newest.origin}, and one of {head.origin}: {_FORK_TOLD}"
        if roots.setdefault(head.size, head.root) != head.root:
            return f"{head.origin}: two trees of {head.size} events were signed"
    if last and newest.size < last.size:
        return f"{newest.origin}: the newest head has {newest.size} events, and {_LAST} has {last.size}"
    return ""


def _not_shown(
    last: Checkpoint | None, head: Checkpoint, old: int | None, path: Sequence[bytes]
) -> TreeReport | None:
    """What is missing or wrong with a proof that the tree only grew."""
    size = last.size if last else 0
    if old is not None and old != size:
        told = f"the proof begins at {count(old, 'event')}, and {size} were cosigned last"
        return _refused(Outcome.INCOMPLETE, told)
    if last is None or (last.size == head.size and not path):
        return _refused(Outcome.ALTERED, "there is a proof where none can be") if path else None
    if old is None:
        told = f"a head of {head.size} alone does not show that the tree only grew since {size}"
        return _refused(Outcome.INCOMPLETE, f"{told}: give the archive in its place")
    if not continues(size, last.root, head.size, head.root, path):
        told = f"{head.origin}: the proof does not lead from {_LAST} to the tree of {head.size} events"
        return _refused(Outcome.FORKED, told)
    return None


def _refused(outcome: Outcome, told: str) -> TreeReport:
    return TreeReport((), (TreeProblem(outcome, told),))


def _read_known(folder: Path) -> _WitnessFiles | None:
    """What was written; None where a file is missing or is not as we wrote it."""
    try:
        own, state = (json.loads((folder / file).read_text("utf-8")) for file in ("key", "state"))
        key = WitnessKey(base64.b64decode(own["seed"], validate=True), str(own["name"]))
        said = [str(state["log"]), *str(state.get("followed", "")).split()]
        logs, text = tuple(log for one in said if (log := read_verifier_key(one))), str(state["head"])
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    note = read_note(text)
    head = read_checkpoint(note.body) if note else None
    if len(logs) < len(said) or (text and (not note or not head)):
        return None
    if note and not any(cosignature_times(note, key.verifier)):
        return None
    return _WitnessFiles(key, logs, note, head)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two at once would cosign two trees that both grow from the last one."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write_state(folder: Path, logs: Sequence[VerifierKey], head: str) -> None:
    first, *followed = map(str, logs)
    _write(folder, "state", {"log": first, "followed": " ".join(followed), "head": head})


def _write(folder: Path, file: str, facts: dict[str, str]) -> None:
    """A file is there whole, or as it was, whenever the machine stops."""
    draft = folder / f".{file}.draft"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump(facts, opened)
        opened.flush()
        os.fsync(descriptor)
    draft.replace(folder / file)
    kept = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(kept)
    finally:
        os.close(kept)
