"""The limit of an approval: a press that runs one script, is acked, and posts one message.

Run as `python -m benchmarks.poster REDIS_URL API_URL BOT_TOKEN APP_TOKEN CHANNEL`, with the product's own
Bolt, Socket Mode and clients. It begins by posting a message with one Approve button to the channel.
"""

import asyncio
import itertools
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from envaccess.domain.audit import Actor, ActorKind, Tag
from envaccess.slack.app import build_app
from envaccess.slack.calls import call, taken
from envaccess.slack.client import SlackClient
from envaccess.slack.incoming import dispatch
from envaccess.slack.names import APPROVE
from envaccess.slack.render.blocks import actions, button, say
from envaccess.slack.socket import SocketMode
from envaccess.store.client import connect
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail

_BOT = Actor(ActorKind.BOT)


async def serve(redis_url: str, api_url: str, bot_token: str, app_token: str, channel: str) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    slack, redis = SlackClient(bot_token, api_url, loopback=True), connect(redis_url)
    identity = await slack.whoami()
    trail = RedisTrail(Runner(redis, identity.team))
    app = build_app(identity, slack)
    app.action(re.compile(""))(_listener(slack, trail, channel))
    socket = SocketMode(partial(dispatch, app), slack, app_token)
    await socket.start()
    await _post(slack, channel, [actions(button(APPROVE, "Approve", "00000000"))])
    await stop.wait()
    await socket.close()
    await slack.close()
    await redis.aclose()


def _listener(slack: SlackClient, trail: RedisTrail, channel: str) -> Callable[..., Awaitable[None]]:
    numbers = itertools.count(1)

    async def on_press(ack: Callable[[], Awaitable[object]]) -> None:
        await trail.append(f"press-{next(numbers)}", Tag.BOT_STARTED, _BOT, {})
        await ack()
        posting.add(task := asyncio.create_task(_post(slack, channel, [])))
        task.add_done_callback(posting.discard)

    posting: set[asyncio.Task[None]] = set()
    return on_press


async def _post(slack: SlackClient, channel: str, blocks: list[dict[str, Any]]) -> None:
    shown = say("Approved.", *blocks)
    body = {"channel": channel, "text": shown.text, "blocks": shown.blocks}
    taken(await call(slack.background, "chat.postMessage", json=body))


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
