"""The key of a whole job: it says of a session's keys that they are of the job that showed a token first.

It opens nothing by itself. What it signs names the token and both keys of one process, so that a statement
which somebody saw is of no use for other keys, nor for another token.
"""

from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from envaccess.crypto.encoding import from_text, to_text
from envaccess.crypto.proofs import ProofKey, is_proof_key

_PREFIX: Final = b"envaccess job key 1\n"
"""No proof for a request begins like this: what is signed for one is never taken for the other."""


def sign_job(key: ProofKey, token: str, sign_key: str, seal_key: str) -> str:
    """Say that these keys are of the job whose key this is; 86 characters.

    Args:
        key: the job's.
        token: the platform's token that is shown with them.
        sign_key: the public key that the process proves.
        seal_key: the public key that values are to be sealed to.
    """
    return to_text(key.sign(_signed(token, sign_key, seal_key)))


def holds_job(job_key: str, signature: str, token: str, sign_key: str, seal_key: str) -> bool:
    """Whether the job of this public key said so of this token and these keys."""
    if not is_proof_key(job_key):
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(from_text(job_key) or b"")
        public.verify(from_text(signature) or b"", _signed(token, sign_key, seal_key))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(token: str, sign_key: str, seal_key: str) -> bytes:
    """Three texts of fixed length: no two statements have the same bytes."""
    parts = (token, sign_key, seal_key)
    return _PREFIX + b"".join(sha256(part.encode()).digest() for part in parts)
