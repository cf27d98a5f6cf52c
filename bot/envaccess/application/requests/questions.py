"""Ask the requester something, and answer: both are part of the request, and both are audited."""

from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.refuse import refuse
from envaccess.application.requests.decide import may_decide
from envaccess.application.service_context import ServiceContext
from envaccess.domain.outcome import Said
from envaccess.domain.refusal import Refusal


async def ask_requester(
    context: ServiceContext, op: str, actor: str, request: str, text: str, ts: str = ""
) -> Said | Refusal:
    """Put a question to the requester; whoever may decide now may ask.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    allowed = await may_decide(context, op, actor, request, "ask")
    if isinstance(allowed, Refusal):
        return allowed
    return await context.requests.ask(op, request, actor, text, ts)


async def answer_question(
    context: ServiceContext, op: str, actor: str, request: str, text: str, ts: str = ""
) -> Said | Refusal:
    """Answer the open question; the script checks that it is the requester who does."""
    reason = await refuse_ineligible(context, actor)
    if reason:
        return await refuse(context, op, actor, "answer", Refusal(reason, request=request))
    return await context.requests.answer(op, request, actor, text, ts)
