"""Answers what comes from a workspace that is not served: privately, and by no other one's application."""

from slack_bolt.response import BoltResponse

from envaccess import log
from envaccess.projections.errors import MessageError
from envaccess.slack.background import Background, Responder
from envaccess.slack.form_answers import turn_into
from envaccess.slack.incoming import Body
from envaccess.slack.payload import text
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.forms import no_options, notice

_AGAIN = 503
"""Slack sends an event again, some minutes later."""


class UnservedAnswers:
    """Says one thing in the way that each kind of payload is answered.

    Args:
        responder: posts to a `response_url`; calls nobody else.
        background: what goes on after the ack.
    """

    def __init__(self, responder: Responder, background: Background) -> None:
        self._responder, self._background = responder, background

    def answer(self, payload: Body, rendered: Rendered, *, again: bool) -> BoltResponse:
        """Answer it.

        Args:
            payload: what came.
            rendered: what is said.
            again: whether an event may be sent again, because somebody may answer it then.
        """
        if text(payload, "command"):
            told = {"response_type": "ephemeral", "text": rendered.text, "blocks": rendered.blocks}
            return BoltResponse(status=200, body=told)
        match text(payload, "type"):
            case "event_callback":
                return BoltResponse(status=_AGAIN if again else 200)
            case "view_submission":
                view = notice("envaccess", *rendered.blocks)
                return BoltResponse(status=200, body=turn_into(view))
            case "block_suggestion":
                return BoltResponse(status=200, body={"options": no_options()})
        if url := text(payload, "response_url"):
            self._background.spawn(self._say(url, rendered))
        return BoltResponse(status=200)

    async def _say(self, response_url: str, rendered: Rendered) -> None:
        try:
            await self._responder.answer(response_url, rendered)
        except MessageError as fault:
            log.fault("answer_lost", fault)
