"""What every kind of AWS is declared with."""

from dataclasses import dataclass

from envaccess.domain.sources.specs import Credential, SourceSpec


@dataclass(frozen=True, slots=True)
class AwsSpec(SourceSpec):
    """One account and region of AWS.

    Attributes:
        region: such as `eu-central-1`.
        endpoint: the address that is called instead of AWS's own; empty for those.
        key_id: of the access key that envaccess signs with; None: boto's chain finds one, such as an
            instance's role.
        secret: of that key.
        token: of a session; None for a key that lasts.
    """

    region: str
    endpoint: str = ""
    key_id: Credential | None = None
    secret: Credential | None = None
    token: Credential | None = None
