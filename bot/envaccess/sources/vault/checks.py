"""What a Vault lets us do, and what we should not be able to: for `doctor` and `envaccess sources check`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.kinds.vault import VaultTokenLogin
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.text import whole_number
from envaccess.sources.vault.api import Told
from envaccess.sources.vault.kv import mount_and_path
from envaccess.sources.vault.session import VaultSession

_SOON: Final = 86_400
_PROBE: Final = "ev_T0_00000000_0_0"


@dataclass(frozen=True, slots=True)
class _NeededCapability:
    """A capability that we need (docs, "Policies")."""

    path: str
    capability: str
    what_for: str


class VaultChecks:
    """Looks, and changes nothing."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._api = session.api

    async def look(self) -> Sequence[SourceFinding]:
        """Raises `SourceFaultError` where it is sealed, away, or does not log us in."""
        answer = await self._session.ask("GET", ["auth/token/lookup-self"])
        found = [SourceFinding(ok=True, said=f"{self._api.spec.address} answers, and knows us")]
        if answer.ok:
            found += self._of_token(self._api.part(self._api.told(answer), "data"))
        return [*found, *await self._lacking([*self._of_leases()])]

    async def look_at(self, place: ReadPlace | LeasePlace) -> Sequence[SourceFinding]:
        """What the rule of one variable needs. Raises the same."""
        if isinstance(place, ReadPlace):
            mount, path = mount_and_path(place.options)
            need = _NeededCapability(f"{mount}/data/{path}", "read", f"to read {place.variable.label}")
            return await self._lacking([need])
        if self._api.spec.token_role and self._api.spec.records:
            return []
        mend = "Name `token_role` and `records` of the source (docs/how-to/sources-vault.md)"
        said = f"{place.variable.label} is leased from it, which it is not set up for"
        return [SourceFinding(ok=False, said=said, mend=mend)]

    def _of_token(self, data: Told) -> Iterator[SourceFinding]:
        policies = data.get("policies")
        if isinstance(policies, list) and "root" in policies:
            yield SourceFinding(
                ok=False,
                said="we log in with a root token",
                mend="Make a policy for us (docs/how-to/sources-vault.md)",
                grave=False,
            )
        left = whole_number(str(data.get("ttl", ""))) or 0
        if (
            isinstance(self._api.spec.auth, VaultTokenLogin)
            and 0 < left < _SOON
            and data.get("renewable") is not True
        ):
            mend = "Give us a token that can be renewed, or another way to log in"
            yield SourceFinding(
                ok=False, said=f"our token ends in {left // 60} min and cannot be renewed", mend=mend
            )

    def _of_leases(self) -> Iterator[_NeededCapability]:
        spec = self._api.spec
        if not (spec.token_role and spec.records):
            return
        mount, _, folder = spec.records.strip("/").partition("/")
        inside = f"{folder}/{_PROBE}" if folder else _PROBE
        for path, capability in (
            (f"auth/token/create/{spec.token_role}", "update"),
            ("auth/token/lookup-accessor", "update"),
            ("auth/token/renew-accessor", "update"),
            ("auth/token/revoke-accessor", "update"),
            ("sys/leases/lookup", "update"),
            ("sys/leases/renew", "update"),
            ("sys/leases/revoke", "update"),
            (f"{mount}/data/{inside}", "create"),
            (f"{mount}/data/{inside}", "read"),
            (f"{mount}/data/{inside}", "update"),
            (f"{mount}/metadata/{inside}", "delete"),
            (f"{mount}/metadata/{folder}", "list"),
        ):
            yield _NeededCapability(path, capability, "for leases")

    async def _lacking(self, needs: Sequence[_NeededCapability]) -> Sequence[SourceFinding]:
        """What our policies lack; our own capabilities may always be asked for with the policy `default`."""
        if not needs:
            return []
        paths = sorted({need.path for need in needs})
        answer = await self._session.ask("POST", ["sys/capabilities-self"], body={"paths": paths})
        if not answer.ok:
            said = "it does not tell us our capabilities, so that they could not be looked at"
            return [
                SourceFinding(
                    ok=False, said=said, mend="Allow `update` of sys/capabilities-self", grave=False
                )
            ]
        data = self._api.part(self._api.told(answer), "data")
        return [
            SourceFinding(
                ok=False,
                said=f"`{need.capability}` of {need.path} is missing, {need.what_for}",
                mend=f'Add to our policy: path "{need.path}" {{ capabilities = ["{need.capability}"] }}',
            )
            for need in needs
            if not {need.capability, "root"} & _listed(data.get(need.path))
        ]


def _listed(found: object) -> set[str]:
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
