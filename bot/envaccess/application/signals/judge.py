"""Judge an alert: it was expected, or somebody looks into it and says what they found."""

from envaccess.application.people.membership import belongs
from envaccess.application.people.one_person import is_about
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.signals.alerts import Alert, Disposition

_TRIED = "judge"


def judges(context: ServiceContext) -> PrincipalSet:
    """Who judges alerts; never one about themselves."""
    return context.rulebook.current.security or context.auditors


async def may_judge(
    context: ServiceContext, call: Call, alert: str, disposition: Disposition
) -> Alert | Refusal:
    """The alert, if this person may judge it so now; else the refusal, audited.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    if refusal := await refuse_program(context, call, _TRIED):
        return refusal
    found = await context.alerts.get(alert)
    if found is None:
        return await refuse(context, call, _TRIED, Refusal(Reason.ALERT_UNKNOWN, request=alert))
    if reason := await _why_not(context, call.by, found):
        return await refuse(context, call, _TRIED, Refusal(reason))
    last = found.judged
    if found.can_become(disposition):
        return found
    state, by, at = (last.disposition, last.by, last.at) if last else ("", "", 0)
    return Refusal(Reason.ALERT_JUDGED, request=alert, state=state, by=by, at=at)


async def _why_not(context: ServiceContext, actor: str, alert: Alert) -> Reason | None:
    if actor in alert.people:
        return Reason.OWN_ALERT
    if ineligible := await refuse_ineligible(context, actor):
        return ineligible
    if not await belongs(context, judges(context), actor):
        return Reason.NOT_ALERT_JUDGE
    return Reason.OWN_ALERT if await is_about(context, actor, alert.people) else None


async def judge_alert(
    context: ServiceContext, call: Call, alert: str, disposition: Disposition, note: str = ""
) -> Alert | Refusal:
    """Judge it, or say why not. Whoever closes what is looked into says what was found."""
    allowed = await may_judge(context, call, alert, disposition)
    if isinstance(allowed, Refusal):
        return allowed
    if allowed.judged and not note:
        last = allowed.judged
        return Refusal(Reason.ALERT_JUDGED, request=alert, state=last.disposition, by=last.by, at=last.at)
    return await context.alerts.judge(call.op, allowed, call.by, disposition, note, call.origin.message)
