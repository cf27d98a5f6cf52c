"""Which token a lease has, noted in a KV v2 folder by the lease's id: the accessor alone, which opens nothing."""

from collections.abc import Sequence

from envaccess.domain.leases import LeaseId
from envaccess.domain.sources.faults import SourceFault
from envaccess.domain.text import whole_number
from envaccess.sources.vault.session import VaultSession


class LeaseRecords:
    """The folder `records` of a source."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._api = session.api
        self._mount, _, self._folder = self._api.spec.records.strip("/").partition("/")

    async def read(self, lease: LeaseId) -> tuple[str, int]:
        """The accessor, empty where there is none, and the version of its record, 0 for none."""
        answer = await self._session.ask("GET", self._path("data", lease))
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(SourceFault.DENIED, f"does not let us read {self._api.spec.records}")
        if not answer.ok and answer.status != 404:  # noqa: PLR2004
            raise self._api.fault(
                SourceFault.MALFORMED, f"answered {answer.status} for {self._api.spec.records}"
            )
        found = self._api.told(answer).get("data")
        if not isinstance(found, dict):
            return "", 0
        version = whole_number(str(self._api.part(found, "metadata").get("version", ""))) or 0
        data = found.get("data")
        return (str(data.get("accessor", "")) if isinstance(data, dict) else ""), version

    async def write(self, lease: LeaseId, accessor: str, version: int) -> None:
        """Note it where the record is of this version; raises `SourceFaultError` where another process was first."""
        body = {"data": {"accessor": accessor}, "options": {"cas": version}}
        answer = await self._session.ask("POST", self._path("data", lease), body=body)
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(SourceFault.DENIED, f"does not let us write {self._api.spec.records}")
        if not answer.ok:
            raise self._api.fault(
                SourceFault.DOWN, "has this login being made by another process, or took no record"
            )

    async def drop(self, lease: LeaseId) -> None:
        """Forget it, with all its versions."""
        answer = await self._session.ask("DELETE", self._path("metadata", lease))
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(
                SourceFault.DENIED, f"does not let us delete the metadata in {self._api.spec.records}"
            )

    async def names(self, prefix: str) -> Sequence[str]:
        """The ids that begin with a prefix."""
        answer = await self._session.ask("GET", self._path("metadata"), query="list=true")
        if answer.status == 403:  # noqa: PLR2004
            raise self._api.fault(
                SourceFault.DENIED, f"does not let us list the metadata of {self._api.spec.records}"
            )
        if not answer.ok:
            return ()
        keys = self._api.part(self._api.told(answer), "data").get("keys")
        return (
            [key for key in keys if isinstance(key, str) and key.startswith(prefix)]
            if isinstance(keys, list)
            else ()
        )

    def _path(self, what: str, *lease: str) -> list[str]:
        return [self._mount, what, *([self._folder] if self._folder else []), *lease]
