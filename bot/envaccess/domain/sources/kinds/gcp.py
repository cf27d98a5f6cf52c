"""Google Cloud Secret Manager: which project, and how we log in."""

import re
from dataclasses import dataclass
from typing import Final

from envaccess.domain.sources.specs import Credential, SourceSpec

ENDPOINT = "https://secretmanager.googleapis.com"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
METADATA_SERVER = "http://169.254.169.254"
"""Link-local: only the machine itself answers (cloud.google.com/compute/docs/metadata/querying-metadata)."""

_PROJECT: Final = re.compile(r"[a-z0-9][a-z0-9:.-]{0,99}", re.ASCII)


def is_gcp_project(text: str) -> bool:
    """Whether it is the id or the number of a project."""
    return _PROJECT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class GcpKeyLogin:
    """The key file of a service account, as JSON.

    Attributes:
        token_uri: where tokens are made; what the key file says of that is not believed.
    """

    key: Credential
    token_uri: str = TOKEN_URI


@dataclass(frozen=True, slots=True)
class GcpMetadataLogin:
    """The machine's or the pod's own service account (Workload Identity): only where the file says so."""

    server: str = METADATA_SERVER


GcpAuth = GcpKeyLogin | GcpMetadataLogin


@dataclass(frozen=True, slots=True)
class GcpSpec(SourceSpec):
    """One project.

    Attributes:
        project: id or number, where a rule names none.
        endpoint: of Secret Manager; a regional one for regional secrets.
    """

    project: str
    auth: GcpAuth
    endpoint: str = ENDPOINT
