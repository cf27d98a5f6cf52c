"""Vault and OpenBao: how we log in, and where what we need lies."""

from dataclasses import dataclass

from envaccess.domain.sources.specs import Credential, SourceSpec


@dataclass(frozen=True, slots=True)
class VaultTokenLogin:
    """A token that somebody else made: by hand, or by an agent that keeps its file fresh."""

    token: Credential


@dataclass(frozen=True, slots=True)
class VaultAppRoleLogin:
    """AppRole.

    Attributes:
        secret_id: None where the role needs none.
        wrapped: whether it is a wrapping token, which gives the secret id once.
        mount: where the method is mounted.
    """

    role_id: Credential
    secret_id: Credential | None = None
    wrapped: bool = False
    mount: str = "approle"


@dataclass(frozen=True, slots=True)
class VaultJwtLogin:
    """A signed token of another issuer: methods `jwt` and `kubernetes`, which are asked in the same way."""

    role: str
    jwt: Credential
    mount: str = "jwt"


VaultAuth = VaultTokenLogin | VaultAppRoleLogin | VaultJwtLogin


@dataclass(frozen=True, slots=True)
class VaultSpec(SourceSpec):
    """One server, or one cluster of them.

    Attributes:
        address: scheme, host and port.
        auth: how we log in.
        namespace: of Vault Enterprise and of OpenBao; empty for the root.
        also: addresses that a standby may send us to; to others it does not get our token.
        authority: certificates that count in place of the system's (PEM).
        token_role: the token role that leases' own tokens are made with; empty where no leases are made.
        records: a folder of a KV v2 mount, where it is noted which token a lease has.
    """

    address: str
    auth: VaultAuth
    namespace: str = ""
    also: tuple[str, ...] = ()
    authority: str = ""
    token_role: str = ""
    records: str = ""
