"""Vault and OpenBao: KV v2, and logins of the database secrets engine."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from envaccess.domain.sources.kinds.kubernetes import SERVICE_ACCOUNT
from envaccess.domain.sources.kinds.vault import (
    VaultAppRoleLogin,
    VaultAuth,
    VaultJwtLogin,
    VaultSpec,
    VaultTokenLogin,
)
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart
from envaccess.sources_file.scalars import Address, Certificates, LoginUrl, Option, Secret, template
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import TEXT, FieldError, Flag, read_text

_TOKEN_FILE: Final = f"{SERVICE_ACCOUNT}/token"


def _read_path(value: object) -> str:
    """Parts between slashes, as Vault's paths have them."""
    text = read_text(value, "a path", "such as `approle` or `kv/envaccess/leases`").strip("/")
    if not _has_parts(text):
        raise FieldError(
            "this is no path of Vault's", "write parts with one `/` between them, such as `teams/a`"
        )
    return text


def _has_parts(text: str) -> bool:
    return all(part.isprintable() and part not in {"", ".", ".."} for part in text.split("/"))


Path = Annotated[str, BeforeValidator(_read_path), WithJsonSchema(TEXT)]


class _AppRolePart(Part):
    role_id: Secret
    secret_id: Secret | None = None
    wrapped: Flag = False
    mount: Path = "approle"


class _KubernetesLoginPart(Part):
    role: Path
    token: Secret = Field(default=Credential("", _TOKEN_FILE))
    mount: Path = "kubernetes"


class _JwtPart(Part):
    role: Path
    token: Secret
    mount: Path = "jwt"


class _VaultAuthPart(Part):
    token: Secret | None = None
    approle: _AppRolePart | None = None
    kubernetes: _KubernetesLoginPart | None = None
    jwt: _JwtPart | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "_VaultAuthPart":
        if sum(way is not None for way in (self.token, self.approle, self.kubernetes, self.jwt)) != 1:
            problem = "one way to log in is needed, and no more"
            raise FieldError(problem, "write one of `token`, `approle`, `kubernetes`, `jwt` under `auth`")
        return self

    def auth(self) -> VaultAuth:
        """How we log in."""
        if self.token:
            return VaultTokenLogin(self.token)
        if self.approle:
            role = self.approle
            return VaultAppRoleLogin(role.role_id, role.secret_id, role.wrapped, role.mount)
        way = self.kubernetes or self.jwt
        assert way is not None
        return VaultJwtLogin(way.role, way.token, way.mount)


class _VaultPart(SourcePart):
    """Where it is, and how we log in."""

    address: Address = Field(description="Scheme, host and port of the server or its load balancer.")
    auth: _VaultAuthPart = Field(description="One of `token`, `approle`, `kubernetes`, `jwt`.")
    namespace: Path = Field(default="", description="Of Vault Enterprise or OpenBao.")
    also: tuple[Address, ...] = Field(default=(), description="Addresses that a standby may send us to.")
    ca_file: Certificates = Field(default="", description="Certificates in place of the system's.")
    token_role: Path = Field(
        default="", description="The token role that the tokens of leases are made with."
    )
    records: Path = Field(default="", description="A KV v2 folder that notes which token a lease has.")

    def spec(self, name: str) -> VaultSpec:
        """What its adapter is given."""
        return VaultSpec(
            name,
            SourceKind.VAULT,
            self.address,
            self.auth.auth(),
            self.namespace,
            self.also,
            self.ca_file,
            self.token_role,
            self.records,
        )


_fill_path = template()


def _read_secret_path(value: object) -> str:
    text = _fill_path(value)
    if not _has_parts(text.strip("/")):
        raise FieldError("this is no path of a secret", "write its parts with one `/` between, without `..`")
    return text


class _VaultReadOptions(OptionsPart):
    """Which field of which secret."""

    path: Annotated[str, BeforeValidator(_read_secret_path), WithJsonSchema(TEXT)] = Field(
        description="Of the secret, with its mount: `kv/prod/stripe`; no `data/` in it."
    )
    field: Option = Field(default="", description="Of the secret; the variable's name where none is said.")
    mount: Option = Field(default="", description="Where it is mounted, if that has several parts.")


class _VaultLeaseOptions(OptionsPart):
    """Which role of the database secrets engine."""

    role: Option = Field(description="Of `creds/ROLE`.")
    mount: Option = Field(default="", description="Of the engine; `database` where none is said.")
    url: LoginUrl = Field(
        default="", description="What is shown; JSON with user and password where none is said."
    )


KIND = Kind(_VaultPart, read=_VaultReadOptions, lease=_VaultLeaseOptions, writes=True)
