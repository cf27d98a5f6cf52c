"""An issuer of pipelines' tokens on loopback: real keys, real signatures, and claims as platforms make them.

Claims of GitHub: https://docs.github.com/en/actions/reference/security/oidc
Claims of GitLab: https://docs.gitlab.com/ci/secrets/id_token_authentication/
Claims of Kubernetes: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
"""

import asyncio
import base64
import contextlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_CURVES: Final[dict[str, tuple[ec.EllipticCurve, int]]] = {
    "P-256": (ec.SECP256R1(), 32),
    "P-384": (ec.SECP384R1(), 48),
    "P-521": (ec.SECP521R1(), 66),
}
_CURVE_OF: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size: int = 0) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8))


@cache
def rsa_key(name: str, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """The key of this name: making one takes a tenth of a second, so that a process makes each once."""
    del name
    return rsa.generate_private_key(65_537, bits)


def make_key(algorithm: str, name: str) -> PrivateKey:
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm in _CURVE_OF:
        return ec.generate_private_key(_CURVES[_CURVE_OF[algorithm]][0])
    return rsa_key(name)


def public_jwk(key: PrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    """The public half, as RFC 7518 (6) writes it."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        found = {"kty": "RSA", "n": number(public.n), "e": number(public.e)}
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        name, size = next(
            (name, size) for name, (curve, size) in _CURVES.items() if curve.name == key.curve.name
        )
        found = {"kty": "EC", "crv": name, "x": number(point.x, size), "y": number(point.y, size)}
    else:
        found = {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key().public_bytes_raw())}
    return {**found, "kid": kid, "use": "sig", **more}


def sign(key: PrivateKey, algorithm: str, data: bytes) -> bytes:
    """A signature as RFC 7518 (3) writes it."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    digest = _HASHES[algorithm[2:]]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.curve.key_size + 7) // 8
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size) + s.to_bytes(size)
    if algorithm.startswith("PS"):
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data, padding.PKCS1v15(), digest)


def token_of(header: Any, claims: Any, signature: Callable[[bytes], bytes]) -> str:
    """A token of these parts, whatever they are; texts are taken as they are."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    signed = ".".join(b64(part.encode()) for part in parts)
    return f"{signed}.{b64(signature(signed.encode()))}"


@dataclass
class FakeIssuer:
    """Signs tokens, and publishes the keys.

    Attributes:
        base: its address, which is the `iss` of its tokens.
        audience: whom tokens are for.
        asked: the paths that were asked for.
        fault: what is answered in the place of keys; None while all is well.
        delay: seconds that each answer takes.
        more: keys that it publishes besides.
        now: seconds since the epoch.
    """

    base: str = "https://issuer.example"
    audience: str = "https://envaccess.example"
    algorithm: str = "RS256"
    asked: list[str] = field(default_factory=list)
    fault: Callable[[], web.StreamResponse] | None = None
    delay: float = 0.0
    more: list[dict[str, Any]] = field(default_factory=list)
    now: Callable[[], float] = time.time
    rotations: int = 0
    key: PrivateKey = field(init=False)
    kid: str = field(init=False)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Sign with another key from now on, and publish it alone."""
        self.rotations += 1
        name = f"key-{self.rotations}"
        self.key, self.kid = make_key(self.algorithm, name), f"{name}-{secrets.token_hex(4)}"

    @property
    def keys(self) -> list[dict[str, Any]]:
        return [*self.more, public_jwk(self.key, self.kid, alg=self.algorithm)]

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": self.keys})

    def header(self, **more: Any) -> dict[str, Any]:
        return _without_none({"typ": "JWT", "alg": self.algorithm, "kid": self.kid, **more})

    def token(self, claims: Any, header: Any = None) -> str:
        """A token with a real signature."""
        return token_of(
            self.header() if header is None else header,
            claims,
            lambda data: sign(self.key, self.algorithm, data),
        )

    def _usual(self, seconds: int) -> dict[str, Any]:
        now = int(self.now())
        times = {"iat": now, "nbf": now, "exp": now + seconds}
        return {"iss": self.base, "aud": self.audience, "jti": secrets.token_hex(16), **times}

    def github(self, **more: Any) -> dict[str, Any]:
        """What a job of `acme/shop` says of itself: every claim, by default a deployment of main."""
        found = {
            **self._usual(300),
            "nbf": int(self.now()) - 600,
            "sub": "repo:acme@123/shop@456:environment:production",
            "actor": "octocat", "actor_id": "9001", "base_ref": "", "check_run_id": "55100200300",
            "environment": "production", "environment_node_id": "EN_kwDOA",
            "event_name": "push", "head_ref": "",
            "job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
            "job_workflow_sha": "1" * 40, "ref": "refs/heads/main", "ref_protected": "true",
            "ref_type": "branch", "repository": "acme/shop", "repository_id": "456",
            "repository_owner": "acme", "repository_owner_id": "123",
            "repository_visibility": "private", "run_attempt": "1", "run_id": "77001", "run_number": "42",
            "runner_environment": "github-hosted", "sha": "2" * 40,
            "workflow": "deploy", "workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
            "workflow_sha": "1" * 40,
        }  # fmt: skip
        return _without_none({**found, **more})

    def gitlab(self, **more: Any) -> dict[str, Any]:
        """What a job of `acme/shop` on GitLab says of itself (18.3 or newer)."""
        now = int(self.now())
        found = {
            **self._usual(3_600),
            "nbf": now - 5,
            "sub": "project_path:acme/shop:ref_type:branch:ref:main",
            "namespace_id": "72", "namespace_path": "acme", "project_id": "20", "project_path": "acme/shop",
            "project_visibility": "private", "job_project_id": "20", "job_project_path": "acme/shop",
            "job_namespace_id": "72", "job_namespace_path": "acme",
            "user_id": "1", "user_login": "sample-user",
            "user_email": "sample-user@example.com", "user_access_level": "developer", "pipeline_id": "574",
            "pipeline_source": "push", "job_id": "302", "ref": "main", "ref_type": "branch",
            "ref_path": "refs/heads/main", "ref_protected": "true", "runner_id": 1,
            "runner_environment": "self-hosted", "sha": "3" * 40,
            "ci_config_ref_uri": "gitlab.example/acme/shop//.gitlab-ci.yml@refs/heads/main",
            "ci_config_sha": "3" * 40, "environment": "production", "environment_protected": "true",
        }  # fmt: skip
        return _without_none({**found, **more})

    def kubernetes(self, pod: str = "0d8b260e-ef0e-45fb-be8e-ff44f97722e8", **more: Any) -> dict[str, Any]:
        """What the token of a pod says: a list of audiences, and the pod's own id."""
        now = int(self.now())
        found = {
            **self._usual(3_607),
            "aud": [self.audience],
            "sub": "system:serviceaccount:shop:api",
            "kubernetes.io": {
                "namespace": "shop",
                "node": {"name": "worker-1", "uid": "517eb86e-b863-451b-bf70-86cb61439a3a"},
                "pod": {"name": "api-6d5f", "uid": pod},
                "serviceaccount": {"name": "api", "uid": "e6a8680e-d103-4cce-80ea-03acbbeacf7d"},
                "warnafter": now + 3_000,
            },
        }
        return _without_none({**found, **more})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.fault:
            return self.fault()
        if request.path.endswith("openid-configuration"):
            return web.json_response({"issuer": self.base, "jwks_uri": f"{self.base}/.well-known/jwks"})
        return web.Response(text=self.jwks, content_type="application/json")


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    """What is given as None is left out."""
    return {name: value for name, value in claims.items() if value is not None}


@contextlib.asynccontextmanager
async def serving_issuer(**more: Any) -> AsyncIterator[FakeIssuer]:
    """An issuer on a port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        issuer = FakeIssuer(base=f"http://127.0.0.1:{listener.getsockname()[1]}", **more)
        application = web.Application()
        application.router.add_get("/{path:.*}", issuer._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield issuer
        finally:
            await runner.cleanup()
