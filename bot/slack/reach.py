"""Why nobody who talks like Slack answered, in words for an operator: which is no fault of a token's."""

from typing import Final

from bot.slack.calls import Answer, Delayed, Lost, Refused

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
_PROXY_LOGIN: Final = "http_407"


def unreached(answer: Answer) -> str:
    """Why there is no answer of Slack's own, a few words; empty where there is one, a refusal included."""
    match answer:
        case Delayed(seconds):
            return f"it asks to wait {seconds:g} s (HTTP 429)"
        case Lost(why) if why.startswith("http_2"):  # HTML, which slack-sdk takes for a refusal without words
            return _WORDS["no JSON object"]
        case Lost(why) if why.startswith(_HTTP):
            return f"it answered HTTP {why.removeprefix(_HTTP)}"
        case Lost(why):
            return _WORDS.get(why, why)
        case Refused(code) if code == _PROXY_LOGIN:
            return "the proxy in HTTP(S)_PROXY asks for a login (HTTP 407)"
        case Refused(code) if code.startswith(_HTTP):
            return f"what answered there is not Slack's Web API (HTTP {code.removeprefix(_HTTP)})"
    return ""
