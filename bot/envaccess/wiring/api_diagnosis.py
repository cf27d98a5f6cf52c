"""The doctor's look at the API: whether it is on, and whether its address leads to it."""

from typing import Final

import aiohttp

from envaccess.application.installation_checks import Finding
from envaccess.domain.health import SetupFault
from envaccess.settings import Settings

_SETTING: Final = "ENVACCESS_API_URL"
_LISTEN: Final = "ENVACCESS_LISTEN"
_DOCUMENT: Final = "/v1/openapi.json"
_SECONDS: Final = 5.0
_OK, _STARTING, _WRONG_HOST = 200, 503, 421
_NOTHING, _OTHER, _UNVERIFIED = 0, -1, -2
_REDIRECTS: Final = range(300, 400)


async def diagnose_api(settings: Settings) -> list[Finding]:
    """Ask the API at its own address; silent where it is off."""
    if not settings.api_url:
        return []
    local = [fault for fault in settings.faults_for_serving() if fault.startswith(f"{_LISTEN} ")]
    if local and _LISTEN not in settings.wrong:
        problem, _, mend = local[0].removeprefix(f"{_LISTEN} ").partition(": ")
        return [Finding(_LISTEN, fault=SetupFault(_LISTEN, problem, mend[:1].upper() + mend[1:]))]
    status = await _ask(settings.api_url)
    if status == _OK:
        return [Finding(_SETTING, f"the API is on, and answers at {settings.api_url}")]
    problem, mend, grave = _judge(status)
    return [Finding(_SETTING, fault=SetupFault(_SETTING, problem, mend, grave=grave))]


async def _ask(url: str) -> int:
    """The status of what answers there, or why there is none: `_OTHER` is a page that is none of this API."""
    limit = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(f"{url}{_DOCUMENT}", allow_redirects=False) as answer,
        ):
            ours = answer.status != _OK or "DPoP-Nonce" in answer.headers
            return answer.status if ours else _OTHER
    except aiohttp.ClientConnectorCertificateError:
        return _UNVERIFIED
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return _NOTHING


def _judge(status: int) -> tuple[str, str, bool]:
    """What is wrong, what to do, and whether it is certainly wrong."""
    if status == _UNVERIFIED:
        mend = "Let it send a valid one with its whole chain; SSL_CERT_FILE names an authority of your own"
        return "the certificate there cannot be verified", mend, False
    if status == _NOTHING:
        mend = "That is right if the bot does not run; else check the address and the proxy"
        return "nothing answers there", mend, False
    if status == _STARTING:
        return "the bot is starting or stopping there", "Run the doctor again in a moment", False
    if status == _WRONG_HOST:
        return "the bot is asked there for another host", "Let the proxy pass the header Host on", True
    if status in _REDIRECTS:
        return f"it sends elsewhere ({status})", "Name the address at which the API itself answers", True
    return "something else than this API answers there", "Let the proxy pass /v1 on to the bot's PORT", True
