"""The broker as a process: it listens, watches its session, and ends with it. All it holds is in memory."""

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from typing import Final

from envaccess.broker.control_api import BrokerControlApi
from envaccess.broker.front import BrokerFront
from envaccess.broker.grants import AgentGrants
from envaccess.broker.listener import BrokerListener, make_server
from envaccess.broker.upstream import Upstream, UpstreamProxy
from envaccess.client.agent_api import AgentApiClient
from envaccess.client.calls import new_operation
from envaccess.client.errors import ClientError

_STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STOPPED, SESSION_OVER = "stopped", "session_over"


@dataclass(frozen=True, slots=True)
class BrokerProcess:
    """One agent's broker.

    Attributes:
        listener: has its address already.
        api: the agent's session.
        name: what the agent is called.
        seconds: how long the session lasts.
        proxy: how other hosts are reached.
    """

    listener: BrokerListener
    api: AgentApiClient
    name: str
    seconds: float
    proxy: UpstreamProxy

    async def run(self) -> str:
        """Serve until told to stop, or until the session is over; returns which."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        for number in _STOPS:
            loop.add_signal_handler(number, stopped.set)
        grants, upstream = AgentGrants(self.api), Upstream(self.proxy)
        control = BrokerControlApi(grants, self.api, self.name)
        front = BrokerFront(self.listener.reachable, grants, upstream, control.handle)
        tasks = [
            asyncio.ensure_future(stopped.wait()),
            asyncio.ensure_future(grants.signed_out.wait()),
            asyncio.ensure_future(grants.report_each_minute()),
        ]
        try:
            await self.listener.serve(make_server(front.handle))
            await asyncio.wait(tasks[:2], timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
            return STOPPED if stopped.is_set() else SESSION_OVER
        finally:
            for task in tasks:
                task.cancel()
            await self.listener.close()
            await grants.close()
            await upstream.close()
            with contextlib.suppress(ClientError):
                await asyncio.to_thread(self.api.log_out, new_operation(), everywhere=False)
