"""A sink that is an address of somebody's own: JSON lines, signed as Standard Webhooks are.

The id of a message is the same for every try of the same batch.
"""

from collections.abc import Sequence

from envaccess.application.ports.process import Clock
from envaccess.audit.formats import Format, encode
from envaccess.domain.audit import Event
from envaccess.domain.sinks import SinkSpec
from envaccess.domain.standard_webhooks import signed_headers
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
        signed = signed_headers(self._secret.now(), message, self._clock.now() // 1_000, body)
        headers = {"Content-Type": "application/x-ndjson", **signed}
        judge(await post(self._spec, self._spec.place, body, headers))
