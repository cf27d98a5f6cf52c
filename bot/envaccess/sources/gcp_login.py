"""Tokens of Google's: for a service account's key, or from the metadata server of the machine or pod.

A key is exchanged as RFC 7523 says (developers.google.com/identity/protocols/oauth2/service-account). The
metadata server answers whoever asks it from this machine, so it is asked only where the file says so.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import jwt

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.gcp import TOKEN_URI, GcpKeyLogin, GcpMetadataLogin, GcpSpec
from envaccess.domain.text import whole_number
from envaccess.sources.credentials import LiveCredential
from envaccess.sources.http_client import HttpClient, SourceAnswer

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_METADATA: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
_EARLY: Final = 60.0
"""Seconds that a token is replaced before it ends."""


class GcpLogin:
    """The token that calls are made with, got anew before it ends.

    Args:
        spec: how we log in.
        http: what sends.
        clock: seconds that only go forward.
        now: milliseconds since the epoch.
        withhold: is told of every token, so that the log removes it.
    """

    def __init__(
        self,
        spec: GcpSpec,
        http: HttpClient,
        clock: Callable[[], float],
        now: Callable[[], int],
        withhold: Callable[[str], None],
    ) -> None:
        self._spec = spec
        self._http = http
        self._clock = clock
        self._now = now
        self._withhold = withhold
        self._key = LiveCredential(spec.auth.key, withhold) if isinstance(spec.auth, GcpKeyLogin) else None
        self._held = ("", 0.0)
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """The token. Raises `SourceFaultError`."""
        async with self._lock:
            token, ends = self._held
            if not token or self._clock() >= ends - _EARLY:
                token, seconds = await self._got()
                self._withhold(token)
                self._held = (token, self._clock() + seconds)
            return token

    def forget(self, token: str) -> None:
        """It is refused: get another one for the next call."""
        if self._held[0] == token:
            self._held = ("", 0.0)

    async def _got(self) -> tuple[str, int]:
        answer = await (self._from_metadata() if self._key is None else self._for_key(self._key.now()))
        if not answer.ok:
            raise self._fault(SourceFault.DENIED, f"got no token for our service account ({answer.status})")
        found = answer.json(self._spec.name)
        token = found.get("access_token") if isinstance(found, dict) else None
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise self._fault(SourceFault.MALFORMED, "got an answer without a token")
        return token, whole_number(str(found.get("expires_in", ""))) or 0

    async def _from_metadata(self) -> SourceAnswer:
        """The header keeps a page in somebody's browser from asking; an answer without it is not Google's."""
        assert isinstance(self._spec.auth, GcpMetadataLogin)
        url = f"{self._spec.auth.server}{_METADATA}"
        answer = await self._http.send(self._spec.name, "GET", url, headers={"Metadata-Flavor": "Google"})
        flavors = [value for name, value in answer.headers.items() if name.lower() == "metadata-flavor"]
        if flavors != ["Google"]:
            raise self._fault(SourceFault.DENIED, "got an answer that is not of Google's metadata server")
        return answer

    async def _for_key(self, text: str) -> SourceAnswer:
        """Ask where the file of sources says: where a key file says, our proof could be sent to anybody.

        The proof is always for Google's own address, whichever is asked.
        """
        assert isinstance(self._spec.auth, GcpKeyLogin)
        key = self._read(text)
        now = self._now() // 1000
        claims = {
            "iss": key["client_email"],
            "scope": SCOPE,
            "aud": TOKEN_URI,
            "iat": now,
            "exp": now + 3600,
        }
        headers = {"kid": str(key.get("private_key_id", ""))}
        try:
            proof = jwt.encode(claims, key["private_key"], algorithm="RS256", headers=headers)
        except (ValueError, TypeError, jwt.PyJWTError):
            raise self._fault(
                SourceFault.DENIED, "was given a key file whose `private_key` is no key"
            ) from None
        said = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"grant_type": _GRANT, "assertion": proof}).encode()
        return await self._http.send(
            self._spec.name, "POST", self._spec.auth.token_uri, headers=said, body=body
        )

    def _read(self, text: str) -> Mapping[str, Any]:
        try:
            key = json.loads(text)
        except (ValueError, RecursionError):
            key = None
        parts = ("client_email", "private_key")
        if not isinstance(key, dict) or not all(isinstance(key.get(part), str) for part in parts):
            told = "was given a key file without `client_email` and `private_key`"
            raise self._fault(SourceFault.DENIED, told)
        return key

    def _fault(self, why: SourceFault, what: str) -> SourceFaultError:
        return SourceFaultError(why, self._spec.name, f"The source {self._spec.name} {what}")
