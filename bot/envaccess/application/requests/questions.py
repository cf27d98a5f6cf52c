"""Ask the requester something, and answer: both are part of the request, and both are audited."""

from envaccess.application.people.standing import refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.requests.decide import may_decide, refuse_over
from envaccess.application.requests.own import own_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Recorded
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State


async def ask_requester(context: ServiceContext, call: Call, request: str, text: str) -> Recorded | Refusal:
    """Put a question to the requester; whoever may decide now may ask.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    allowed = await may_decide(context, call, request, "ask")
    if isinstance(allowed, Refusal):
        return allowed
    return await context.requests.ask(call.op, request, call.by, text, call.origin.message)


async def may_answer(context: ServiceContext, call: Call, request: str) -> Request | Refusal:
    """The request, if a question of it waits for this person's answer; else the refusal.

    The person behind a machine or an agent answers for it.
    """
    found = await own_request(context, call, request, "answer", behind=True)
    if isinstance(found, Refusal):
        return found
    if found.state is not State.PENDING:
        return refuse_over(found)
    return found if found.progress.open_question else Refusal(Reason.NO_QUESTION, request=request)


async def answer_question(context: ServiceContext, call: Call, request: str, text: str) -> Recorded | Refusal:
    """Answer the open question; the script checks that it is the requester who does."""
    reason = await refuse_principal(context, call.principal)
    if reason:
        return await refuse(context, call, "answer", Refusal(reason, request=request))
    return await context.requests.answer(call.op, request, call.by, text, call.origin.message)
