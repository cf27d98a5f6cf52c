"""Every refusal in Slack's form; its words stand in `domain.refusal`."""

from collections.abc import Sequence

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.fields import Hints
from envaccess.domain.refusal.words import tell
from envaccess.slack.render.blocks import Block, Rendered, code, say, section
from envaccess.slack.render.phrase import write

_NO_HINTS = Hints()
_UNREADABLE_SHOWN = 3


def render_refusal(refusal: Refusal, hints: Hints = _NO_HINTS) -> Rendered:
    """One private paragraph."""
    return say(tell_refusal(refusal, hints))


def tell_refusal(refusal: Refusal, hints: Hints = _NO_HINTS) -> str:
    """The paragraph alone, as mrkdwn."""
    return write(tell(refusal, hints))


def tell_unreadable(requests: Sequence[str]) -> list[Block]:
    """What somebody is told of their requests whose records this version cannot read."""
    told = tell_refusal(Refusal(Reason.RECORD_REFUSED))
    return [section(f":warning: {code(request)}: {told}") for request in requests[:_UNREADABLE_SHOWN]]
