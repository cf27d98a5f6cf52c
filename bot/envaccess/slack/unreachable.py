"""Why nobody who talks like Slack answered, in words for an operator: which is no fault of a token's."""

from typing import Final

from envaccess.slack.calls import Answer, Delayed, Lost, Refused

_WORDS: Final = {
    "ClientConnectorDNSError": "its name could not be resolved",
    "ClientConnectorCertificateError": "its certificate was not accepted",
    "ClientConnectorSSLError": "no TLS connection came about",
    "ClientProxyConnectionError": "the proxy in HTTP(S)_PROXY could not be reached",
    "ClientHttpProxyError": "the proxy in HTTP(S)_PROXY refused to pass it on",
    "ClientConnectorError": "the connection was refused",
    "ConnectionTimeoutError": "no connection came about in time",
    "ServerTimeoutError": "no answer came in time",
    "SocketTimeoutError": "no answer came in time",
    "TimeoutError": "no answer came in time",
    "ServerDisconnectedError": "the connection was cut",
    "ClientOSError": "the connection was cut",
    "no JSON object": "what answered there is not Slack's Web API, but perhaps a proxy's page",
}
_HTTP: Final = "http_"
_STRANGER: Final = _WORDS["no JSON object"]


def unreached(answer: Answer) -> str:
    """Why there is no answer of Slack's own, a few words; empty where there is one, a refusal included."""
    match answer:
        case Delayed(seconds):
            return f"it asks to wait {seconds:g} s (HTTP 429)"
        case Lost(why):
            return _status(why) or _WORDS.get(why, why)
        case Refused(code):
            return _status(code)
    return ""


def _status(code: str) -> str:
    """What an answer without words of Slack means, by its status; empty where there is none."""
    status = code.removeprefix(_HTTP) if code.startswith(_HTTP) else ""
    if status == "407":
        return "the proxy in HTTP(S)_PROXY asks for a login (HTTP 407)"
    if status.startswith("5"):
        return f"it answered HTTP {status}"
    return f"{_STRANGER} (HTTP {status})" if status else ""
