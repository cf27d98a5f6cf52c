"""What every Slack handler is given, and what it returns."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from envaccess.application.ports.delivery import Delivery
from envaccess.application.service_context import ServiceContext
from envaccess.slack.background import Background, Forms, Responder
from envaccess.slack.render.blocks import Rendered


class HomeScreen(Protocol):
    """The Home tab, drawn again at once for the person who did something in it."""

    async def opened(self, person: str, pages: Mapping[str, int] | None = None) -> None:
        """Draw it; a fault is logged."""
        ...


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """The verbs' context, and the few calls to Slack that handlers make themselves.

    Attributes:
        api_url: where terminals reach us; empty where they do not.
        audit_channel: the audit channel's id.
    """

    context: ServiceContext
    delivery: Delivery
    responder: Responder
    forms: Forms
    background: Background
    home: HomeScreen
    api_url: str = ""
    audit_channel: str = ""


@dataclass(frozen=True, slots=True)
class HandlerReply:
    """What a handler came to.

    Attributes:
        answer: said privately; None where the pressed message itself will show it.
        after: begun once the ack is out.
        replaces: whether the answer stands in the place of the private message that was pressed.
    """

    answer: Rendered | None = None
    after: Callable[[], Coroutine[Any, Any, None]] | None = None
    replaces: bool = False
