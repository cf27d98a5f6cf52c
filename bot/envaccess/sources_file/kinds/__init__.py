"""Every kind of source that the file can declare, a file a kind, one line of this table each."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.sources.specs import SourceKind
from envaccess.sources_file.kinds import aws, gcp, kubernetes, postgres, sealed, vault
from envaccess.sources_file.kinds.base import Kind

KINDS: Final[Mapping[SourceKind, Kind]] = {
    SourceKind.SEALED: sealed.KIND,
    SourceKind.VAULT: vault.KIND,
    SourceKind.KUBERNETES: kubernetes.KIND,
    SourceKind.GCP: gcp.KIND,
    SourceKind.POSTGRES: postgres.KIND,
    SourceKind.AWS_SECRETS_MANAGER: aws.SECRETS_MANAGER,
    SourceKind.AWS_SSM: aws.PARAMETER_STORE,
    SourceKind.AWS_STS: aws.SESSIONS,
    SourceKind.AWS_IAM: aws.ACCESS_KEYS,
}
