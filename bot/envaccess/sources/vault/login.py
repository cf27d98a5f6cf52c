"""How a token is got: it was given, or is got by AppRole, Kubernetes or JWT."""

from collections.abc import Callable
from typing import Final

from envaccess.domain.sources.faults import SourceFault
from envaccess.domain.sources.kinds.vault import VaultAppRoleLogin, VaultJwtLogin, VaultTokenLogin
from envaccess.domain.sources.specs import Credential
from envaccess.sources.credentials import LiveCredential
from envaccess.sources.vault.api import Told, VaultApi

_UNWRAP: Final = ["sys/wrapping/unwrap"]


class VaultLogin:
    """Logs in.

    Args:
        api: what calls.
        withhold: is told of every credential, so that the log removes it.
    """

    def __init__(self, api: VaultApi, withhold: Callable[[str], None]) -> None:
        self._api = api
        self._auth = api.spec.auth
        self._withhold = withhold
        self._live = tuple(LiveCredential(one, withhold) for one in _credentials(api))
        self._unwrapped: tuple[str, str] = ("", "")

    def presented(self) -> tuple[str, ...]:
        """What would prove who we are now."""
        return tuple(live.now() for live in self._live)

    async def log_in(self) -> Told:
        """The `auth` part of a login's answer.

        Raises:
            SourceFaultError: `DENIED` where the credentials are refused.
        """
        if isinstance(self._auth, VaultTokenLogin):
            return await self._look_up(self._live[0].now())
        if isinstance(self._auth, VaultJwtLogin):
            proof = {"role": self._auth.role, "jwt": self._live[0].now()}
            return await self._ask(self._auth.mount, proof)
        proof = {"role_id": self._live[0].now()}
        if len(self._live) > 1:
            proof["secret_id"] = await self._secret_id(self._auth, self._live[1].now())
        return await self._ask(self._auth.mount, proof)

    async def _ask(self, mount: str, proof: dict[str, str]) -> Told:
        answer = await self._api.ask("POST", ["auth", mount, "login"], body=proof)
        if not answer.ok:
            raise self._api.fault(SourceFault.DENIED, f"refused our login at auth/{mount} ({answer.status})")
        return self._api.part(self._api.told(answer), "auth")

    async def _look_up(self, token: str) -> Told:
        """What is known of a token that was given to us; a policy may keep it from looking at itself."""
        answer = await self._api.ask("GET", ["auth/token/lookup-self"], token=token)
        if not answer.ok:
            return {"client_token": token}
        data = self._api.part(self._api.told(answer), "data")
        return {
            "client_token": token,
            "lease_duration": data.get("ttl"),
            "renewable": data.get("renewable"),
        }

    async def _secret_id(self, auth: VaultAppRoleLogin, given: str) -> str:
        """The secret id, unwrapped once; it is kept in memory for the next login."""
        if not auth.wrapped:
            return given
        if self._unwrapped[0] != given:
            self._unwrapped = (given, await self._unwrap(auth, given))
        return self._unwrapped[1]

    async def _unwrap(self, auth: VaultAppRoleLogin, wrapping: str) -> str:
        """Look where it was made before it is opened: somebody may have wrapped something else for us."""
        looked = await self._api.ask(
            "POST", ["sys/wrapping/lookup"], token=wrapping, body={"token": wrapping}
        )
        if not looked.ok:
            raise self._spent()
        made_at = self._api.text(self._api.part(self._api.told(looked), "data"), "creation_path")
        if not (made_at.startswith(f"auth/{auth.mount}/role/") and made_at.endswith("/secret-id")):
            told = "gave a wrapping token that was not made for a secret id: find out who made it"
            raise self._api.fault(SourceFault.DENIED, told)
        answer = await self._api.ask("POST", _UNWRAP, token=wrapping, body={})
        if not answer.ok:
            raise self._spent()
        found = self._api.text(self._api.part(self._api.told(answer), "data"), "secret_id")
        self._withhold(found)
        return found

    def _spent(self) -> Exception:
        told = (
            "does not know our wrapping token any more: it expired, or was opened before. Make another, and "
            "find out who opened it"
        )
        return self._api.fault(SourceFault.DENIED, told)


def _credentials(api: VaultApi) -> tuple[Credential, ...]:
    auth = api.spec.auth
    if isinstance(auth, VaultTokenLogin):
        return (auth.token,)
    if isinstance(auth, VaultJwtLogin):
        return (auth.jwt,)
    return (auth.role_id, *((auth.secret_id,) if auth.secret_id else ()))
