"""Which token a lease has, noted in a KV v2 folder by the lease's id: its accessor, which opens nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from envaccess.domain.leases import LeaseId
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.text import whole_number
from envaccess.sources.vault.session import VaultSession


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """What is noted of one lease.

    Attributes:
        accessor: of its token; empty where nothing is noted.
        login: Vault's id of the login's own lease; empty until it is known.
        version: of the record; 0 where there is none.
    """

    accessor: str = ""
    login: str = ""
    version: int = 0


class LeaseRecords:
    """The folder `records` of a source."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._api = session.api
        self._mount, _, self._folder = self._api.spec.records.strip("/").partition("/")

    async def read(self, lease: LeaseId) -> LeaseRecord:
        """What is noted. Raises `SourceFaultError`."""
        answer = await self._session.ask("GET", self._path("data", lease))
        if answer.status == 403:  # noqa: PLR2004
            raise self._denied("read")
        if not answer.ok and answer.status != 404:  # noqa: PLR2004
            raise self._api.fault(SourceFault.MALFORMED, f"answered {answer.status} for a lease's record")
        found = self._api.told(answer).get("data")
        if not isinstance(found, dict):
            return LeaseRecord()
        version = whole_number(str(self._api.part(found, "metadata").get("version", ""))) or 0
        data = found.get("data")
        said = data if isinstance(data, dict) else {}
        return LeaseRecord(str(said.get("accessor", "")), str(said.get("login", "")), version)

    async def write(self, lease: LeaseId, record: LeaseRecord) -> LeaseRecord:
        """Note it over the version that the record names; returns it with its new one.

        Raises:
            SourceFaultError: also where another process was first.
        """
        said = {"accessor": record.accessor, "login": record.login}
        body = {"data": said, "options": {"cas": record.version}}
        answer = await self._session.ask("POST", self._path("data", lease), body=body)
        if answer.status == 403:  # noqa: PLR2004
            raise self._denied("create and update")
        if not answer.ok:
            raise self._api.fault(
                SourceFault.DOWN, "is making this login for another process, or took no record"
            )
        return LeaseRecord(record.accessor, record.login, record.version + 1)

    async def drop(self, lease: LeaseId) -> None:
        """Forget it, with all its versions."""
        answer = await self._session.ask("DELETE", self._path("metadata", lease))
        if answer.status == 403:  # noqa: PLR2004
            raise self._denied("delete the metadata of")

    async def names(self, prefix: str) -> Sequence[str]:
        """The ids that begin with a prefix."""
        answer = await self._session.ask("GET", self._path("metadata"), query="list=true")
        if answer.status == 403:  # noqa: PLR2004
            raise self._denied("list the metadata of")
        if not answer.ok:
            return ()
        keys = self._api.part(self._api.told(answer), "data").get("keys")
        return (
            [key for key in keys if isinstance(key, str) and key.startswith(prefix)]
            if isinstance(keys, list)
            else ()
        )

    def _denied(self, what: str) -> SourceFaultError:
        return self._api.fault(SourceFault.DENIED, f"does not let us {what} {self._api.spec.records}")

    def _path(self, what: str, *lease: str) -> list[str]:
        return [self._mount, what, *([self._folder] if self._folder else []), *lease]
