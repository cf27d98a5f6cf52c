"""Secrets of a Kubernetes cluster, by its HTTP API (kubernetes.io/docs/reference, "Secret", v1).

The token's file is read again when it has changed, as the kubelet writes it anew before it expires.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from envaccess.domain.rotation import PublishConflictError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import LISTED_MOST, FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.kinds.kubernetes import KubernetesSpec, is_kubernetes_name
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.value import Value
from envaccess.sources.credentials import LiveCredential
from envaccess.sources.http_client import BODY_MOST, HttpClient, SourceAnswer, fault_of

_REVIEW: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_PAGE: Final = 20
"""Secrets of a page: each may have 1 MiB."""
_PAGE_BYTES: Final = 32 * 1024 * 1024
_MERGE: Final = "application/merge-patch+json"
_JSON: Final = "application/json"


class _ExpiredError(SourceFaultError):
    """The list is to be begun again."""

    def __init__(self, source: str) -> None:
        told = f"The source {source} changed while its secrets were listed"
        super().__init__(SourceFault.DOWN, source, told)


class KubernetesAdapter:
    """One cluster.

    Args:
        spec: which, and with which service account.
        http: what sends.
        withhold: is told of every token, so that the log removes it.
    """

    def __init__(self, spec: KubernetesSpec, http: HttpClient, withhold: Callable[[str], None]) -> None:
        self._spec = spec
        self._http = http
        self._token = LiveCredential(spec.token, withhold)

    async def read(self, place: ReadPlace) -> Value:
        """A key of a secret, with the secret's resource version. Raises `SourceFaultError`."""
        data, version = await self._secret(place)
        key = _key(place)
        if key not in data:
            raise self._fault(SourceFault.MALFORMED, f"has no key {key} in {self._title(place)}")
        return Value(self._decoded(data[key]), version)

    async def put(
        self,
        op: str,  # noqa: ARG002 - a repetition is known by what is there
        place: ReadPlace,
        text: str,
        *,
        after: str,
        fields: Mapping[str, str] | None = None,
    ) -> str:
        """Write a key where the secret is of the version `after`. Raises as `Publisher.put`."""
        data, version = await self._secret(place)
        wanted = {name: _encoded(said) for name, said in {**(fields or {}), _key(place): text}.items()}
        if all(data.get(name) == said for name, said in wanted.items()):
            return version
        body = {"metadata": {"resourceVersion": after}, "data": wanted}
        answer = await self._ask("PATCH", self._path(place), body, kind=_MERGE)
        if answer.status == 409:  # noqa: PLR2004
            told = f"The source {self._spec.name} has another version now: nothing was written"
            raise PublishConflictError(told)
        if answer.status == 422:  # noqa: PLR2004
            raise self._fault(SourceFault.DENIED, f"cannot change {self._title(place)}: it is immutable")
        self._judge(answer, f"patch {self._title(place)}")
        return self._version(self._object(answer))

    async def names(self) -> Sequence[FoundSecret]:
        """The keys of the namespace's secrets; the API tells none without values, which are dropped here."""
        try:
            return await self._listed()
        except _ExpiredError:  # the cluster forgot which page we are at: it does after some minutes
            return await self._listed()

    async def _listed(self) -> Sequence[FoundSecret]:
        space = self._spec.namespace
        path = f"/api/v1/namespaces/{space}/secrets?limit={_PAGE}&fieldSelector=type%3DOpaque"
        found: list[FoundSecret] = []
        more = ""
        while len(found) < LISTED_MOST:
            answer = await self._ask("GET", path + more, longest=_PAGE_BYTES)
            if answer.status == 410 and more:  # noqa: PLR2004
                raise _ExpiredError(self._spec.name)
            self._judge(answer, f"list the secrets of {space}")
            page = self._object(answer)
            found += self._keys(page)
            token = _within(page, "metadata").get("continue")
            if not isinstance(token, str) or not token:
                break
            more = f"&continue={quote(token, safe='')}"
        return found[:LISTED_MOST]

    def _keys(self, page: Mapping[str, Any]) -> Iterator[FoundSecret]:
        space, items = self._spec.namespace, page.get("items")
        unsaid = {"namespace": space, "key": "{name}"}
        for item in items if isinstance(items, list) else []:
            name = str(_within(item, "metadata").get("name", ""))
            for key in _within(item, "data"):
                options = {"namespace": space, "secret": name, "key": key}
                yield FoundSecret(f"{space}/{name}", options, key, unsaid)

    async def check(self) -> Sequence[SourceFinding]:
        """Whether it knows us. Raises `SourceFaultError`."""
        await self._may_read(self._spec.namespace, "")
        return [SourceFinding(ok=True, said=f"{self._spec.address} answers, and knows us")]

    async def check_place(self, place: ReadPlace | LeasePlace) -> Sequence[SourceFinding]:
        """Whether it lets us read one secret. Raises `SourceFaultError`."""
        space, name = self._namespace(place), place.options.get("secret", "")
        if await self._may_read(space, name):
            return []
        mend = f"Give our service account `get` of this secret in {space} (docs/how-to/sources-kubernetes.md)"
        return [SourceFinding(ok=False, said=f"`get` of the secret {name} in {space} is missing", mend=mend)]

    async def _may_read(self, space: str, name: str) -> bool:
        """As the cluster itself says; whoever is logged in may ask that of itself."""
        attributes = {"namespace": space, "verb": "get", "resource": "secrets", "name": name}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = await self._ask("POST", _REVIEW, body)
        self._judge(answer, "ask what we may do")
        return _within(self._object(answer), "status").get("allowed") is True

    async def close(self) -> None:
        """Nothing is open that is ours alone."""

    async def _secret(self, place: ReadPlace) -> tuple[Mapping[str, Any], str]:
        answer = await self._ask("GET", self._path(place))
        self._judge(answer, f"read {self._title(place)}")
        found = self._object(answer)
        return _within(found, "data"), self._version(found)

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        kind: str = _JSON,
        longest: int = BODY_MOST,
    ) -> SourceAnswer:
        headers = {"Authorization": f"Bearer {self._token.now()}", "Accept": _JSON, "Content-Type": kind}
        said = None if body is None else json.dumps(body).encode()
        url = f"{self._spec.address}{path}"
        return await self._http.send(
            self._spec.name,
            method,
            url,
            headers=headers,
            body=said,
            authority=self._spec.authority,
            longest=longest,
        )

    def _judge(self, answer: SourceAnswer, what: str) -> None:
        """Raise what a no means; a body of Kubernetes' own repeats what was asked, so none of it is told."""
        if answer.ok:
            return
        if answer.status == 401:  # noqa: PLR2004
            raise self._fault(
                SourceFault.DENIED, "does not know our token: it expired, or is of another cluster"
            )
        if answer.status == 403:  # noqa: PLR2004
            raise self._fault(SourceFault.DENIED, f"does not let us {what}")
        if answer.status == 404:  # noqa: PLR2004
            raise self._fault(SourceFault.MISSING, f"has nothing there to {what}")
        raise self._fault(fault_of(answer.status), f"answered {answer.status}")

    def _object(self, answer: SourceAnswer) -> dict[str, Any]:
        found = answer.json(self._spec.name)
        if not isinstance(found, dict):
            raise self._fault(SourceFault.MALFORMED, "answered something else than an object")
        return found

    def _version(self, found: Mapping[str, Any]) -> str:
        version = _within(found, "metadata").get("resourceVersion")
        if not isinstance(version, str) or not version:
            raise self._fault(SourceFault.MALFORMED, "answered without a resource version")
        return version

    def _decoded(self, found: object) -> str:
        try:
            return base64.b64decode(found, validate=True).decode() if isinstance(found, str) else _no_text()
        except (binascii.Error, ValueError):
            raise self._fault(SourceFault.MALFORMED, "has bytes in that key that are no text") from None

    def _namespace(self, place: ReadPlace | LeasePlace) -> str:
        return place.options.get("namespace") or self._spec.namespace

    def _path(self, place: ReadPlace) -> str:
        """Of one secret; what is no name of Kubernetes' could be another address of its API."""
        space, name = self._namespace(place), place.options.get("secret", "")
        if not (is_kubernetes_name(space) and is_kubernetes_name(name)):
            raise self._fault(SourceFault.MISSING, "has no secret whose name is no name of Kubernetes'")
        return f"/api/v1/namespaces/{space}/secrets/{name}"

    def _title(self, place: ReadPlace) -> str:
        return f"the secret {self._namespace(place)}/{place.options.get('secret', '')}"

    def _fault(self, why: SourceFault, what: str) -> SourceFaultError:
        return SourceFaultError(why, self._spec.name, f"The source {self._spec.name} {what}")


def _key(place: ReadPlace) -> str:
    return place.options.get("key") or place.variable.name


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _no_text() -> str:
    raise ValueError


def _within(found: object, name: str) -> Mapping[str, Any]:
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}
