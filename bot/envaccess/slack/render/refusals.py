"""Every refusal in Slack's form; its words stand in `domain.refusal`."""

from envaccess.domain.refusal import Refusal
from envaccess.domain.refusal.fields import Hints
from envaccess.domain.refusal.words import tell
from envaccess.slack.render.blocks import Rendered, say
from envaccess.slack.render.phrase import write

_NO_HINTS = Hints()


def render_refusal(refusal: Refusal, hints: Hints = _NO_HINTS) -> Rendered:
    """One private paragraph."""
    return say(tell_refusal(refusal, hints))


def tell_refusal(refusal: Refusal, hints: Hints = _NO_HINTS) -> str:
    """The paragraph alone, as mrkdwn."""
    return write(tell(refusal, hints))
