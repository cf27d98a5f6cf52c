"""How a value holds an access key: an object of JSON with both parts, or the secret part alone."""

import json
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.strict_json import read_object
from envaccess.sources.aws.signing import AwsCredentials

_KEY_IDS: Final = ("access_key_id", "AccessKeyId", "AWS_ACCESS_KEY_ID")
_SECRETS: Final = ("secret_access_key", "SecretAccessKey", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A value as it was read.

    Attributes:
        key: the access key; its id is empty where the value is the secret part alone.
    """

    key: AwsCredentials
    text: str = field(repr=False)

    def with_key(self, key: AwsCredentials) -> str:
        """The same value with another key; whatever else it holds stays."""
        if not self.key.key_id:
            return key.secret
        found = read_object(self.text)
        parts = dict.fromkeys(_KEY_IDS, key.key_id) | dict.fromkeys(_SECRETS, key.secret)
        return json.dumps({name: parts.get(name, value) for name, value in found.items()}, ensure_ascii=False)


def key_pair(text: str) -> KeyPair:
    """Read a value; one that is no pair is taken for a secret part."""
    try:
        found = read_object(text)
    except ValueError:
        return KeyPair(AwsCredentials("", text), text)
    key_id, secret = (
        next((found[name] for name in names if isinstance(found.get(name), str)), "")
        for names in (_KEY_IDS, _SECRETS)
    )
    return KeyPair(AwsCredentials(key_id, secret), text)
