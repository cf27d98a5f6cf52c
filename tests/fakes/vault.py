"""How tests set up our adapter for Vault on a server."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from envaccess.domain.sources.kinds.vault import VaultAuth, VaultSpec, VaultTokenLogin
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.domain.variable import Variable
from envaccess.sources.http_client import HttpClient
from envaccess.sources.vault.adapter import VaultAdapter
from tests.fakes.openbao import Bao

STRIPE = Variable("production", "STRIPE_KEY")
READER = """
path "kv/data/*" { capabilities = ["read", "patch"] }
"""


@dataclass
class VaultSeat:
    """An adapter, with what it told the log to remove and a clock that a test moves."""

    adapter: VaultAdapter
    withheld: list[str] = field(default_factory=list)
    now: float = 0.0


def spec_of(bao: Bao, auth: VaultAuth | str, **said: Any) -> VaultSpec:
    """`auth`: a token, or how else we log in."""
    login = VaultTokenLogin(Credential(auth)) if isinstance(auth, str) else auth
    return VaultSpec("vault", SourceKind.VAULT, bao.address, login, bao.namespace, **said)


@contextlib.asynccontextmanager
async def vault_of(spec: VaultSpec) -> AsyncIterator[VaultSeat]:
    http, seat = HttpClient(), VaultSeat.__new__(VaultSeat)
    seat.withheld, seat.now = [], 0.0
    seat.adapter = VaultAdapter(spec, http, lambda: seat.now, seat.withheld.append)
    try:
        yield seat
    finally:
        with contextlib.suppress(Exception):
            await seat.adapter.close()
        await http.close()


def place(path: str = "kv/prod/stripe", **more: str) -> ReadPlace:
    return ReadPlace(STRIPE, "vault", {"path": path, **more})
