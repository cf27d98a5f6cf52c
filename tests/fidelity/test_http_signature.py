"""The signature of Slack's requests, checked with slack-sdk's own verifier.

https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import re
import time

from slack_sdk.signature import Clock, SignatureVerifier

from slack_emulator import encode, sign

SECRET = "signing-for-tests"
BODY = encode("slash_commands", {"command": "/hey", "text": "a & b"})[1]


class At(Clock):
    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


def accepted(body: bytes, headers: dict[str, str], *, secret: str = SECRET, now: float | None = None) -> bool:
    verifier = SignatureVerifier(secret, At(time.time() if now is None else now))
    return verifier.is_valid_request(body, headers)


def test_the_headers_are_a_stamp_in_seconds_and_a_versioned_hex_digest() -> None:
    headers = sign(SECRET, BODY, 1_531_420_618.9)
    assert set(headers) == {"X-Slack-Request-Timestamp", "X-Slack-Signature"}
    assert headers["X-Slack-Request-Timestamp"] == "1531420618"
    assert re.fullmatch(r"v0=[0-9a-f]{64}", headers["X-Slack-Signature"])


def test_slack_sdk_accepts_it() -> None:
    assert accepted(BODY, sign(SECRET, BODY, time.time()))


def test_another_body_another_secret_or_another_time_is_refused() -> None:
    now = time.time()
    headers = sign(SECRET, BODY, now)
    assert not accepted(BODY + b"x", headers)
    assert not accepted(BODY, headers, secret="another")
    assert not accepted(BODY, {**headers, "X-Slack-Request-Timestamp": str(int(now) - 1)})


def test_it_is_good_for_five_minutes() -> None:
    signed_at = 1_531_420_618.0
    headers = sign(SECRET, BODY, signed_at)
    assert accepted(BODY, headers, now=signed_at + 300)
    assert not accepted(BODY, headers, now=signed_at + 301)
