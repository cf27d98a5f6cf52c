"""A Slack that knows everybody, takes everything, and costs little: the bot's Web API calls end here.

Run as `python -m benchmarks.slack_stub PORT MILLISECONDS [unlimited]`: whatever writes waits that long, and
is limited to the rates that Slack documents, unless it is told not to; questions are answered at once and
without limit.
"""

import asyncio
import itertools
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from benchmarks.payloads import TEAM
from slack_emulator.rates import Rates

APPROVERS, AUDIT = "G0APPROVERS", "G0AUDIT"
BOT = "U0BOT"
DECIDERS = tuple(f"U0APPROVER{number}" for number in range(4))
_WRITES = ("chat.", "conversations.open", "views.")

_stamps = itertools.count(1)
_rates = Rates(time.monotonic)
Json = dict[str, Any]


def _identify(_: Json) -> Json:
    return {
        "team_id": TEAM,
        "team": "Benchmark",
        "user_id": BOT,
        "bot_id": "B0BOT",
        "url": "http://127.0.0.1/",
    }


def _person(args: Json) -> Json:
    return {
        "user": {"id": args["user"], "team_id": TEAM, "name": "somebody", "deleted": False, "is_bot": False}
    }


def _channel(args: Json) -> Json:
    facts = {"is_private": True, "is_member": True, "is_archived": False, "num_members": len(DECIDERS) + 1}
    return {"channel": {"id": args["channel"], "name": "somewhere", **facts}}


def _members(_: Json) -> Json:
    return {"members": [*DECIDERS, BOT], "response_metadata": {"next_cursor": ""}}


def _open(args: Json) -> Json:
    return {"channel": {"id": f"D{args['users'][1:]}"}}


def _say(args: Json) -> Json:
    return {"channel": args.get("channel", ""), "ts": args.get("ts") or f"1800000000.{next(_stamps):06}"}


_ANSWERS: dict[str, Callable[[Json], Json]] = {
    "auth.test": _identify,
    "users.info": _person,
    "conversations.info": _channel,
    "conversations.members": _members,
    "conversations.open": _open,
}


class Door(asyncio.Protocol):
    """One connection of the bot's."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it for the answers."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take whole calls."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < (length := _length(head)):
            return
        self._buffer = body[length:]
        self.take(head.decode("latin-1"), body[:length])

    def take(self, head: str, body: bytes) -> None:
        """One call."""
        method, args = read_call(head, body)
        if not method.startswith(_WRITES):
            self.send(written({"ok": True, **_ANSWERS.get(method, _say)(args)}))
        elif too_many := _rates.refuse(method, args):
            self.send(written(too_many.body, "429 Too Many Requests", too_many.headers))
        else:
            answer = written({"ok": True, **_ANSWERS.get(method, _say)(args)})
            asyncio.get_running_loop().call_later(self._wait, self.send, answer)

    def send(self, answer: bytes) -> None:
        """Answer, where somebody still listens."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(answer)


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)


def read_call(head: str, body: bytes) -> tuple[str, Json]:
    """The Web API method and its arguments, wherever they are."""
    url = urlsplit(head.split(" ", 2)[1])
    args: Json = {name: values[0] for name, values in parse_qs(url.query).items()}
    if body.startswith(b"{"):
        args |= json.loads(body)
    return url.path.rpartition("/")[2], args


def written(answer: object, status: str = "200 OK", more: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP answer."""
    body = json.dumps(answer).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(more or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


async def serve(port: int, wait: float, *, limited: bool) -> None:
    """Serve until told to stop."""
    _rates.enforced = limited
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with await loop.create_server(lambda: Door(wait), "127.0.0.1", port):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000, limited="unlimited" not in sys.argv[3:]))
