"""Look at the events about something: for the policy's security people, and each look is an event."""

from envaccess.application.people.lock import lock_on, refuse_not_security
from envaccess.application.refuse import refuse
from envaccess.application.requests.names import resolve_for
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Tag
from envaccess.domain.audit_subject import ABOUT, AuditPage, AuditSubject
from envaccess.domain.call import Call
from envaccess.domain.lock import locked_out
from envaccess.domain.refusal import Refusal

_READ = "audit"


async def read_audit(
    context: ServiceContext, call: Call, subject: AuditSubject, start: str = "", *, newer: bool = False
) -> AuditPage | Refusal:
    """A page of the events about something, the newest first.

    That somebody looks is written down before anything is read.

    Args:
        context: the ports.
        call: who looks.
        subject: whom or what the events are about.
        start: the event's id from which to look on; empty: the newest of all.
        newer: look towards now; where little is left that way, the newest page is the answer.

    Raises:
        DirectoryError: Slack did not say who this is.
        StoreError: Redis did not answer, or did not take the event.
    """
    if refusal := await refuse_not_security(context, call, _READ):
        return refusal
    if lock := await lock_on(context, call.by):
        return await refuse(context, call, _READ, locked_out(lock))
    if subject.named_set:
        variables = await resolve_for(context, call, _READ, (), (subject.named_set,))
        if isinstance(variables, Refusal):
            return variables
        subject = subject.of(variables)
    detail = {ABOUT: subject.told, **({"since" if newer else "before": start} if start else {})}
    await context.trail.append(call.op, Tag.AUDIT_READ, call.principal.actor, detail)
    look = await context.history.look(subject, start, newer=newer)
    if newer and look.ended:
        start, newer, look = "", False, await context.history.look(subject, "", newer=False)
    return AuditPage(subject, look, newest=not start, newer=newer)
