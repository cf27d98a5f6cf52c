"""The adapter of one source of AWS."""

from collections.abc import Callable, Mapping

from envaccess.domain.sources.kinds.aws import AwsSpec
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources.aws.access_keys import AccessKeys
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.calls import AwsCalls, AwsPlace, Identity
from envaccess.sources.aws.identity import ChainedKey, NamedKey
from envaccess.sources.aws.parameter_store import ParameterStore
from envaccess.sources.aws.secrets_manager import SecretsManager
from envaccess.sources.aws.sessions import StsSessions
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient, SourceAnswer


def open_aws(
    spec: AwsSpec, http: HttpClient, now: Callable[[], int], withhold: Callable[[str], None]
) -> AwsAdapter:
    """The adapter; it does not connect yet.

    Raises:
        ImportError: the file asks for boto's chain, and botocore is not installed.
    """

    async def post(url: str, body: bytes, headers: Mapping[str, str]) -> SourceAnswer:
        return await http.send(spec.name, "POST", url, headers=headers, body=body)

    def calls(identity: Identity) -> AwsCalls:
        return AwsCalls(AwsPlace(spec.name, spec.region, spec.endpoint), post, identity, now)

    def as_key(key: AwsCredentials) -> AwsCalls:
        async def identity() -> AwsCredentials:
            return key

        return calls(identity)

    ours = calls(NamedKey(spec, withhold) if spec.key_id else ChainedKey(spec.name, withhold))
    if spec.kind is SourceKind.AWS_IAM:
        return AccessKeys(ours, as_key)
    if spec.kind is SourceKind.AWS_STS:
        return StsSessions(ours)
    return (SecretsManager if spec.kind is SourceKind.AWS_SECRETS_MANAGER else ParameterStore)(ours)
