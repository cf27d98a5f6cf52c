"""A kind of source for tests of what all kinds share: values behind HTTP, whose server a test plays.

It stands in the place of `vault` in the tables of kinds for as long as a test runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import Field

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import Credential, SourceKind, SourceSpec
from envaccess.domain.sources.value import Value
from envaccess.sources.adapter import Adapter
from envaccess.sources.credentials import LiveCredential
from envaccess.sources.http_client import judge
from envaccess.sources.opening import OPENINGS, Surroundings
from envaccess.sources_file.kinds import KINDS
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart
from envaccess.sources_file.scalars import Address, LoginUrl, Option, Secret


@dataclass(frozen=True, slots=True)
class KeptSpec(SourceSpec):
    """Where it is, and what opens it."""

    address: str
    token: Credential


class KeptPart(SourcePart):
    """Its fields in the file."""

    address: Address
    token: Secret

    def spec(self, name: str) -> KeptSpec:
        return KeptSpec(name, SourceKind.VAULT, self.address, self.token)


class KeptOptions(OptionsPart):
    """What `read` says."""

    path: Option
    field: Option = Field("")


class KeptLease(OptionsPart):
    """What `lease` says."""

    group: Option
    url: LoginUrl = ""


class KeptAdapter:
    """GET of the path; the value is a field of the JSON."""

    def __init__(self, spec: SourceSpec, surroundings: Surroundings) -> None:
        assert isinstance(spec, KeptSpec)
        self._spec, self._http = spec, surroundings.http
        self._token = LiveCredential(spec.token, surroundings.withhold)
        self.closed = False

    async def read(self, place: ReadPlace) -> Value:
        found = await self._ask(place.options["path"])
        if not isinstance(found, dict) or not isinstance(found.get(place.options.get("field", "value")), str):
            raise SourceFaultError(SourceFault.MALFORMED, self._spec.name, "there is no such field")
        return Value(found[place.options.get("field", "value")], str(found.get("version", "")))

    async def names(self) -> Sequence[FoundSecret]:
        return [FoundSecret(path, {"path": path}, path) for path in await self._ask("")]

    async def check(self) -> Sequence[SourceFinding]:
        await self._ask("health")
        return [SourceFinding(ok=True, said="it answers, and takes the token")]

    async def _ask(self, path: str) -> Any:
        said = {"Authorization": f"Bearer {self._token.now()}"}
        answer = await self._http.send(self._spec.name, "GET", f"{self._spec.address}/{path}", headers=said)
        return judge(self._spec.name, answer).json(self._spec.name)

    async def close(self) -> None:
        self.closed = True


def _open(spec: SourceSpec, surroundings: Surroundings) -> Adapter:
    return KeptAdapter(spec, surroundings)


KIND = Kind(KeptPart, read=KeptOptions, lease=KeptLease, writes=True)


@pytest.fixture
def kept_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts it in the place of `vault`."""
    monkeypatch.setitem(KINDS, SourceKind.VAULT, KIND)
    monkeypatch.setitem(OPENINGS, SourceKind.VAULT, _open)
