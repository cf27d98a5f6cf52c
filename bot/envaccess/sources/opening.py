"""Which adapter a kind of source has. A kind is imported when a file declares one of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from envaccess.domain.errors import SettingsError
from envaccess.domain.sources.kinds.aws import AwsSpec
from envaccess.domain.sources.kinds.gcp import GcpSpec
from envaccess.domain.sources.kinds.kubernetes import KubernetesSpec
from envaccess.domain.sources.kinds.postgres import PostgresSpec
from envaccess.domain.sources.kinds.vault import VaultSpec
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.sources.adapter import Adapter
from envaccess.sources.http_client import HttpClient
from envaccess.sources.limits import Called, tell_nobody


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What adapters are given besides their spec.

    Attributes:
        http: the one client of HTTP.
        clock: seconds that only go forward.
        now: milliseconds since the epoch.
        withhold: is told of every secret that turns up while serving, so that the log removes it.
        called: is told of each call of a source.
    """

    http: HttpClient
    clock: Callable[[], float]
    now: Callable[[], int]
    withhold: Callable[[str], None]
    called: Called = tell_nobody


Opening = Callable[[SourceSpec, Surroundings], Adapter]


def _open_vault(spec: SourceSpec, around: Surroundings) -> Adapter:
    from envaccess.sources.vault.adapter import VaultAdapter  # noqa: PLC0415 - only where one is declared

    assert isinstance(spec, VaultSpec)
    return VaultAdapter(spec, around.http, around.clock, around.withhold)


def _open_kubernetes(spec: SourceSpec, around: Surroundings) -> Adapter:
    from envaccess.sources.kubernetes import KubernetesAdapter  # noqa: PLC0415 - only where one is declared

    assert isinstance(spec, KubernetesSpec)
    return KubernetesAdapter(spec, around.http, around.withhold)


def _open_gcp(spec: SourceSpec, around: Surroundings) -> Adapter:
    from envaccess.sources.gcp import GcpAdapter  # noqa: PLC0415 - only where one is declared
    from envaccess.sources.gcp_login import GcpLogin  # noqa: PLC0415

    assert isinstance(spec, GcpSpec)
    login = GcpLogin(spec, around.http, around.clock, around.now, around.withhold)
    return GcpAdapter(spec, around.http, login)


def _open_postgres(spec: SourceSpec, surroundings: Surroundings) -> Adapter:
    from envaccess.sources.postgres.source import open_postgres  # noqa: PLC0415 - only where one is declared

    assert isinstance(spec, PostgresSpec)
    return open_postgres(spec, surroundings)


def _open_aws(spec: SourceSpec, surroundings: Surroundings) -> Adapter:
    from envaccess.sources.aws.opening import open_aws  # noqa: PLC0415 - loaded where one is declared

    assert isinstance(spec, AwsSpec)
    return open_aws(spec, surroundings.http, surroundings.now, surroundings.withhold)


OPENINGS: Final[Mapping[SourceKind, Opening]] = {
    SourceKind.AWS_SECRETS_MANAGER: _open_aws,
    SourceKind.AWS_SSM: _open_aws,
    SourceKind.AWS_STS: _open_aws,
    SourceKind.AWS_IAM: _open_aws,
    SourceKind.POSTGRES: _open_postgres,
    SourceKind.VAULT: _open_vault,
    SourceKind.KUBERNETES: _open_kubernetes,
    SourceKind.GCP: _open_gcp,
}
"""How each kind is opened, one line a kind. The sealed store is none: it is always open (`router`)."""


def open_adapter(spec: SourceSpec, surroundings: Surroundings) -> Adapter:
    """The adapter of one source; it does not connect yet.

    Raises:
        SettingsError: its library is not installed.
    """
    try:
        return OPENINGS[spec.kind](spec, surroundings)
    except ImportError as error:
        raise SettingsError(
            f"The source {spec.name} of kind {spec.kind} needs {error.name or 'a library'}, which is not "
            f"installed: pip install 'envaccess[{EXTRAS.get(spec.kind, spec.kind)}]'"
        ) from None


EXTRAS: Final[Mapping[SourceKind, str]] = dict.fromkeys(
    (SourceKind.AWS_SECRETS_MANAGER, SourceKind.AWS_SSM, SourceKind.AWS_STS, SourceKind.AWS_IAM), "aws"
)
"""The extra that brings a kind's library, where it has another name than the kind."""
