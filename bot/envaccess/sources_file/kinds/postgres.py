"""PostgreSQL: its fields in `sources.yml`."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, WithJsonSchema, model_validator

from envaccess.domain.sources.kinds.postgres import PostgresSpec
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart
from envaccess.sources_file.scalars import LoginUrl, Lookup, Option, Secret
from envaccess.yaml_file.scalars import TEXT, FieldError, count, numbers, read_text, shown

UNSAFE: Final = "ENVACCESS_UNSAFE_POSTGRES_15"
_CONNECTIONS: Final = 10
_MOST_CONNECTIONS: Final = 100
_POOLER: Final = re.compile(r"[a-z][a-z0-9-]{1,30}( [0-9]{1,4}(\.[0-9]{1,4}){0,2})?", re.ASCII)


def _read_pooler(value: object) -> str:
    text = read_text(value, "the name of a pooler", "such as `pgbouncer 1.24.1`")
    if not _POOLER.fullmatch(text):
        raise FieldError(f"{shown(text)} is no pooler and version", "write such as `pgbouncer 1.24.1`")
    return text


class _PostgresPart(SourcePart):
    """A server, and the role that makes logins there."""

    dsn: Secret = Field(description="postgresql://... of the minting role: env: or file:.")
    connections: Annotated[
        int, BeforeValidator(count(1, _MOST_CONNECTIONS)), WithJsonSchema(numbers(1, _MOST_CONNECTIONS))
    ] = Field(_CONNECTIONS, description="Sessions that one lease may have open at once; 10 unless said.")
    pooler: Annotated[str, BeforeValidator(_read_pooler), WithJsonSchema(TEXT)] = Field(
        "", description="What people's connections go through, such as pgbouncer 1.24.1."
    )
    _unsafe: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _accepted(self, info: ValidationInfo) -> "_PostgresPart":
        lookup = info.context
        self._unsafe = isinstance(lookup, Lookup) and lookup.environment(UNSAFE) == "1"
        return self

    def spec(self, name: str) -> PostgresSpec:
        """What its adapter is given."""
        return PostgresSpec(name, SourceKind.POSTGRES, self.dsn, self.connections, self.pooler, self._unsafe)


class _LeaseOptions(OptionsPart):
    """A role that is a member of one group, for one use."""

    group: Option = Field(description="The role that the login is a member of.")
    database: Option = Field("", description="The database of the login; that of the DSN unless said.")
    url: LoginUrl = Field("", description="What is shown; a URL of the DSN's server unless said.")


KIND = Kind(_PostgresPart, lease=_LeaseOptions)
