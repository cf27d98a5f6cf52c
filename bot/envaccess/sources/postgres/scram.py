"""The verifier of a password, made by us: one in clear would stand in the server's log (`log_statement`).

As RFC 5803 and PostgreSQL's `scram-common.c` write it. Our passwords are ASCII, which SASLprep (RFC 4013)
leaves as they are.
"""

import base64
import hashlib
import hmac
import secrets

PASSWORD_CHARACTERS = 40
ITERATIONS = 4096
"""PostgreSQL's own default; a password of 40 random characters needs no more."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SALT_BYTES = 16


def new_password() -> str:
    """Random letters and digits (238 bits): the same in a URL, a shell, an ini file and JSON."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PASSWORD_CHARACTERS))


def verifier(password: str) -> str:
    """What `PASSWORD` takes in place of a password of ASCII; another one each time, as its salt is random."""
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(_mac(salted, b"Client Key")).digest()
    server = _mac(salted, b"Server Key")
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
