"""Buttons with which somebody releases values to their terminal, or says no. All is checked again (law 8)."""

import re
from types import MappingProxyType
from typing import Final

from envaccess.application.grants.tap import press_tap
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.tap import TapState
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.names import NO_RELEASE, RELEASE
from envaccess.slack.payload import ButtonPress

TAP_VERDICTS: Final = MappingProxyType({RELEASE: TapState.RELEASED, NO_RELEASE: TapState.REFUSED})
_VALUE: Final = re.compile(r"([0-9a-z]{1,64}):([0-9a-f]{16})", re.ASCII)


async def press_about_release(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    """What it came to; the card itself shows it."""
    found = _VALUE.fullmatch(press.value)
    if found is None:
        return Refusal(Reason.UNKNOWN_ID)
    verdict = TAP_VERDICTS[press.action]
    refusal = await press_tap(handler.context, press.call, found[1], found[2], verdict)
    return refusal or HandlerReply()
