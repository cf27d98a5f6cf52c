"""Ask a webhook to rotate: one POST an operation, signed as Standard Webhooks are; no value is in it.

Only https, or loopback; no redirect is followed, no proxy asked. An address that is never anybody's service
(that of a cloud's metadata among them) is not called, whatever the name stands for at that moment.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp
from yarl import URL

from envaccess.application.ports.process import Clock
from envaccess.domain.audit import rfc3339
from envaccess.domain.rotation import RotationError, RotationUncertainError
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.specs import Credential
from envaccess.domain.standard_webhooks import signed_headers
from envaccess.domain.variable import Variable
from envaccess.http.outgoing_addresses import CheckedResolver, is_address, refuse_address

SECONDS: Final = 10.0
"""For one POST in all."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class WebhookAsker:
    """Fits `ports.rotations.Asker`.

    Args:
        clock: the time of day, which the signature holds.
        secret: what a credential is now.
        seconds: for one POST in all.
    """

    def __init__(self, clock: Clock, secret: Callable[[Credential], str], seconds: float = SECONDS) -> None:
        self._clock, self._secret, self._seconds = clock, secret, seconds

    async def ask(self, op: str, variable: Variable, rule: RotationRule) -> None:
        """POST once.

        Raises:
            RotationError: it answered no, or it cannot have been asked.
            RotationUncertainError: it may have been asked.
        """
        now = self._clock.now()
        body = _body(op, variable, now, rule.timeout)
        secret = self._secret(rule.secret) if rule.secret else ""
        try:
            headers = signed_headers(secret, op, now // 1_000, body)
        except ValueError:
            raise RotationError("The secret of the webhook is not `whsec_` and base64.") from None
        status = await self._post(_checked(rule.url), body, headers)
        if not 200 <= status < 300:  # noqa: PLR2004
            raise RotationError(f"The webhook answered {status}.")

    async def _post(self, url: URL, body: bytes, headers: Mapping[str, str]) -> int:
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(private=True, refused=_refused), use_dns_cache=False, force_close=True
        )
        said = {"User-Agent": "envaccess", "Content-Type": "application/json", **headers}
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,
                    timeout=aiohttp.ClientTimeout(total=self._seconds),
                ) as http,
                http.post(url, data=body, headers=said, allow_redirects=False) as answer,
            ):
                return answer.status
        except aiohttp.ClientConnectorError as error:
            raise RotationError(f"The webhook could not be reached ({type(error).__name__}).") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise RotationUncertainError(f"The webhook broke off ({type(error).__name__}).") from None


def _checked(text: str) -> URL:
    """The address, where it may be called. Raises `RotationError`."""
    try:
        url = URL(text)
    except ValueError:
        raise RotationError("The webhook's address is none.") from None
    host = url.host or ""
    if url.scheme != "https" and not (url.scheme == "http" and host in _LOOPBACK):
        raise RotationError("The webhook's address has to begin with https://, or to be on this machine.")
    if is_address(host) and (fault := refuse_address(host, private=True)):
        raise _refused(fault)
    return url


def _refused(fault: str) -> Exception:
    return RotationError(f"The webhook's name stands for {fault}.")


def _body(op: str, variable: Variable, now: int, timeout: int) -> bytes:
    data = {
        "operation": op,
        "variable": str(variable),
        "environment": variable.environment,
        "name": variable.name,
        "deadline": rfc3339(now + timeout * 1_000),
    }
    message = {"type": "rotation.requested", "timestamp": rfc3339(now), "data": data}
    return json.dumps(message, separators=(",", ":")).encode()
