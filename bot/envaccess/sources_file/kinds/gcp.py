"""Google Cloud Secret Manager."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from envaccess.domain.sources.kinds.gcp import (
    ENDPOINT,
    METADATA_SERVER,
    TOKEN_URI,
    GcpAuth,
    GcpKeyLogin,
    GcpMetadataLogin,
    GcpSpec,
    is_gcp_project,
)
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart
from envaccess.sources_file.scalars import Address, Option, SecretText, read_address
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import TEXT, FieldError, read_text, shown

_MACHINES_OWN: Final = frozenset({"169.254.169.254", "metadata.google.internal"})
_MEND: Final = f"write `{METADATA_SERVER}`, or an address of this machine"


def _read_metadata_server(value: object) -> str:
    """The metadata server: link-local, or on this machine (GKE's own, tests)."""
    text = read_text(value, "the metadata server", f"`{METADATA_SERVER}`")
    try:
        parts = urlsplit(text)
        if parts.scheme == "http" and parts.hostname in _MACHINES_OWN and not parts.path.strip("/"):
            return f"http://{parts.netloc}"
        return read_address(text)
    except (ValueError, FieldError):
        raise FieldError("this is no metadata server", _MEND) from None


_MetadataServer = Annotated[
    str, BeforeValidator(_read_metadata_server), WithJsonSchema({"type": "string", "format": "uri"})
]


class _GcpAuthPart(Part):
    key: SecretText | None = None
    token_uri: Address = TOKEN_URI
    metadata_server: _MetadataServer = ""

    @model_validator(mode="after")
    def _one_way(self) -> "_GcpAuthPart":
        if (self.key is not None) == bool(self.metadata_server):
            problem = "one way to log in is needed, and no more"
            raise FieldError(problem, "write `key: file:/...` or `metadata_server: ...` under `auth`")
        return self

    def auth(self) -> GcpAuth:
        """How we log in."""
        if self.key is not None:
            return GcpKeyLogin(self.key, self.token_uri)
        return GcpMetadataLogin(self.metadata_server)


def _read_project(value: object) -> str:
    text = read_text(value, "a project", "its id, such as `payments-prod`")
    if not is_gcp_project(text):
        raise FieldError(
            f"{shown(text)} is no project", "write its id, such as `payments-prod`, or its number"
        )
    return text


class _GcpPart(SourcePart):
    """Which project, and how we log in."""

    project: Annotated[str, BeforeValidator(_read_project), WithJsonSchema(TEXT)] = Field(
        description="Id or number, where a rule names none."
    )
    auth: _GcpAuthPart = Field(description="`key` or `metadata_server`.")
    endpoint: Address = Field(default=ENDPOINT, description="A regional one for regional secrets.")

    def spec(self, name: str) -> GcpSpec:
        """What its adapter is given."""
        return GcpSpec(name, SourceKind.GCP, self.project, self.auth.auth(), self.endpoint)


class _GcpReadOptions(OptionsPart):
    """Which secret, and which version of it."""

    secret: Option = Field(description="Its id.")
    project: Option = Field(default="", description="The source's where none is said.")
    version: Option = Field(default="", description="A number or an alias; the newest where none is said.")


KIND = Kind(_GcpPart, read=_GcpReadOptions)
