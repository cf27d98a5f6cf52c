"""What stands where a request was drawn that the store has lost: nothing to press."""

from envaccess.domain.request import Request
from envaccess.slack.render.blocks import Rendered, code, context, section
from envaccess.slack.render.terminal import asker_through
from envaccess.slack.render.wanted import wanted

_WHAT = (
    ":warning: *This request was lost* when Redis failed over: what {who} asked for, {what}, is not stored "
    "any more, nor is what was decided. It gives no access. *Ask again* if it is still needed."
)


def render_lost(request: Request) -> Rendered:
    """The whole message, in the approvers channel and in the requester's direct messages."""
    return Rendered(brief_lost(request).text, [section(_told(request)), context(_id(request))])


def brief_lost(request: Request) -> Rendered:
    """The same without blocks."""
    return Rendered(f"{_told(request)} {_id(request)}", [])


def _told(request: Request) -> str:
    return _WHAT.format(who=asker_through(request), what=wanted(request))


def _id(request: Request) -> str:
    return f"Request {code(request.id)}"
