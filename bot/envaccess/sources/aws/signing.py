"""AWS Signature Version 4 of a POST to `/`: bytes in, headers out, no clock.

Source: docs.aws.amazon.com, IAM User Guide, *AWS Signature Version 4 for API requests*. Checked with the
vectors that AWS publishes (tests/unit/sources/aws/vectors).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """Who we are to AWS.

    Attributes:
        token: of a session; empty for a long-lived key.
    """

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SigningScope:
    """Where a signature counts: one region and one service, as AWS names them."""

    region: str
    service: str


def signed_headers(
    credentials: AwsCredentials,
    scope: SigningScope,
    at: int,
    headers: Mapping[str, str],
    body: bytes,
    method: str = "POST",
) -> dict[str, str]:
    """The headers to send: those given, and what AWS asks for.

    Args:
        credentials: whose signature it is.
        scope: where it counts.
        at: when it is made, in milliseconds; AWS takes what is less than five minutes from its own clock.
        headers: all that shall be signed; `Host` must be among them.
        body: what is sent.
        method: of the request.
    """
    stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "X-Amz-Date": stamp}
    if credentials.token:
        signed["X-Amz-Security-Token"] = credentials.token
    names, canonical = _canonical(method, signed, body)
    where = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    to_sign = "\n".join((_ALGORITHM, stamp, where, hashlib.sha256(canonical).hexdigest()))
    signature = _hmac(_signing_key(credentials.secret, stamp[:8], scope), to_sign).hex()
    said = f"Credential={credentials.key_id}/{where}, SignedHeaders={names}, Signature={signature}"
    return {**signed, "Authorization": f"{_ALGORITHM} {said}"}


def _canonical(method: str, headers: Mapping[str, str], body: bytes) -> tuple[str, bytes]:
    """The names of the headers, and the request as it is hashed; each value with single spaces."""
    lower = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in lower)
    lines = "".join(f"{name}:{value}\n" for name, value in lower)
    return names, f"{method}\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}".encode()


def _signing_key(secret: str, day: str, scope: SigningScope) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
