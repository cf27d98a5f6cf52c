"""A stand-in for Google's Secret Manager, its OAuth server and the metadata server, on loopback.

Secret Manager: https://cloud.google.com/secret-manager/docs/reference/rest; a disabled or destroyed
version is 400 FAILED_PRECONDITION (external-secrets#4042 shows Google's words). Tokens for a key:
https://developers.google.com/identity/protocols/oauth2/service-account#httprest. The metadata
server: https://cloud.google.com/compute/docs/metadata/querying-metadata. Google's own client drives
it in `tests/vendors`; Google itself was not tried.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.http_service import ReceivedRequest

AUDIENCE = "https://oauth2.googleapis.com/token"
"""Always this one, wherever the token is asked for."""
EMAIL = "envaccess@payments.iam.gserviceaccount.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def key_file(**more: object) -> str:
    """The key file of the service account; its addresses are never used."""
    said = {"type": "service_account", "client_email": EMAIL, "private_key": PEM, "private_key_id": "k1"}
    return json.dumps({**said, "token_uri": "http://127.0.0.1:1/stolen", **more})


@dataclass
class GcpStandIn:
    """What `HttpService.answer_with` takes.

    Attributes:
        base: where it is, once it runs.
        versions: of each secret `project/name`, the first is number 1: its bytes and its state.
        allowed: the secrets that the service account may read, and `list` for their names.
        made: how many tokens were made; only the last counts.
        checksum: what is told as the CRC-32C of whatever is read; None: none is told.
        page_most: secrets of a page, however many are asked for.
    """

    base: str = ""
    versions: dict[str, list[tuple[bytes, str]]] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=lambda: {"payments/stripe", "list"})
    made: int = 0
    checksum: int | None = None
    expires: int = 3600
    page_most: int = 500

    @property
    def token(self) -> str:
        return f"token-for-tests-{self.made}"

    async def __call__(self, received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        status, told, headers = self._route(received)
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}"
        head += f"Content-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()

    def _route(self, received: ReceivedRequest) -> tuple[int, dict[str, Any], str]:
        method, target, _ = received.line.split(" ", 2)
        path = target.partition("?")[0]
        if path == "/token" and method == "POST":
            return *self._exchanged(received), ""
        if path == "/computeMetadata/v1/instance/service-accounts/default/token":
            if received.every("Metadata-Flavor") != ["Google"]:
                return 403, {}, ""
            return 200, self._made(), "Metadata-Flavor: Google\r\n"
        if received.every("Authorization") != [f"Bearer {self.token}"]:
            return *_error(401, "UNAUTHENTICATED"), ""
        return *self._secret(path, target.partition("?")[2]), ""

    def _made(self) -> dict[str, Any]:
        self.made += 1
        return {"access_token": self.token, "expires_in": self.expires, "token_type": "Bearer"}

    def _exchanged(self, received: ReceivedRequest) -> tuple[int, dict[str, Any]]:
        said = parse_qs(received.body.decode())
        try:
            options: Any = {"verify_exp": False, "verify_iat": False}
            claims = jwt.decode(
                said["assertion"][0],
                KEY.public_key(),
                ["RS256"],
                audience=AUDIENCE,
                options=options,
            )
        except (jwt.PyJWTError, KeyError):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        if claims["iss"] != EMAIL or claims["exp"] - claims["iat"] > 3600:
            return 400, {"error": "invalid_grant"}
        return 200, self._made()

    def _list(self, project: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        if "list" not in self.allowed:
            return _error(403, "PERMISSION_DENIED")
        names = [title for title in self.versions if title.startswith(f"{project}/")]
        start = int(query.get("pageToken", ["a+/ 0"])[0].removeprefix("a+/ "))
        end = start + min(int(query.get("pageSize", ["100"])[0]), self.page_most)
        more = {"nextPageToken": f"a+/ {end}"} if end < len(names) else {}
        listed = [{"name": _name(title)} for title in names[start:end]]
        return 200, {"secrets": listed, "totalSize": len(names), **more}

    def _secret(self, path: str, query: str) -> tuple[int, dict[str, Any]]:
        parts = path.removeprefix("/v1/projects/").split("/")
        project, rest = parts[0], parts[2:]
        if not rest:
            return self._list(project, parse_qs(query))
        title = f"{project}/{rest[0].partition(':')[0]}"
        if rest[-1].endswith(":testIamPermissions"):
            return 200, {"permissions": ["secretmanager.versions.access"]} if title in self.allowed else {}
        if title not in self.allowed:
            return _error(403, "PERMISSION_DENIED")
        if title not in self.versions:
            return _error(404, "NOT_FOUND")
        return self._version(title, rest[2].removesuffix(":access"))

    def _version(self, title: str, wanted: str) -> tuple[int, dict[str, Any]]:
        kept = self.versions[title]
        number = len(kept) if wanted == "latest" else int(wanted)
        if not 0 < number <= len(kept):
            return _error(404, "NOT_FOUND")
        data, state = kept[number - 1]
        if state != "ENABLED":
            return _error(400, "FAILED_PRECONDITION", f"Secret Version [x] is in {state} state.")
        payload: dict[str, Any] = {"data": base64.b64encode(data).decode()}
        if self.checksum is not None:
            payload["dataCrc32c"] = str(self.checksum)
        return 200, {"name": f"{_name(title)}/versions/{number}", "payload": payload}


def _name(title: str) -> str:
    project, _, name = title.partition("/")
    return f"projects/{'123456' if project == 'payments' else project}/secrets/{name}"


def _error(
    code: int, status: str, message: str = "value-for-tests in a message"
) -> tuple[int, dict[str, Any]]:
    return code, {"error": {"code": code, "message": message, "status": status}}
