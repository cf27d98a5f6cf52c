"""Google Cloud Secret Manager, by its REST API (cloud.google.com/secret-manager/docs/reference/rest, v1)."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import LISTED_MOST, FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.kinds.gcp import GcpSpec, is_gcp_project
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.value import Value
from envaccess.domain.text import whole_number
from envaccess.sources.crc32c import crc32c
from envaccess.sources.gcp_login import GcpLogin
from envaccess.sources.http_client import HttpClient, SourceAnswer, fault_of

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_VERSION: Final = re.compile(r"[A-Za-z0-9_-]{1,63}", re.ASCII)
_ACCESS: Final = "secretmanager.versions.access"
_PAGE: Final = 500


class GcpAdapter:
    """The secrets of a project.

    Args:
        spec: which project.
        http: what sends.
        login: whose token calls are made with.
    """

    def __init__(self, spec: GcpSpec, http: HttpClient, login: GcpLogin) -> None:
        self._spec = spec
        self._http = http
        self._login = login

    async def read(self, place: ReadPlace) -> Value:
        """The newest version, or the one that is named; a disabled one falls back to no older one."""
        answer = await self._ask("GET", f"{self._path(place)}/versions/{self._wanted(place)}:access")
        if answer.status == 400:  # noqa: PLR2004
            raise self._of_state(answer)
        self._judge(answer, f"read {self._title(place)}")
        found = self._object(answer)
        payload = _within(found, "payload")
        return Value(self._text(payload), str(found.get("name", "")).rpartition("/versions/")[2])

    def _text(self, payload: Mapping[str, Any]) -> str:
        """The text, where it is what was stored: Google says its CRC-32C (docs, "Ensure data integrity")."""
        try:
            data = base64.b64decode(payload["data"], validate=True)
            text = data.decode()
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise self._fault(SourceFault.MALFORMED, "has no text in that version") from None
        told = payload.get("dataCrc32c")
        if told is not None and whole_number(str(told)) != crc32c(data):
            raise self._fault(SourceFault.MALFORMED, "answered bytes that are not those that were stored")
        return text

    def _of_state(self, answer: SourceAnswer) -> SourceFaultError:
        """A version that is disabled or destroyed is 400 too: FAILED_PRECONDITION."""
        error = _within(self._object(answer), "error")
        if error.get("status") == "FAILED_PRECONDITION":
            return self._fault(SourceFault.DELETED, "has that version disabled or destroyed")
        return self._fault(SourceFault.MALFORMED, "did not understand what we asked")

    async def names(self) -> Sequence[FoundSecret]:
        """The secrets of the project."""
        path = f"/v1/projects/{self._spec.project}/secrets?pageSize={_PAGE}"
        found: list[FoundSecret] = []
        more = ""
        while len(found) < LISTED_MOST:
            answer = await self._ask("GET", path + more)
            self._judge(answer, f"list the secrets of {self._spec.project}")
            page = self._object(answer)
            found += map(self._found, _titles(page))
            token = page.get("nextPageToken")
            if not isinstance(token, str) or not token:
                break
            more = f"&pageToken={quote(token, safe='')}"
        return found[:LISTED_MOST]

    def _found(self, title: str) -> FoundSecret:
        """A secret by its whole name, `projects/NUMBER/secrets/NAME`."""
        name = title.rpartition("/")[2]
        unsaid = {"project": self._spec.project, "version": "latest"}
        number = {"secret": name, "project": title.removeprefix("projects/").partition("/")[0]}
        return FoundSecret(title, {"secret": name}, name, unsaid, (number,))

    async def check(self) -> Sequence[SourceFinding]:
        """Whether it knows us. Raises `SourceFaultError`."""
        await self._login.token()
        return [SourceFinding(ok=True, said="Google gave us a token")]

    async def check_place(self, place: ReadPlace | LeasePlace) -> Sequence[SourceFinding]:
        """Whether it lets us read one secret. Raises `SourceFaultError`."""
        if isinstance(place, LeasePlace):
            return []
        answer = await self._ask(
            "POST", f"{self._path(place)}:testIamPermissions", {"permissions": [_ACCESS]}
        )
        self._judge(answer, "ask what we may do")
        if _ACCESS in (self._object(answer).get("permissions") or ()):
            return []
        mend = (
            "Give our service account roles/secretmanager.secretAccessor on it (docs/how-to/sources-gcp.md)"
        )
        return [SourceFinding(ok=False, said=f"`{_ACCESS}` of {self._title(place)} is missing", mend=mend)]

    async def close(self) -> None:
        """Nothing is open that is ours alone."""

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> SourceAnswer:
        """Call, once more with a new token where ours is not known any more."""
        token = await self._login.token()
        answer = await self._send(method, path, body, token)
        if answer.status != 401:  # noqa: PLR2004
            return answer
        self._login.forget(token)
        return await self._send(method, path, body, await self._login.token())

    async def _send(
        self, method: str, path: str, body: Mapping[str, object] | None, token: str
    ) -> SourceAnswer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        said = None if body is None else json.dumps(body).encode()
        return await self._http.send(
            self._spec.name, method, f"{self._spec.endpoint}{path}", headers=headers, body=said
        )

    def _judge(self, answer: SourceAnswer, what: str) -> None:
        if answer.ok:
            return
        if answer.status in {401, 403}:
            raise self._fault(SourceFault.DENIED, f"does not let us {what}")
        if answer.status == 404:  # noqa: PLR2004
            raise self._fault(SourceFault.MISSING, f"has nothing there to {what}")
        raise self._fault(fault_of(answer.status), f"answered {answer.status}")

    def _object(self, answer: SourceAnswer) -> dict[str, Any]:
        found = answer.json(self._spec.name)
        if not isinstance(found, dict):
            raise self._fault(SourceFault.MALFORMED, "answered something else than an object")
        return found

    def _path(self, place: ReadPlace) -> str:
        project, secret = place.options.get("project") or self._spec.project, place.options.get("secret", "")
        if not (is_gcp_project(project) and _SECRET.fullmatch(secret)):
            raise self._fault(SourceFault.MISSING, "has no secret whose name is no name of Google's")
        return f"/v1/projects/{project}/secrets/{secret}"

    def _wanted(self, place: ReadPlace) -> str:
        wanted = place.options.get("version") or "latest"
        if not _VERSION.fullmatch(wanted):
            raise self._fault(SourceFault.MISSING, "has no version whose name is no name of Google's")
        return wanted

    def _title(self, place: ReadPlace) -> str:
        return f"the secret {place.options.get('secret', '')}"

    def _fault(self, why: SourceFault, what: str) -> SourceFaultError:
        return SourceFaultError(why, self._spec.name, f"The source {self._spec.name} {what}")


def _titles(page: Mapping[str, Any]) -> list[str]:
    listed = page.get("secrets")
    return [
        str(one.get("name", ""))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]


def _within(found: object, name: str) -> Mapping[str, Any]:
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}
