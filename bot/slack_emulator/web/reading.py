"""Reading a call of the Web API: the arguments, and the token.

Bodies: https://docs.slack.dev/apis/web-api#posting_json; what is wrong with them: the errors that every
method's page lists.
"""

import base64
import binascii
import json
from dataclasses import dataclass

from aiohttp import web

from slack_emulator.types import Json, RefusalError

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_JSON = "application/json"
_PLAIN = "text/plain"


@dataclass(frozen=True)
class Sent:
    """What came with a call.

    `wrong` refuses it, once it is known who calls; `client` is the app's id and secret by HTTP Basic.
    """

    args: Json
    token: str | None
    is_post: bool
    wrong: RefusalError | None = None
    client: tuple[str, str] | None = None


async def read_call(request: web.Request, *, takes_json: bool) -> Sent:
    """Read the query and the body. A JSON body is passed over by methods that only read."""
    args: Json = dict(request.query)
    wrong = None
    try:
        given = await _body(request, takes_json=takes_json)
    except RefusalError as refusal:
        given, wrong = {}, refusal
    args |= given
    return Sent(args, _token(request, args), request.method == "POST", wrong, _client(request))


async def _body(request: web.Request, *, takes_json: bool) -> Json:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in _FORMS or not request.can_read_body:
        return dict(await request.post())
    if kind == _JSON:
        return _object(await request.text()) if takes_json else {}
    if kind == _PLAIN:
        return {}
    raise RefusalError("invalid_post_type" if kind else "missing_post_type")


def _object(text: str) -> Json:
    """A JSON object without a `token`: beside JSON, that goes into the Authorization header."""
    try:
        body = json.loads(text or "{}")
    except ValueError:
        raise RefusalError("invalid_json") from None
    if not isinstance(body, dict):
        raise RefusalError("json_not_object")
    body.pop("token", None)
    return body


def _token(request: web.Request, args: Json) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    in_body = args.pop("token", None)
    return token if scheme.lower() == "bearer" and token else in_body


def _client(request: web.Request) -> tuple[str, str] | None:
    """The app's id and secret, where they come by HTTP Basic authentication."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return name, secret
