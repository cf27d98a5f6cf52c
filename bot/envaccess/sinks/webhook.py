"""A sink that is an address of somebody's own: JSON lines, signed as Standard Webhooks are.

The signature (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md): HMAC-SHA256 over
`id.timestamp.body` under the bytes that stand in base64 behind `whsec_`, as `v1,BASE64` in the header
`webhook-signature`. The id of a message is the same for every try of the same batch.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from envaccess.application.ports.process import Clock
from envaccess.audit.formats import Format, encode
from envaccess.domain.audit import Event
from envaccess.domain.sinks import WEBHOOK_SECRET, SinkSpec
from envaccess.projections.sinks.ports import EncodedEvent, SinkLimits
from envaccess.sinks.outgoing import judge, post
from envaccess.sinks.secret import SinkSecret


class WebhookSink:
    """POSTs lines to a URL.

    Args:
        spec: as declared; its secret is `whsec_` and base64.
        clock: the time of day, which the signature holds.
    """

    limits = SinkLimits()

    def __init__(self, spec: SinkSpec, clock: Clock) -> None:
        self.name = spec.name
        self._spec, self._clock = spec, clock
        self._form = Format(spec.form)
        self._secret = SinkSecret(spec)

    def encode(self, event: Event) -> bytes:
        """One line of JSON."""
        return encode(self._form, event).encode()

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """One message: a line an event."""
        body = b"".join(one.text + b"\n" for one in batch)
        message = f"{batch[0].id}_{batch[-1].id}"
        seconds = str(self._clock.now() // 1_000)
        headers = {
            "Content-Type": "application/x-ndjson",
            "webhook-id": message,
            "webhook-timestamp": seconds,
            "webhook-signature": self._sign(message, seconds, body),
        }
        judge(await post(self._spec, self._spec.place, body, headers))

    def _sign(self, message: str, seconds: str, body: bytes) -> str:
        signed = f"{message}.{seconds}.".encode() + body
        key = base64.b64decode(self._secret.now().removeprefix(WEBHOOK_SECRET))
        mac = hmac.new(key, signed, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(mac).decode()}"
