"""What stands around a pipeline: a platform that gives tokens, and the server's half of their exchange.

Nothing here is signed: what the client does is tested, which verifies nothing. Real signatures are those of
`issuer.py`.
"""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

CLAIMS: dict[str, Any] = {
    "iss": "https://token.actions.githubusercontent.com", "repository": "acme/shop", "repository_id": "456",
    "repository_owner_id": "123", "ref": "refs/heads/main", "event_name": "push", "environment": "production",
    "workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main", "actor": "octocat",
    "actor_id": "9001", "runner_environment": "github-hosted", "run_id": "77", "run_attempt": "1",
}  # fmt: skip
"""As GitHub says them of a push to a branch."""


def unsigned(audience: object, claims: dict[str, Any] | None = None, **more: Any) -> str:
    """A token that nobody has signed."""
    told = {**(CLAIMS if claims is None else claims), "aud": audience, "iat": time.time_ns(), **more}
    return ".".join((_part({"alg": "RS256", "typ": "JWT"}), _part(told), "c2lnbmVk"))


def _part(told: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def read_claims(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


@dataclass
class TokenExchange:
    """How the server takes tokens.

    Attributes:
        principal: whom it knows the run as; empty for nobody.
        lasts: seconds of a session.
        refusals: answered first, one each time.
        used: each token that came, with the key that came with it.
    """

    principal: str = "machine:deploy"
    lasts: int = 300
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    used: list[tuple[str, str]] = field(default_factory=list)

    def exchange(self, body: dict[str, Any], url: str) -> tuple[int, dict[str, Any]]:
        assert body["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
        assert body["subject_token_type"] == "urn:ietf:params:oauth:token-type:jwt"
        assert read_claims(body["subject_token"])["aud"] in (url, [url])
        if self.refusals:
            return self.refusals.pop(0)
        if not self.principal:
            return 403, {
                "reason": "no_machine", "detail": "No machine of the policy is this run.", "hint": "Add it."
            }  # fmt: skip
        key = body.get("job_key", body["sign_key"])
        if any(token == body["subject_token"] and key != used for token, used in self.used):
            return 403, {"reason": "token_used", "detail": "This token was used with another key."}
        self.used.append((body["subject_token"], key))
        return 201, {
            "token_type": "DPoP", "principal": self.principal, "workspace": "T0ACME123",
            "workspace_name": "Acme", "session": {"id": "ci_12345678", "ends_in": self.lasts},
        }  # fmt: skip

    def whoami(self) -> dict[str, Any]:
        return {
            "principal": self.principal, "kind": "machine", "person": "", "name": "", "workspace":
            "T0ACME123", "workspace_name": "Acme", "server_version": "0.4.0",
        }  # fmt: skip


@dataclass
class FakeGithub:
    """What gives tokens to a job of GitHub.

    Attributes:
        asked: the audience of each token.
        faults: answered first, one each time.
    """

    bearer: str = "bearer-for-tests"
    asked: list[str] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a job with `id-token: write` finds."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/tokens?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.bearer,
        }

    def answer(self, target: str, authorization: str) -> tuple[int, dict[str, Any]]:
        if authorization != f"bearer {self.bearer}":
            return 401, {}
        if self.faults:
            return self.faults.pop(0), {}
        query = parse_qs(urlsplit(target).query)
        assert query["api-version"] == ["2.0"]
        [audience] = query["audience"]
        self.asked.append(audience)
        return 200, {"value": self.sign(audience)}

    def sign(self, audience: str) -> str:
        """A token for it."""
        return unsigned(audience)


Github = TypeVar("Github", bound=FakeGithub)


class _Handler(BaseHTTPRequestHandler):
    platform: FakeGithub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class names it
        """Nothing is printed."""

    def do_GET(self) -> None:
        status, told = self.platform.answer(self.path, self.headers.get("Authorization", ""))
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def giving_tokens(platform: Github) -> Iterator[Github]:
    """Give tokens on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"platform": platform}))
    server.daemon_threads = True
    platform.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
