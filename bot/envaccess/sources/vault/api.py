"""One call of Vault's API, and what its answer means (developer.hashicorp.com/vault/api-docs)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from yarl import URL

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.vault import VaultSpec
from envaccess.sources.http_client import HttpClient, SourceAnswer

_HOPS: Final = 2
"""How often a standby may send us on."""
_REDIRECT: Final = 307
_NOT_NOW: Final[Mapping[int, str]] = {
    412: "has not the newest data yet",
    429: "refuses so many calls",
    472: "is a secondary for disaster recovery",
    473: "is a performance standby",
    501: "is not initialised",
    503: "is sealed, or under maintenance",
}
"""What a status says of the server, whatever was asked (api-docs, "HTTP status codes"; sys/health)."""

Told = Mapping[str, Any]
"""An answer; its numbers are `Number`s."""


class Number(str):
    """A number as it stands in an answer: reading it rounds nothing."""

    __slots__ = ()


class VaultApi:
    """Calls of one server.

    Args:
        spec: which.
        http: what sends.
    """

    def __init__(self, spec: VaultSpec, http: HttpClient) -> None:
        self.source = spec.name
        self.spec = spec
        self._http = http
        self._ours = {_origin(address) for address in (spec.address, *spec.also)}

    async def ask(
        self,
        method: str,
        path: Sequence[str],
        *,
        token: str = "",
        body: Mapping[str, object] | None = None,
        query: str = "",
    ) -> SourceAnswer:
        """Call; `path` has parts that may hold slashes of their own.

        Returns:
            The answer, where its status is about what was asked.

        Raises:
            SourceFaultError: the server cannot answer now, or sends us to a host that the file does not name.
        """
        origin = _origin(self.spec.address)
        rest = f"{self._path(path)}{'?' + query if query else ''}"
        for _ in range(_HOPS):
            answer = await self._http.send(
                self.source,
                method,
                f"{origin}/v1/{rest}",
                headers=self._headers(method, token),
                body=None if body is None else json.dumps(body).encode(),
                authority=self.spec.authority,
            )
            if answer.status != _REDIRECT:
                return self._able(answer)
            origin = self._sent_on(answer)
        raise self.fault(SourceFault.DOWN, "sends us from one standby to another")

    def _sent_on(self, answer: SourceAnswer) -> str:
        """Where the active node is: a standby that does not forward says so with 307.

        Our token goes there, so that only what the file names is believed, and only the host is taken over.
        """
        there = _origin(next((v for k, v in answer.headers.items() if k.lower() == "location"), ""))
        if there not in self._ours:
            raise self.fault(
                SourceFault.DOWN,
                "is a standby that sends us to a host which `also` does not name: we do not go there",
            )
        return there

    def _able(self, answer: SourceAnswer) -> SourceAnswer:
        if answer.status in _NOT_NOW:
            raise self.fault(SourceFault.DOWN, f"{_NOT_NOW[answer.status]} ({answer.status})")
        if answer.status >= 500 or 300 <= answer.status < 400:  # noqa: PLR2004
            raise self.fault(SourceFault.DOWN, f"answered {answer.status}")
        return answer

    def _headers(self, method: str, token: str) -> dict[str, str]:
        """`X-Vault-Request` is what servers ask for that guard against requests by third parties' pages."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        said = {"X-Vault-Request": "true", "Content-Type": kind}
        if token:
            said["X-Vault-Token"] = token
        if self.spec.namespace:
            said["X-Vault-Namespace"] = self.spec.namespace
        return said

    def _path(self, parts: Sequence[str]) -> str:
        """The path with every part quoted; a name of the file cannot leave the place that it is meant for."""
        names = [name for part in parts for name in part.split("/")]
        if any(name in {"", ".", ".."} for name in names):
            raise self.fault(SourceFault.MISSING, "has no path with empty parts or dots")
        return "/".join(quote(name, safe="") for name in names)

    def told(self, answer: SourceAnswer) -> Told:
        """What a body says. Raises `SourceFaultError` where it is no JSON object."""
        try:
            found = json.loads(
                answer.body or b"{}", parse_int=Number, parse_float=Number, parse_constant=Number
            )
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self.fault(SourceFault.MALFORMED, "answered something else than a JSON object")
        return found

    def part(self, told: Told, *names: str) -> Told:
        """An object within an answer. Raises `SourceFaultError` where there is none."""
        found: object = told
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise self.fault(SourceFault.MALFORMED, f"answered without {'.'.join(names)}")
        return found

    def text(self, told: Told, name: str) -> str:
        """A text within an answer. Raises `SourceFaultError` where there is none."""
        found = told.get(name)
        if not isinstance(found, str) or not found:
            raise self.fault(SourceFault.MALFORMED, f"answered without {name}")
        return found

    def fault(self, why: SourceFault, what: str) -> SourceFaultError:
        """A fault in one sentence; `what` is ours, never of an answer's body."""
        return SourceFaultError(why, self.source, f"The source {self.source} {what}")


def says(answer: SourceAnswer, words: str) -> bool:
    """Whether an error's text holds words: only to tell cases of one status apart; it is shown nowhere."""
    return words.encode() in answer.body


def _origin(address: str) -> str:
    """Scheme, host and port; empty for what is no address."""
    try:
        url = URL(address)
        return str(url.origin()) if url.scheme in {"http", "https"} else ""
    except ValueError:
        return ""
