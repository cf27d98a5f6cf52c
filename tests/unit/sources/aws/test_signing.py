"""Our signatures are AWS's: by the vectors that it publishes, and by its own client."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from envaccess.sources.aws.signing import AwsCredentials, SigningScope, signed_headers

VECTORS = json.loads((Path(__file__).parent / "vectors" / "sigv4.json").read_text())
SHA = "x-amz-content-sha256"


def request_of(text: str) -> tuple[str, dict[str, str], bytes]:
    """Method, headers and body of a raw request; a header may go on in lines that begin with a space."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.strip("\n").split("\n")
    headers: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith(" "):
            headers[name] += line
        else:
            name, _, value = line.partition(":")
            headers[name] = value
    return first.split(" ")[0], headers, body.encode()


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_published_vector_is_signed_as_aws_signs_it(vector: dict[str, Any]) -> None:
    context = vector["context"]
    given = context["credentials"]
    credentials = AwsCredentials(given["access_key_id"], given["secret_access_key"], given.get("token", ""))
    method, headers, body = request_of(vector["request"])
    if context["sign_body"]:
        headers[SHA] = hashlib.sha256(body).hexdigest()
    at = int(datetime.fromisoformat(context["timestamp"]).timestamp() * 1000)
    scope = SigningScope(context["region"], context["service"])
    sent = signed_headers(credentials, scope, at, headers, body, method)
    assert sent["Authorization"].endswith("Signature=" + vector["header_signature"])


@pytest.mark.parametrize("token", ["", "session/with+signs=="])
@pytest.mark.parametrize("body", [b"", b'{"SecretId":"prod/\xc3\xa9"}', b"a" * 70_000])
def test_botocore_signs_the_same_request_the_same_way(
    token: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.fromisoformat("2026-11-27T20:30:00Z")
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at, raising=False)
    headers = {
        "Host": "secretsmanager.eu-central-1.amazonaws.com",
        "X-Amz-Target": "secretsmanager.GetSecretValue",
    }
    theirs = AWSRequest("POST", f"https://{headers['Host']}/", headers=headers, data=body)
    SigV4Auth(
        Credentials("AKIDEXAMPLE", "secret-for-tests", token or None), "secretsmanager", "eu-central-1"
    ).add_auth(theirs)
    ours = signed_headers(
        AwsCredentials("AKIDEXAMPLE", "secret-for-tests", token),
        SigningScope("eu-central-1", "secretsmanager"),
        int(at.timestamp() * 1000),
        headers,
        body,
    )
    assert ours["Authorization"] == theirs.headers["Authorization"]


def test_neither_secret_nor_token_is_in_a_repr() -> None:
    shown = repr(AwsCredentials("AKIDEXAMPLE", "secret-for-tests", "token-for-tests"))
    assert "for-tests" not in shown
