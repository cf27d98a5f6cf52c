"""Buttons that turn the pages of what `audit` showed: whoever presses one asks anew (law 8)."""

import re
from typing import Final

from envaccess.application.read_audit import read_audit
from envaccess.domain.audit_subject import read_subject
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.typed_parts import BadCommand
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.names import HISTORY
from envaccess.slack.payload import ButtonPress
from envaccess.slack.render.audit_page import NEWER, OLDER, render_audit_page

_VALUE: Final = re.compile(r"([0-9]{1,15}-[0-9]{1,15}) (\S{1,160})", re.ASCII)


def is_about_history(press: ButtonPress) -> bool:
    """Whether a button is one of these."""
    return press.action in {f"{HISTORY}:{OLDER}", f"{HISTORY}:{NEWER}"}


async def turn_history(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    """Another page in the place of the one that was shown; a forged value is what somebody typed, no more."""
    found = _VALUE.fullmatch(press.value)
    subject = read_subject(found[2]) if found else None
    if found is None or subject is None or isinstance(subject, BadCommand):
        return Refusal(Reason.UNKNOWN_ID)
    newer = press.action.endswith(NEWER)
    page = await read_audit(handler.context, press.who.call, subject, found[1], newer=newer)
    if isinstance(page, Refusal):
        return page
    return HandlerReply(render_audit_page(page), replaces=True)
