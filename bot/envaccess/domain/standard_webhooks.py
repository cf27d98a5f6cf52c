"""Signatures of Standard Webhooks.

github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md: HMAC-SHA256 over
`id.timestamp.body` under the bytes that stand in base64 behind `whsec_`, as `v1,BASE64`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "whsec_"


def signed_headers(secret: str, message: str, seconds: int, body: bytes) -> Mapping[str, str]:
    """The three headers of a message; without a signature where there is no secret.

    Args:
        secret: `whsec_` and base64.
        message: its id, the same whenever it is sent again.
        seconds: since the epoch.
        body: as it is sent.

    Raises:
        ValueError: the secret is no base64.
    """
    headers = {"webhook-id": message, "webhook-timestamp": str(seconds)}
    if not secret:
        return headers
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    mac = hmac.new(key, f"{message}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {**headers, "webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}
