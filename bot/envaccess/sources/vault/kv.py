"""KV version 2: a field of a secret, read and written (api-docs, "KV secrets engine - version 2")."""

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.domain.rotation import PublishConflictError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import LISTED_MOST, FoundSecret
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.value import Value
from envaccess.domain.text import whole_number
from envaccess.sources.http_client import SourceAnswer
from envaccess.sources.vault.api import Number, Told, says
from envaccess.sources.vault.session import VaultSession

_AT_ONCE: Final = 8
"""Secrets whose fields are asked for at once, for a list of what there is."""
_CONFLICT: Final = "check-and-set parameter"


def mount_and_path(options: Mapping[str, str]) -> tuple[str, str]:
    """Where a secret lies: in the mount that is named, or in the first part of its path."""
    path = options.get("path", "").strip("/")
    mount = options.get("mount", "").strip("/")
    if not mount:
        mount, _, path = path.partition("/")
    return mount, path


class VaultKv:
    """The secrets of KV v2 mounts."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._api = session.api

    async def read(self, place: ReadPlace) -> Value:
        """The newest version; a deleted one falls back to no older one. Raises `SourceFaultError`."""
        found = await self._secret(place)
        name = _field(place)
        data = self._api.part(found, "data", "data")
        if name not in data:
            raise self._api.fault(SourceFault.MALFORMED, f"has no field {name} in that secret")
        return Value(self._as_text(data[name]), _version(found))

    def _as_text(self, found: object) -> str:
        """A field's text; `api.told` leaves numbers as they were written.

        The server keeps numbers as floating-point ones, and rounds longer ones (tried with OpenBao 2.7).
        """
        if isinstance(found, bool):
            return str(found).lower()
        if isinstance(found, Number) and whole_number(found.lstrip("-")) is None:
            told = "has a number in that field which it may have rounded: store it as a text"
            raise self._api.fault(SourceFault.MALFORMED, told)
        if not isinstance(found, str):
            raise self._api.fault(SourceFault.MALFORMED, "has something else than a text in that field")
        return str(found)

    async def _secret(self, place: ReadPlace) -> Told:
        mount, path = mount_and_path(place.options)
        answer = await self._session.ask("GET", [mount, "data", path])
        told = self._api.told(answer) if answer.ok or answer.status == 404 else {}  # noqa: PLR2004
        self._judge(answer, told, f"{mount}/data/{path}")
        self._api.part(told, "data", "metadata")
        return told

    def _judge(self, answer: SourceAnswer, told: Told, path: str) -> None:
        if answer.ok:
            return
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(SourceFault.DENIED, f"does not let us read {path}")
        if answer.status != 404:  # noqa: PLR2004
            raise self._api.fault(SourceFault.MALFORMED, f"answered {answer.status} for {path}")
        if isinstance(told.get("data"), dict):
            raise self._api.fault(
                SourceFault.DELETED, f"has the newest version of {path} deleted or destroyed"
            )
        if says(answer, "no handler for route"):
            raise self._api.fault(SourceFault.MISSING, f"has no such mount: {path.partition('/')[0]}")
        raise self._api.fault(SourceFault.MISSING, f"has no secret at {path}")

    async def put(
        self, place: ReadPlace, text: str, *, after: str, fields: Mapping[str, str] | None = None
    ) -> str:
        """Write a field where the newest version is `after`; the others stay. Returns the newest version now.

        A merge patch with `cas`: it needs the capability `patch`, and what it does not name it cannot change.

        Raises:
            PublishConflictError: another version is the newest one.
            SourceFaultError: nothing was written, or nobody knows.
        """
        found = await self._secret(place)
        wanted = {**(fields or {}), _field(place): text}
        data, version = self._api.part(found, "data", "data"), _version(found)
        if all(data.get(name) == said for name, said in wanted.items()):
            return version
        if version != after:
            raise self._conflict()
        return await self._patched(place, wanted, version)

    async def _patched(self, place: ReadPlace, wanted: Mapping[str, str], version: str) -> str:
        mount, path = mount_and_path(place.options)
        body = {"data": wanted, "options": {"cas": whole_number(version)}}
        answer = await self._session.ask("PATCH", [mount, "data", path], body=body)
        if answer.ok:
            return self._api.text(self._api.part(self._api.told(answer), "data"), "version")
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(SourceFault.DENIED, f"does not let us patch {mount}/data/{path}")
        if answer.status == 404 or says(answer, _CONFLICT):  # noqa: PLR2004
            raise self._conflict()
        raise self._api.fault(SourceFault.MALFORMED, f"did not take a patch ({answer.status})")

    def _conflict(self) -> PublishConflictError:
        return PublishConflictError(
            f"The source {self._api.source} has another version now: nothing was written"
        )

    async def names(self) -> Sequence[FoundSecret]:
        """Every field of every secret that we may list, and no value: the API tells names of fields alone."""
        found: list[FoundSecret] = []
        paths: list[tuple[str, str]] = []
        folders = deque((mount, "") for mount in await self._mounts())
        while folders and len(paths) < LISTED_MOST:
            mount, folder = folders.popleft()
            names = await self._listed(mount, folder)
            if names is None:
                found.append(FoundSecret(f"{mount}/{folder}", {}, "", closed=True))
            for name in names or ():
                (folders if name.endswith("/") else paths).append((mount, f"{folder}{name}"))
        for start in range(0, len(paths), _AT_ONCE):
            some = paths[start : start + _AT_ONCE]
            found += itertools.chain(*await asyncio.gather(*(self._fields(*path) for path in some)))
        return found[:LISTED_MOST]

    async def _mounts(self) -> list[str]:
        answer = await self._session.ask("GET", ["sys/internal/ui/mounts"])
        if not answer.ok:
            raise self._api.fault(SourceFault.DENIED, "does not tell us its mounts")
        mounts = self._api.part(self._api.told(answer), "data", "secret")
        return sorted(name.rstrip("/") for name, said in mounts.items() if _is_kv2(said))

    async def _listed(self, mount: str, folder: str) -> list[str] | None:
        """What is in a folder; None where we may not look into it."""
        path = [mount, "metadata", *([folder.rstrip("/")] if folder else [])]
        try:
            answer = await self._session.ask("GET", path, query="list=true")
        except SourceFaultError as error:
            if error.fault is SourceFault.MISSING:  # `a//b`, which no rule could read either
                return None
            raise
        if answer.status == 403:  # noqa: PLR2004
            return None
        if not answer.ok:
            return []
        keys = self._api.part(self._api.told(answer), "data").get("keys")
        return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []

    async def _fields(self, mount: str, path: str) -> list[FoundSecret]:
        """The fields of one secret; closed where we may not ask for them; none of one that was deleted."""
        title = f"{mount}/{path}"
        try:
            answer = await self._session.ask("GET", [mount, "subkeys", path], query="depth=1")
        except SourceFaultError as error:
            if error.fault is SourceFault.MISSING:
                return []
            raise
        if answer.status == 403:  # noqa: PLR2004
            return [FoundSecret(title, {}, "", closed=True)]
        if not answer.ok:
            return []
        keys = self._api.part(self._api.told(answer), "data", "subkeys")
        return [_found(mount, path, name) for name in keys]


def _found(mount: str, path: str, field: str) -> FoundSecret:
    options = {**_options(mount, path), "field": field}
    said = {"mount": mount, "path": path, "field": field}
    return FoundSecret(f"{mount}/{path}", options, field, {"field": "{name}"}, (said,))


def _options(mount: str, path: str) -> dict[str, str]:
    """What `read` has to say: the mount on its own only where it has several parts."""
    return {"mount": mount, "path": path} if "/" in mount else {"path": f"{mount}/{path}"}


def _field(place: ReadPlace) -> str:
    return place.options.get("field") or place.variable.name


def _version(found: Told) -> str:
    return str(found["data"]["metadata"].get("version", ""))


def _is_kv2(said: object) -> bool:
    if not isinstance(said, dict) or said.get("type") != "kv":
        return False
    options = said.get("options")
    return isinstance(options, dict) and options.get("version") == "2"
