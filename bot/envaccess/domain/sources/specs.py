"""What `sources.yml` declares of each source. A kind adds its own fields in `domain/sources/kinds/`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class SourceKind(StrEnum):
    """Every kind of source that there is a name for."""

    SEALED = "sealed"
    POSTGRES = "postgres"
    AWS_SECRETS_MANAGER = "aws-secrets-manager"
    AWS_SSM = "aws-ssm"
    AWS_STS = "aws-sts"
    AWS_IAM = "aws-iam"
    VAULT = "vault"
    KUBERNETES = "kubernetes"
    GCP = "gcp"


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who we are to a source: never in the file itself, never in a `repr` (law 7).

    Attributes:
        text: as it was when the file was read.
        file: the path that it is read from; empty where it came from the environment. It is read again when
            that file has changed (`sources/credentials.py`).
        read: reads it again, with the checks of the first time; None: no check beyond that it is a file.
    """

    text: str = field(repr=False)
    file: str = ""
    read: Callable[[str], str] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source.

    Attributes:
        name: as rules call it; `sealed` is the sealed store.
        kind: what it is.
    """

    name: str
    kind: SourceKind

    def credentials(self) -> Iterator[Credential]:
        """Every credential of it, however deep: what the log has to remove."""
        yield from _credentials_in(self)


def _credentials_in(found: Any) -> Iterator[Credential]:  # noqa: ANN401 - specs of every kind
    if isinstance(found, Credential):
        yield found
    elif isinstance(found, tuple):
        for part in found:
            yield from _credentials_in(part)
    elif hasattr(found, "__dataclass_fields__"):
        for one in fields(found):
            yield from _credentials_in(getattr(found, one.name))


@dataclass(frozen=True, slots=True)
class SealedSpec(SourceSpec):
    """The sealed store, which is always there."""


SEALED_SPEC = SealedSpec("sealed", SourceKind.SEALED)
