"""What a job's key signs is good for one token and one process's keys, and nothing else."""

import pytest

from envaccess.crypto.boxes import BoxKey
from envaccess.crypto.encoding import to_text
from envaccess.crypto.job_keys import holds_job, sign_job
from envaccess.crypto.proofs import ProofKey, make_proof

JOB, SIGN, SEAL = ProofKey.generate(), ProofKey.generate().public, BoxKey.generate().public
TOKEN = "a.b.c"


def test_a_job_s_key_speaks_for_a_process_of_its_job() -> None:
    assert holds_job(JOB.public, sign_job(JOB, TOKEN, SIGN, SEAL), TOKEN, SIGN, SEAL)


@pytest.mark.parametrize(
    ("token", "sign", "seal"),
    [("a.b.d", SIGN, SEAL), (TOKEN, JOB.public, SEAL), (TOKEN, SIGN, BoxKey.generate().public),
     (TOKEN, SEAL, SIGN)],
    ids=["another token", "another process", "another key for values", "both keys exchanged"],
)  # fmt: skip
def test_what_was_said_of_a_process_is_no_use_for_anything_else(token: str, sign: str, seal: str) -> None:
    assert not holds_job(JOB.public, sign_job(JOB, TOKEN, SIGN, SEAL), token, sign, seal)


def test_another_key_cannot_say_it() -> None:
    signature = sign_job(ProofKey.generate(), TOKEN, SIGN, SEAL)
    assert not holds_job(JOB.public, signature, TOKEN, SIGN, SEAL)


def test_a_proof_for_a_request_is_no_statement_of_a_job() -> None:
    proof = make_proof(JOB, "POST", "https://envaccess.example.com/v1/token", now=0, jti="1", token=TOKEN)
    assert not holds_job(JOB.public, proof.rpartition(".")[2], TOKEN, SIGN, SEAL)


@pytest.mark.parametrize("key", [to_text(bytes(32)), to_text(b"\1" + bytes(31)), "", "!"])
def test_a_key_under_which_anybody_signs_speaks_for_nobody(key: str) -> None:
    assert not holds_job(key, to_text(bytes(64)), TOKEN, SIGN, SEAL)


@pytest.mark.parametrize("signature", ["", "!", "AAAA", to_text(bytes(64))])
def test_what_is_no_signature_says_nothing(signature: str) -> None:
    assert not holds_job(JOB.public, signature, TOKEN, SIGN, SEAL)
