"""Every kind of source that the file can declare, a file a kind, one line of this table each."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.sources.specs import SourceKind
from envaccess.sources_file.kinds import gcp, kubernetes, sealed, vault
from envaccess.sources_file.kinds.base import Kind

KINDS: Final[Mapping[SourceKind, Kind]] = {
    SourceKind.SEALED: sealed.KIND,
    SourceKind.VAULT: vault.KIND,
    SourceKind.KUBERNETES: kubernetes.KIND,
    SourceKind.GCP: gcp.KIND,
}
