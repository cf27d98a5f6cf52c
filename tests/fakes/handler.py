"""Slack as the front door calls it, in memory: messages, private answers, modals."""

from collections.abc import Mapping, Sequence
from typing import Any

from envaccess.domain.audit import Event
from envaccess.domain.outcome import Claim
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable
from envaccess.slack.render.blocks import Rendered


class FakeMessages:
    """Fits `projections.ports.Messages` and `delivery.ValueMessages`; keeps what was shown.

    `fault` is raised instead.
    """

    def __init__(self) -> None:
        self.shown: list[tuple[str, dict[Variable, str]]] = []
        self.fault: Exception | None = None
        self._count = 0

    def _ts(self) -> str:
        if self.fault:
            raise self.fault
        self._count += 1
        return f"1760000000.{self._count:06}"

    async def post_request(self, request: Request) -> str:
        del request
        return self._ts()

    async def update_request(self, request: Request) -> None:
        del request
        self._ts()

    async def update_lost(self, request: Request, *, card: bool) -> None:
        del request, card
        self._ts()

    def known_dm(self, user: str) -> str:
        del user
        return ""

    async def dm(self, user: str) -> str:
        return f"D{user[1:]}"

    async def dm_in_time(self, user: str) -> str:
        return await self.dm(user)

    async def post_notification(self, request: Request) -> None:
        del request
        self._ts()

    async def post_call(self, dm: str, request: Request) -> None:
        del dm, request
        self._ts()

    async def post_card(self, request: Request) -> str:
        del request
        return self._ts()

    async def update_card(self, request: Request) -> None:
        del request
        self._ts()

    async def delete(self, channel: str, ts: str) -> None:
        del channel, ts
        self._ts()

    async def post_lines(self, events: Sequence[Event], thread: str) -> tuple[str, int]:
        del thread
        return self._ts(), len(events)

    async def post_digest(self, events: Sequence[Event]) -> int:
        self._ts()
        return len(events)

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        self._ts()
        self.shown.append((claim.requester, dict(values)))


class FakeResponder:
    """Fits `background.Responder`."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, Rendered]] = []
        self.deleted: list[str] = []
        self.fault: Exception | None = None

    async def answer(self, response_url: str, rendered: Rendered) -> None:
        if self.fault:
            raise self.fault
        self.answers.append((response_url, rendered))

    async def replace(self, response_url: str, rendered: Rendered) -> None:
        await self.answer(response_url, rendered)

    async def delete_original(self, response_url: str) -> None:
        if self.fault:
            raise self.fault
        self.deleted.append(response_url)


class FakeForms:
    """Fits `background.Forms`."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, dict[str, Any]]] = []
        self.fault: Exception | None = None

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        if self.fault:
            raise self.fault
        self.opened.append((trigger_id, dict(view)))


class FakeHome:
    """Fits `handler.HomeScreen`: keeps for whom it was drawn."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    async def opened(self, person: str, pages: Mapping[str, int] | None = None) -> None:
        del pages
        self.drawn.append(person)
