"""A service with its value, as the server seals it for this broker."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from yarl import URL

from envaccess.broker.errors import bad_answer
from envaccess.client.server_url import is_loopback
from envaccess.domain.policy.services import AllowedCall

PLACE: Final = "{value}"


@dataclass(frozen=True, slots=True)
class BrokeredService:
    """A service that may be called now.

    Attributes:
        name: of the policy.
        grant: the grant that its value belongs to.
        base: where it is, without a slash at its end.
        header: the one header that is the broker's.
        format: what stands in it; `{value}` is the value.
        allow: what may be called.
        value: in no `repr`.
    """

    name: str
    grant: str
    base: str
    header: str
    format: str
    allow: tuple[AllowedCall, ...]
    value: str = field(repr=False)

    @property
    def host(self) -> str:
        """Its host, as events name it."""
        return urlsplit(self.base).hostname or ""

    def check_base(self) -> None:
        """Refuse to send a value in the clear to another machine. Raises `CallRefusedError`."""
        parts = urlsplit(self.base)
        known = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        if not known or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise bad_answer(
                "base",
                "The service is at no https:// address, so that nothing is sent to it.",
                "Whoever keeps the policy corrects its base; http:// is for this machine alone.",
            )

    def header_value(self) -> str:
        """What stands in the header."""
        told = self.format.replace(PLACE, self.value)
        if not told.isascii() or not told.isprintable():
            raise bad_answer(
                "value_unfit",
                "The value cannot stand in a header: it has several lines, or characters beyond ASCII.",
                "Its owner sets it anew: `envaccess secrets set NAME`.",
            )
        return told

    def url(self, path: str, query: str) -> URL:
        """The URL of a call, exactly as it was sent."""
        return URL(f"{self.base}{path}{'?' if query else ''}{query}", encoded=True)
