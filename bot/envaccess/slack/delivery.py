"""Values in Slack: ephemerally in direct messages, or where the person pressed; fits `ports.delivery`.

Only they see either. An answer that is lost may have been shown; everything else is known.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from envaccess.application.ports.delivery import Reach
from envaccess.domain.delivery import Delivered, MaybeDelivered, NotDelivered, Outcome
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable
from envaccess.projections.errors import MessageDelayedError, MessageError, MessageRefusedError
from envaccess.projections.refused_calls import Cause, cause_of
from envaccess.slack.background import Responder
from envaccess.slack.limits import TOGETHER_MAX, VALUE_MAX, WITH_NAMES_MAX
from envaccess.slack.render.values import render_values

_TOO_LONG: Final = frozenset({"msg_blocks_too_long", "msg_too_long"})
"""Codes of Slack, which counts what is escaped (quotes, line breaks) more than once."""
_REFUSED: Final = {
    Cause.CONTENT: Failure.NOT_DRAWN,
    Cause.MESSAGES_TAB: Failure.MESSAGES_TAB,
    Cause.PERSON: Failure.DM_CLOSED,
    Cause.PLACE: Failure.DM_CLOSED,
    Cause.FORBIDDEN: Failure.FORBIDDEN,
    Cause.APP: Failure.APP_REFUSED,
}
"""What a refusal for good comes to; anything else may pass, and is worth another press."""
_ELSEWHERE: Final = frozenset({Failure.MESSAGES_TAB, Failure.DM_CLOSED, Failure.FORBIDDEN})
"""Refusals of the direct messages alone: where the person pressed, Slack may show the values all the same."""


class ValueMessages(Protocol):
    """What `slack.messages` does for a delivery. Raises `MessageError`."""

    async def dm_in_time(self, user: str) -> str:
        """The direct messages with somebody, in the time that a handler has before its ack."""
        ...

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        """Show values to the requester alone, in the direct messages that are the claim's place."""
        ...


class DirectDelivery:
    """Values in somebody's direct messages."""

    def __init__(self, messages: ValueMessages) -> None:
        self._messages = messages

    async def prepare(self, person: str) -> str | Refusal:
        """Open the direct messages, whose id is the place."""
        try:
            return await self._messages.dm_in_time(person)
        except MessageRefusedError as error:
            return Refusal(Reason.DM_REFUSED, state=failure_of(error.code))
        except MessageError:
            return Refusal(Reason.DM_SLOW)

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        """Show them there, by one call; where they did not open, another way may take them."""
        if not claim.place:
            return NotDelivered(Failure.SLACK_REFUSED, elsewhere=True)
        return await _outcome(values, lambda: self._messages.show_values(claim, values))


class PressedReach:
    """Somebody who pressed or typed is reached there, too: direct messages that open late hold nothing up.

    Slack opens fifty a minute in a workspace (docs/explanation/slack.md); more people than that may press.
    """

    def __init__(self, direct: Reach) -> None:
        self._direct = direct

    async def prepare(self, person: str) -> str | Refusal:
        """Their direct messages; no place where Slack does not open them in time."""
        place = await self._direct.prepare(person)
        late = isinstance(place, Refusal) and place.reason is Reason.DM_SLOW
        return "" if late else place


class BesideDelivery:
    """Values where somebody pressed or typed: there, too, only they see them."""

    def __init__(self, responder: Responder, response_url: str) -> None:
        self._responder, self._url = responder, response_url

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        """Show them there, by one POST."""
        return await _outcome(values, lambda: self._responder.answer(self._url, render_values(claim, values)))


async def _outcome(values: Mapping[Variable, str], show: Callable[[], Awaitable[None]]) -> Outcome:
    if _too_long(values):
        return NotDelivered(Failure.TOO_LONG)
    try:
        await show()
    except MessageRefusedError as error:
        why = failure_of(error.code)
        return NotDelivered(why, elsewhere=why in _ELSEWHERE)
    except MessageDelayedError:
        return NotDelivered(Failure.SLACK_REFUSED)
    except MessageError:
        return MaybeDelivered()
    return Delivered()


def _too_long(values: Mapping[Variable, str]) -> bool:
    lengths = [len(value) for value in values.values()]
    names = sum(len(variable.label) for variable in values)
    return max(lengths) > VALUE_MAX or sum(lengths) > TOGETHER_MAX or sum(lengths) + names > WITH_NAMES_MAX


def failure_of(code: str) -> Failure:
    """What a refusal with this code of Slack's comes to."""
    return Failure.TOO_LONG if code in _TOO_LONG else _REFUSED.get(cause_of(code), Failure.SLACK_REFUSED)
