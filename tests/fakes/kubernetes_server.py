"""A stand-in for a Kubernetes API server: Secrets and reviews of what one may do, on loopback.

Objects and errors:
https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ and
.../common-definitions/status/. A patch that names a `resourceVersion` is refused with 409 where
another one is current: https://kubernetes.io/docs/reference/using-api/api-concepts/. An immutable
Secret is 422: https://kubernetes.io/docs/concepts/configuration/secret/. Kubernetes' own Python
client drives it in `tests/vendors`; no real cluster was tried.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.http_service import ReceivedRequest

TOKEN = "token-for-tests-1"


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@dataclass
class KubernetesStandIn:
    """What `HttpService.answer_with` takes.

    Attributes:
        secrets: `namespace/name` to what is stored.
        allowed: `verb namespace/name` that the token may, with `*` for any name.
        tokens: those that are known.
        accounts: whose tokens there are, as `namespace:name`.
        forgetful: whether the next list that goes on after a change is 410 Expired.
    """

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=lambda: {"get payments/stripe", "patch payments/stripe"})
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    accounts: dict[str, str] = field(default_factory=dict)
    version: int = 100
    forgetful: bool = False

    def store(self, title: str, data: dict[str, str | bytes], **more: object) -> None:
        self.version += 1
        space, _, name = title.partition("/")
        self.secrets[title] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": space, "resourceVersion": str(self.version)},
            "type": "Opaque",
            "data": {key: b64(value) for key, value in data.items()},
            **more,
        }

    async def __call__(self, received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        status, told = self._route(received)
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()

    def _route(self, received: ReceivedRequest) -> tuple[int, dict[str, Any]]:  # noqa: PLR0911
        method, target, _ = received.line.split(" ", 2)
        bearer = "".join(received.every("Authorization")).removeprefix("Bearer ")
        if bearer not in self.tokens:
            return _status(401, "Unauthorized", "Unauthorized")
        path = target.partition("?")[0]
        if path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" and method == "POST":
            return self._review(json.loads(received.body))
        if path == "/apis/authentication.k8s.io/v1/tokenreviews" and method == "POST":
            return 201, self._reviewed(json.loads(received.body))
        parts = path.strip("/").split("/")
        if parts[:3] != ["api", "v1", "namespaces"] or parts[4:5] != ["secrets"]:
            return _status(404, "NotFound", "the server could not find the requested resource")
        title = f"{parts[3]}/{parts[5] if len(parts) > 5 else '*'}"
        verb = {"GET": "get" if len(parts) > 5 else "list", "PATCH": "patch"}.get(method, method)
        if not self._may(verb, title):
            return _status(403, "Forbidden", f'secrets "{title}" is forbidden: User cannot {verb} resource')
        if verb == "list":
            return self._list(parts[3], parse_qs(target.partition("?")[2]))
        if title not in self.secrets:
            return _status(404, "NotFound", f'secrets "{parts[5]}" not found')
        return (200, self.secrets[title]) if verb == "get" else self._patch(title, json.loads(received.body))

    def _list(self, space: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """A page; https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks."""
        items = [one for name, one in self.secrets.items() if name.startswith(f"{space}/")]
        version, start = "", 0
        if "continue" in query:
            version, _, place = query["continue"][0].partition("+/ ")
            start = int(place)
        if version and version != str(self.version) and self.forgetful:
            self.forgetful = False
            return _status(410, "Expired", "The provided continue parameter is too old")
        end = start + int(query.get("limit", ["500"])[0])
        more = {"continue": f"{self.version}+/ {end}"} if end < len(items) else {}
        return 200, {
            "apiVersion": "v1",
            "kind": "SecretList",
            "metadata": {"resourceVersion": str(self.version), **more},
            "items": items[start:end],
        }

    def _patch(self, title: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        found = self.secrets[title]
        expected = said.get("metadata", {}).get("resourceVersion")
        if expected is not None and expected != found["metadata"]["resourceVersion"]:
            return _status(
                409, "Conflict", "the object has been modified; please apply your changes to the latest"
            )
        if found.get("immutable"):
            return _status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set")
        self.version += 1
        metadata = {**found["metadata"], "resourceVersion": str(self.version)}
        self.secrets[title] = {
            **found,
            "data": {**found["data"], **said.get("data", {})},
            "metadata": metadata,
        }
        return 200, self.secrets[title]

    def _review(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        asked = said["spec"]["resourceAttributes"]
        allowed = self._may(asked["verb"], f"{asked['namespace']}/{asked.get('name') or '*'}")
        return 201, {**said, "metadata": {}, "status": {"allowed": allowed}}

    def _reviewed(self, said: dict[str, Any]) -> dict[str, Any]:
        """Whose token it is: what Vault asks when a pod logs in there."""
        user = self.accounts.get(said["spec"]["token"])
        told = {"username": f"system:serviceaccount:{user}", "uid": "u1"} if user else {}
        return {**said, "metadata": {}, "status": {"authenticated": bool(user), "user": told}}

    def _may(self, verb: str, title: str) -> bool:
        return f"{verb} {title}" in self.allowed or f"{verb} {title.partition('/')[0]}/*" in self.allowed


def _status(code: int, reason: str, message: str) -> tuple[int, dict[str, Any]]:
    told = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return code, {**told, "message": message, "reason": reason, "code": code}
