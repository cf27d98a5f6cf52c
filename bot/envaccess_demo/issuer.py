"""The platform of the demo's pipeline: real keys, and tokens as GitHub's runners get them."""

import base64
import json
import secrets
import time
from pathlib import Path
from typing import Final

from envaccess.crypto.proofs import ProofKey

ISSUER: Final = "https://token.actions.demo.example"
ACTOR: Final = "alice-archer"
ALGORITHM: Final = "EdDSA"
_KEY_ID: Final = "demo"
_PRIVATE, _PUBLIC = "issuer.key", "issuer.json"
_SECONDS: Final = 5 * 60


def publish_keys(home: Path) -> Path:
    """Make the platform's key, and write its public half for the bot; returns that file."""
    key = ProofKey.generate()
    private = home / _PRIVATE
    private.touch(mode=0o600)
    private.write_bytes(key.to_bytes())
    told = {"kty": "OKP", "crv": "Ed25519", "x": key.public, "kid": _KEY_ID, "use": "sig", "alg": ALGORITHM}
    public = home / _PUBLIC
    public.touch(mode=0o600)
    public.write_text(json.dumps({"keys": [told]}), encoding="utf-8")
    return public


def mint_token(home: Path, audience: str) -> str:
    """The token of a new run of `deploy.yml`, on main, that Alice's push began.

    Its claims: https://docs.github.com/en/actions/reference/security/oidc
    """
    now = int(time.time())
    workflow = "acme/shop/.github/workflows/deploy.yml@refs/heads/main"
    commit = secrets.token_hex(20)
    claims = {
        "iss": ISSUER, "aud": audience, "jti": secrets.token_hex(16),
        "iat": now, "nbf": now, "exp": now + _SECONDS,
        "sub": "repo:acme/shop:ref:refs/heads/main",
        "actor": ACTOR, "actor_id": "9001", "event_name": "push",
        "ref": "refs/heads/main", "ref_type": "branch", "sha": commit,
        "repository": "acme/shop", "repository_id": "456",
        "repository_owner": "acme", "repository_owner_id": "123",
        "job_workflow_ref": workflow, "workflow_ref": workflow, "workflow": "deploy",
        "run_id": str(secrets.randbelow(10**10)), "run_number": "42", "run_attempt": "1",
        "check_run_id": str(secrets.randbelow(10**10)), "runner_environment": "github-hosted",
    }  # fmt: skip
    header = {"typ": "JWT", "alg": ALGORITHM, "kid": _KEY_ID}
    signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims).encode())}"
    signature = ProofKey.from_bytes((home / _PRIVATE).read_bytes()).sign(signed.encode())
    return f"{signed}.{_part(signature)}"


def _part(data: bytes) -> str:
    """As RFC 7515 writes the parts of a token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
